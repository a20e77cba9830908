#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace obkit::report {

/// How often values fell between edges.
class Histogram {
 public:
  /// Bins are [edges[i], edges[i + 1]); what lies beyond counts in the outer ones.
  /// Pre: at least two edges, ascending.
  explicit Histogram(std::vector<double> edges);

  /// O(log bins).
  void add(double value);

  [[nodiscard]] const std::vector<double>& edges() const { return edges_; }
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  /// Of what was added; zero when nothing was.
  [[nodiscard]] double mean() const;
  [[nodiscard]] double lowest() const { return lowest_; }
  [[nodiscard]] double highest() const { return highest_; }

 private:
  std::vector<double> edges_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  double sum_ = 0, lowest_ = 0, highest_ = 0;
};

/// A figure of bars, each with its values under the pointer, and the same as a table.
struct BarChart {
  std::string id, title, caption;
  std::string noun;  ///< what is counted: "book"
  std::function<std::string(double)> edge_text;
  bool trim = false;                ///< leave out empty bins at both ends
  std::optional<double> mark = {};  ///< a line at this value and at its negative
};

/// Pre: something was added to the histogram.
[[nodiscard]] std::string bar_chart_html(const BarChart& chart, const Histogram& histogram);

}  // namespace obkit::report
