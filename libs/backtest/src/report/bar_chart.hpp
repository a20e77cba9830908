#pragma once

#include <functional>
#include <optional>
#include <string>

#include "report/histogram.hpp"

namespace obkit::backtest {

/// A figure of bars, each with its values under the pointer, and the same as a table.
struct BarChart {
  std::string id, title, facts;
  std::string noun;  ///< what is counted: "book"
  std::function<std::string(double)> edge_text;
  bool trim = false;                ///< leave out empty bins at both ends
  std::optional<double> mark = {};  ///< a line at this value and at its negative
};

/// Pre: something was added to the histogram.
[[nodiscard]] std::string bar_chart_html(const BarChart& chart, const Histogram& histogram);

}  // namespace obkit::backtest
