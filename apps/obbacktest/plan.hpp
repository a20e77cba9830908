#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "obkit/backtest/funding.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/cli/status_line.hpp"
#include "obkit/signals/strategy.hpp"

#include "../scored_books.hpp"

namespace obbacktest {

/// What a run of the tool does, whatever it prints.
struct Plan {
  judged_books::InputOptions input;
  std::vector<std::string> files;  ///< of the inputs
  std::size_t jobs = 1;            ///< threads that judge by a model
  obkit::cli::StatusLine::Wish progress = obkit::cli::StatusLine::Wish::hide;
  std::vector<obkit::signals::StrategyOptions> strategies;
  std::vector<double> thresholds;
  obkit::signals::Polarity polarity = obkit::signals::Polarity::normal;
  obkit::backtest::Options options;
  std::string funding_path;  ///< empty for none
  std::vector<obkit::backtest::FundingRate> funding;

  /// Each strategy with each threshold is a row, strategy by strategy.
  [[nodiscard]] std::size_t rows() const { return strategies.size() * thresholds.size(); }
  [[nodiscard]] std::size_t strategy_of(std::size_t row) const { return row / thresholds.size(); }
  [[nodiscard]] double threshold_of(std::size_t row) const {
    return thresholds[row % thresholds.size()];
  }
};

}  // namespace obbacktest
