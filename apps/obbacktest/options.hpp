#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/backtest/funding.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/cli/cli11_fwd.hpp"
#include "obkit/cli/jobs.hpp"
#include "obkit/cli/progress.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/signals/strategy.hpp"

#include "common/scored_books.hpp"

namespace obkit::obbacktest {

/// What a run of the tool does, whatever it prints.
struct Plan {
  common::BookInputs input;
  std::vector<std::string> files;  ///< of the inputs
  std::size_t jobs = 1;            ///< threads that judge by a model
  cli::StatusLine::Wish progress = cli::StatusLine::Wish::hide;
  std::vector<signals::StrategyOptions> strategies;
  std::vector<double> thresholds;
  signals::Polarity polarity = signals::Polarity::normal;
  backtest::Options options;
  std::string funding_path;  ///< empty for none
  std::vector<backtest::FundingRate> funding;

  /// Each strategy with each threshold is a row, strategy by strategy.
  [[nodiscard]] std::size_t rows() const { return strategies.size() * thresholds.size(); }
  [[nodiscard]] std::size_t strategy_of(std::size_t row) const { return row / thresholds.size(); }
  [[nodiscard]] double threshold_of(std::size_t row) const {
    return thresholds[row % thresholds.size()];
  }
};

/// The command line.
struct CommandLine {
  common::BookInputs input;
  std::vector<std::string> models, rules;
  std::vector<std::size_t> levels;
  std::string threshold = "0";
  bool invert = false;
  backtest::Options options;
  std::string fill{options.fill.name};
  std::vector<std::string> fill_options;  ///< of fill models, as they were given: "queue_share"
  std::string contract{to_string(options.contract)}, on_gap{to_string(options.on_gap)};
  std::string on_wait{to_string(options.exits.on_wait)};
  std::int64_t latency_ms = 0;
  std::optional<std::int64_t> max_hold_ms;
  std::string funding_path;  ///< empty for none, as the paths below
  bool flat_at_midnight = false;
  std::string format = "json";
  std::string summary_path, report_path;
  bool check_lookahead = false;
  cli::JobOptions jobs;
  cli::ProgressOptions progress;
  cli::OutputOptions output;
};

/// `line` must outlive the parsing.
void add_options(CLI::App& app, CommandLine& line);

/// Throws UsageError for what makes no sense, IoError and DataError for the funding. Warns of what
/// makes little.
[[nodiscard]] Plan plan_of(const CommandLine& line);

}  // namespace obkit::obbacktest
