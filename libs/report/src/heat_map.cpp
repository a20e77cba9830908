#include "obkit/report/heat_map.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"

namespace obkit::report {
namespace {

constexpr double shades = 4;  // on either side of zero

constexpr std::string_view map_template =
    R"(<figure id="{{id}}"><h3>{{title}}<span class="unit">{{unit}}</span></h3>{{table}})"
    R"(<figcaption>{{caption}}</figcaption></figure>)";

double largest_of(const HeatMap& map) {
  double largest = 0;
  for (const auto& row : map.cells)
    for (const HeatCell& cell : row) largest = std::max(largest, std::abs(cell.value));
  return largest;
}

/// " gain-1" to " gain-4", " loss-1" to " loss-4"; empty at zero.
std::string shade_of(double value, double largest) {
  if (value == 0) return "";
  const double shade = std::ceil(shades * std::abs(value) / largest);
  return (value < 0 ? " loss-" : " gain-") + std::to_string(static_cast<int>(shade));
}

std::string cells_html(const std::vector<HeatCell>& cells, double largest) {
  std::string html;
  for (const HeatCell& cell : cells) {
    std::string classes = "number" + shade_of(cell.value, largest);
    if (cell.is_best) classes += " best";
    html += "<td class=\"" + classes + "\">" + escape_html(cell.text) + "</td>";
  }
  return html;
}

}  // namespace

std::string heat_map_html(const HeatMap& map) {
  const double largest = largest_of(map);
  std::string html =
      R"(<table class="heat"><thead><tr><th scope="col">)" + escape_html(map.corner) + "</th>";
  for (const std::string& column : map.columns)
    html += R"(<th scope="col" class="number">)" + escape_html(column) + "</th>";
  html += "</tr></thead><tbody>";
  for (std::size_t i = 0; i < map.rows.size(); ++i)
    html += R"(<tr><th scope="row">)" + escape_html(map.rows[i]) + "</th>" +
            cells_html(map.cells[i], largest) + "</tr>";
  html += "</tbody></table>";
  return fill(map_template, {{"id", map.id},
                             {"title", escape_html(map.title)},
                             {"unit", escape_html(map.unit)},
                             {"table", scroll_html(map.title, html)},
                             {"caption", escape_html(map.caption)}});
}

}  // namespace obkit::report
