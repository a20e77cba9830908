#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace obkit::report {

/// One direction of a chart.
struct Axis {
  double low = 0, high = 1;  ///< low < high
  std::vector<double> ticks = {};
  std::function<std::string(double)> text = {};  ///< of a tick
};

/// An axis that holds both values, with three to six round ticks of `number_text()`.
/// Pre: finite; low <= high.
[[nodiscard]] Axis axis_of(double low, double high);

struct LinePoint {
  double x = 0;
  std::optional<double> y = {};  ///< the line is broken where there is none
};

struct Line {
  std::string name;         ///< may be empty: not in the key
  std::string_view colour;  ///< a colour of the page's style: "net"
  std::string_view dashes = "none";
  std::vector<LinePoint> points = {};  ///< from left to right
  bool has_marks = false;              ///< a dot at each point
};

/// What the pointer finds near an x.
struct Reading {
  double x = 0;
  std::string text;
};

/// Lines in a frame, drawn without a script.
struct LineChart {
  std::string id = {}, title = {}, unit = {}, caption = {};  ///< `id` is a word
  Axis x = {}, y = {};
  std::vector<Line> lines = {};
  std::vector<Reading> readings = {};  ///< ascending
  bool is_square = false;
  std::string table_html = {};  ///< behind the caption: the same as numbers
};

/// The first line lies on top. What lies outside of the axes is drawn at their ends.
[[nodiscard]] std::string line_chart_html(const LineChart& chart);

/// A line sample beside a name. Both are HTML.
[[nodiscard]] std::string line_key_html(std::string_view colour, std::string_view dashes,
                                        std::string_view name);
/// A shape, as an SVG path in a field of 22 by 12, beside a name.
[[nodiscard]] std::string shape_key_html(std::string_view colour, std::string_view path,
                                         std::string_view name);

/// A table that is shown when it is asked for: "TITLE as a table". `rows` are texts.
[[nodiscard]] std::string folded_table_html(std::string_view title,
                                            const std::vector<std::string>& columns,
                                            const std::vector<std::vector<std::string>>& rows);

/// A figure for a script to draw in: a head with its key, a line that is read out, the place,
/// words. `id` is a word, `key_html` HTML, the others are texts.
struct DrawnFigure {
  std::string_view id, title, unit;
  std::string key_html, caption;
};
[[nodiscard]] std::string figure_html(const DrawnFigure& figure);

}  // namespace obkit::report
