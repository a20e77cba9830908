#pragma once

#include <cstdint>
#include <string>

#include "obkit/backtest/options.hpp"
#include "obkit/backtest/summary.hpp"
#include "obkit/signals/strategy.hpp"

namespace obbacktest {

/// All that a summary tells.
struct Report {
  obkit::signals::StrategyOptions strategy;
  bool invert = false;
  obkit::backtest::Options options;
  obkit::backtest::Summary summary;
  std::uint64_t in_sample_books = 0;
  std::uint64_t skipped_lines = 0;
};

/// One JSON object and a line feed: the settings, then the results; the currency is in the keys.
[[nodiscard]] std::string summary_json(const Report& report);

/// To the log: the settings in one line, then a table of the results.
void log_summary(const Report& report);

}  // namespace obbacktest
