#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "obkit/backtest/report.hpp"
#include "obkit/backtest/summary.hpp"

namespace obkit::backtest {

/// One of several runs. The summaries must outlive it.
struct ComparedRun {
  std::string strategy = {};  ///< "imbalance of 5 levels"
  double threshold = 0;
  const Summary* summary = nullptr;
  const Summary* rest =
      nullptr;           ///< on later books, where it was chosen on the others; may be null
  bool is_best = false;  ///< of one at most
};

/// Each strategy with each threshold, strategy by strategy.
struct ComparedRuns {
  std::vector<ComparedRun> runs = {};
  std::size_t thresholds = 1;          ///< how many; divides the number of runs
  std::vector<ComparedRun> sums = {};  ///< of runs on several markets
};

/// Makes one HTML page, which needs no network and no script, of several runs: up to `most_drawn`
/// side by side with their equity over time, more of them as net by threshold, and as a heat map
/// where strategies differ, too; always a table of all. Of sums over markets the same, drawn where
/// there is one alone or there is room.
///
/// Memory: 2 MB for each run that is drawn.
class Comparison {
 public:
  static constexpr std::size_t most_drawn = 6;

  explicit Comparison(std::size_t runs, std::size_t sums = 0);
  Comparison(Comparison&& other) noexcept;
  Comparison& operator=(Comparison&& other) noexcept;
  ~Comparison();

  /// Whether equity is drawn, so that add() is called.
  [[nodiscard]] bool draws_equity() const;
  /// The same of sums, and add_sum().
  [[nodiscard]] bool draws_sums() const;

  /// The next book of a run, as Report::add(). Pre: draws_equity(), run < runs.
  void add(std::size_t run, const ReportPoint& point);
  /// The same of a sum: time, gross and net alone. Pre: draws_sums(), sum < sums.
  void add_sum(std::size_t sum, const ReportPoint& point);

  /// The page. Of the text, `summary` and `threshold` are not shown.
  [[nodiscard]] std::string html(const ReportText& text, const ComparedRuns& compared) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obkit::backtest
