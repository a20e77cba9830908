#include "obkit/report/line_chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"

#include "assets.hpp"
#include "coordinate.hpp"
#include "heights.hpp"

namespace obkit::report {
namespace {

// The drawing has a width of 1000 and a height of 100, and is stretched to its place.

double share(const Axis& axis, double value) {
  return std::clamp((value - axis.low) / (axis.high - axis.low), 0.0, 1.0);
}

std::string x_text(const LineChart& chart, double x) {
  return coordinate(1000 * share(chart.x, x));
}

std::string y_text(const LineChart& chart, double y) {
  return coordinate(100 - 100 * share(chart.y, y));
}

std::string grid_svg(const LineChart& chart) {
  std::string path;
  for (const double tick : chart.y.ticks) path += "M0 " + y_text(chart, tick) + "H1000";
  return R"(<path class="grid" d=")" + path + R"("/>)";
}

std::string path_of(const LineChart& chart, const Line& line) {
  std::string path;
  bool is_down = false;
  for (const auto& [x, y] : line.points) {
    if (y) path.append(is_down ? "L" : "M").append(x_text(chart, x) + " " + y_text(chart, *y));
    is_down = y.has_value();
  }
  return path;
}

/// Lines of no length with round ends are dots, whatever the drawing is stretched to. So a point
/// between two breaks is seen, too.
std::string marks_of(const LineChart& chart, const Line& line) {
  std::string path;
  const auto& points = line.points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool is_alone =
        (i == 0 || !points[i - 1].y) && (i + 1 == points.size() || !points[i + 1].y);
    if (points[i].y && (line.has_marks || is_alone))
      path += "M" + x_text(chart, points[i].x) + " " + y_text(chart, *points[i].y) + "h0";
  }
  return path;
}

constexpr std::string_view path_svg =
    R"svg(<path class="line" stroke="var(--{{colour}})" stroke-dasharray="{{dashes}}" )svg"
    R"svg(d="{{path}}"/>)svg";
constexpr std::string_view mark_svg =
    R"svg(<path class="mark" stroke="var(--{{colour}})" d="{{path}}"/>)svg";

std::string lines_svg(const LineChart& chart) {
  std::string out;
  for (auto line = chart.lines.rbegin(); line != chart.lines.rend(); ++line) {
    out +=
        fill(path_svg,
             {{"colour", line->colour}, {"dashes", line->dashes}, {"path", path_of(chart, *line)}});
    const std::string marks = marks_of(chart, *line);
    if (!marks.empty()) out += fill(mark_svg, {{"colour", line->colour}, {"path", marks}});
  }
  return out;
}

/// Each reaches half way to its neighbours.
std::string readings_svg(const LineChart& chart) {
  const auto& readings = chart.readings;
  const auto place = [&](std::size_t i) { return 1000 * share(chart.x, readings[i].x); };
  std::string out;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const double left = i == 0 ? 0 : (place(i - 1) + place(i)) / 2;
    const double right = i + 1 == readings.size() ? 1000 : (place(i) + place(i + 1)) / 2;
    out += fill(R"(<rect class="hit" x="{{x}}" y="0" width="{{width}}" height="100">)"
                R"(<title>{{text}}</title></rect>)",
                {{"x", coordinate(left)},
                 {"width", coordinate(right - left)},
                 {"text", escape_html(readings[i].text)}});
  }
  return out;
}

std::string edges_html(const Axis& axis) {
  std::string out;
  for (const double tick : axis.ticks)
    out += fill(
        R"(<span style="left:{{left}}%">{{text}}</span>)",
        {{"left", coordinate(100 * share(axis, tick))}, {"text", escape_html(axis.text(tick))}});
  return out;
}

std::string key_html(const LineChart& chart) {
  std::string out;
  for (const Line& line : chart.lines)
    if (!line.name.empty()) out += line_key_html(line.colour, line.dashes, escape_html(line.name));
  return out;
}

constexpr std::string_view line_template =
    R"svg(<span><svg viewBox="0 0 22 12"><path d="M0 6H22" fill="none" )svg"
    R"svg(stroke="var(--{{colour}})" stroke-width="2" stroke-dasharray="{{dashes}}"/></svg>)svg"
    R"svg({{name}}</span>)svg";

constexpr std::string_view shape_template =
    R"svg(<span><svg viewBox="0 0 22 12"><path d="{{path}}" fill="var(--{{colour}})"/></svg>)svg"
    R"svg({{name}}</span>)svg";

constexpr std::string_view folded_template =
    R"(<details><summary>{{title}} as a table</summary>{{table}}</details>)";

}  // namespace

Axis axis_of(double low, double high) {
  if (low == high) {
    const double room = low == 0 ? 1 : std::abs(low) / 10;
    low -= low > 0 || low < 0 ? room : 0;
    high += room;
  }
  const double rough = (high - low) / 4;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double step = rough / power < 1.5   ? power
                      : rough / power < 3.5 ? 2 * power
                      : rough / power < 7.5 ? 5 * power
                                            : 10 * power;
  Axis axis{.low = low, .high = high, .text = [](double value) { return number_text(value, 4); }};
  constexpr double slack = 1e-9;
  for (double n = std::ceil(low / step - slack); n * step <= high + slack * step; ++n)
    axis.ticks.push_back(n * step);
  return axis;
}

std::string line_chart_html(const LineChart& chart) {
  const Heights heights = heights_of(chart.y);
  return fill(assets::lines_html, {{"id", chart.id},
                                   {"title", escape_html(chart.title)},
                                   {"unit", escape_html(chart.unit)},
                                   {"key", key_html(chart)},
                                   {"shape", chart.is_square ? " square" : ""},
                                   {"room", heights.room},
                                   {"heights", heights.html},
                                   {"grid", grid_svg(chart)},
                                   {"lines", lines_svg(chart)},
                                   {"readings", readings_svg(chart)},
                                   {"edges", edges_html(chart.x)},
                                   {"caption", escape_html(chart.caption)},
                                   {"table", chart.table_html}});
}

std::string line_key_html(std::string_view colour, std::string_view dashes, std::string_view name) {
  return fill(line_template, {{"colour", colour}, {"dashes", dashes}, {"name", name}});
}

std::string shape_key_html(std::string_view colour, std::string_view path, std::string_view name) {
  return fill(shape_template, {{"colour", colour}, {"path", path}, {"name", name}});
}

std::string folded_table_html(std::string_view title, const std::vector<std::string>& columns,
                              const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return "";
  std::string head, body;
  for (std::size_t i = 0; i < columns.size(); ++i)
    head +=
        fill(R"(<th scope="col"{{class}}>{{text}}</th>)",
             {{"class", i == 0 ? "" : R"( class="number")"}, {"text", escape_html(columns[i])}});
  for (const auto& row : rows) {
    body += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      body += i == 0 ? R"(<th scope="row">)" + escape_html(row[i]) + "</th>"
                     : R"(<td class="number">)" + escape_html(row[i]) + "</td>";
    body += "</tr>";
  }
  const std::string table =
      "<table><thead><tr>" + head + "</tr></thead><tbody>" + body + "</tbody></table>";
  return fill(folded_template, {{"title", escape_html(title)},
                                {"table", scroll_html(std::string{title} + " as a table", table)}});
}

std::string figure_html(const DrawnFigure& figure) {
  return fill(assets::figure_html, {{"id", figure.id},
                                    {"title", escape_html(figure.title)},
                                    {"unit", escape_html(figure.unit)},
                                    {"key", figure.key_html},
                                    {"caption", escape_html(figure.caption)}});
}

}  // namespace obkit::report
