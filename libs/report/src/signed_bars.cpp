#include "obkit/report/signed_bars.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "obkit/report/line_chart.hpp"
#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"

#include "assets.hpp"
#include "coordinate.hpp"
#include "heights.hpp"

namespace obkit::report {
namespace {

// As in line_chart.cpp: a drawing of 1000 by 100 that is stretched to its place.

struct Extent {
  double low = 0, high = 0;  ///< zero lies between

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] double share(double value) const {
    return high > low ? (value - low) / (high - low) : 0;
  }
};

std::string height_text(const Axis& axis, double value) {
  return coordinate(100 - 100 * (value - axis.low) / (axis.high - axis.low));
}

Axis axis_of_bars(const std::vector<SignedBar>& bars) {
  Extent extent;
  for (const SignedBar& bar : bars) extent.include(bar.value);
  return axis_of(extent.low, extent.high);
}

constexpr std::string_view signed_bar_svg =
    R"(<g><title>{{title}}</title><rect class="{{class}}" x="{{left}}" y="{{top}}" )"
    R"(width="{{width}}" height="{{height}}"/><rect class="hit" x="{{place}}" y="0" )"
    R"(width="{{room}}" height="100"/></g>)";

std::string bar_html(const SignedBar& bar, const Axis& axis, double place, double room) {
  constexpr double widest = 60;
  const double width = std::min(0.8 * room, widest);
  const double scale = 100 / (axis.high - axis.low);
  // What is there is seen, however little.
  const double height = bar.value == 0 ? 0 : std::max(0.7, scale * std::abs(bar.value));
  const double top = 100 - scale * (std::max(bar.value, 0.0) - axis.low);
  return fill(signed_bar_svg,
              {{"title", escape_html(bar.name + ": " + bar.text)},
               {"class", bar.value < 0 ? "bar loss" : "bar"},
               {"left", coordinate(place + (room - width) / 2)},
               {"top", coordinate(std::clamp(top, 0.0, 100 - std::min(height, 100.0)))},
               {"width", coordinate(width)},
               {"height", coordinate(height)},
               {"place", coordinate(place)},
               {"room", coordinate(room)}});
}

std::string grid_of_bars(const Axis& axis) {
  std::string path;
  for (const double tick : axis.ticks) path += "M0 " + height_text(axis, tick) + "H1000";
  return R"(<path class="grid" d=")" + path + R"("/><path class="zero" d="M0 )" +
         height_text(axis, 0) + R"(H1000"/>)";
}

/// At most six, evenly spread.
std::string labels_html(const std::vector<SignedBar>& bars) {
  constexpr std::size_t most = 6;
  const std::size_t step = (bars.size() + most - 1) / most;
  const double room = 100.0 / static_cast<double>(bars.size());
  std::string html;
  for (std::size_t i = 0; i < bars.size(); i += step)
    html += fill(R"(<span style="left:{{left}}%">{{text}}</span>)",
                 {{"left", coordinate((static_cast<double>(i) + 0.5) * room)},
                  {"text", escape_html(bars[i].label)}});
  return html;
}

constexpr std::string_view waterfall_template =
    R"(<figure id="{{id}}"><h3>{{title}}<span class="unit">{{unit}}</span></h3>)"
    R"(<table class="waterfall"><tbody>{{rows}}</tbody></table>)"
    R"(<figcaption>{{caption}}</figcaption></figure>)";

constexpr std::string_view step_template =
    R"(<tr{{sum}}><th scope="row">{{name}}</th><td aria-hidden="true"><svg viewBox="0 0 1000 20" )"
    R"(preserveAspectRatio="none"><rect class="{{bar}}" x="{{left}}" y="0" width="{{width}}" )"
    R"(height="20"/><path d="M{{zero}} -6V26"/></svg></td><td class="{{number}}">{{text}}</td></tr>)";

/// A step from where the one before it ended.
struct Stretch {
  double from = 0, to = 0;
};

std::vector<Stretch> stretches_of(const std::vector<WaterfallStep>& steps) {
  std::vector<Stretch> stretches;
  double end = 0;
  for (const WaterfallStep& step : steps) {
    const double from = step.is_sum ? 0 : end;
    end = from + step.amount;
    stretches.push_back({.from = from, .to = end});
  }
  return stretches;
}

}  // namespace

std::string signed_bars_html(const SignedBars& chart) {
  const Axis axis = axis_of_bars(chart.bars);
  const double room = 1000 / static_cast<double>(chart.bars.size());
  std::string bars;
  for (std::size_t i = 0; i < chart.bars.size(); ++i)
    bars += bar_html(chart.bars[i], axis, static_cast<double>(i) * room, room);
  const Heights heights = heights_of(axis);
  return fill(assets::lines_html, {{"id", chart.id},
                                   {"title", escape_html(chart.title)},
                                   {"unit", escape_html(chart.unit)},
                                   {"key", ""},
                                   {"shape", " bars-around-zero"},
                                   {"room", heights.room},
                                   {"heights", heights.html},
                                   {"grid", grid_of_bars(axis)},
                                   {"lines", bars},
                                   {"readings", ""},
                                   {"edges", labels_html(chart.bars)},
                                   {"caption", escape_html(chart.caption)},
                                   {"table", chart.table_html}});
}

std::string waterfall_html(const Waterfall& chart) {
  const std::vector<Stretch> stretches = stretches_of(chart.steps);
  Extent extent;
  for (const Stretch& stretch : stretches) extent.include(stretch.to);
  std::string rows;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const WaterfallStep& step = chart.steps[i];
    const double left = 1000 * extent.share(std::min(stretches[i].from, stretches[i].to));
    const double right = 1000 * extent.share(std::max(stretches[i].from, stretches[i].to));
    const bool is_loss = step.amount < 0;
    rows += fill(step_template, {{"sum", step.is_sum ? R"( class="sum")" : ""},
                                 {"name", escape_html(step.name)},
                                 {"bar", is_loss ? "bar loss" : "bar"},
                                 {"left", coordinate(left)},
                                 {"width", coordinate(right - left)},
                                 {"zero", coordinate(1000 * extent.share(0))},
                                 {"number", is_loss ? "number loss" : "number"},
                                 {"text", escape_html(step.text)}});
  }
  return fill(waterfall_template, {{"id", chart.id},
                                   {"title", escape_html(chart.title)},
                                   {"unit", escape_html(chart.unit)},
                                   {"rows", rows},
                                   {"caption", escape_html(chart.caption)}});
}

}  // namespace obkit::report
