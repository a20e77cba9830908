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
#include "obkit/core/time.hpp"
#include "obkit/signals/strategy.hpp"

#include "common/scored_books.hpp"
#include "obbacktest/contract_size.hpp"
#include "obbacktest/market_trades.hpp"

namespace obkit::obbacktest {

/// A part of the books, by their times; empty bounds are none.
struct Span {
  std::optional<DateTime> from = {}, until = {};  ///< both included
  std::optional<DateTime> behind = {};            ///< not included

  [[nodiscard]] bool contains(DateTime time) const {
    return (!from || time >= *from) && (!until || time <= *until) && (!behind || time > *behind);
  }
};

/// What a run of the tool does, whatever it prints.
struct Plan {
  common::BookInputs input;
  std::string symbol;              ///< where there are several in turn; "sum" of all; else empty
  bool is_sum = false;             ///< of the plans of several symbols
  std::vector<std::string> files;  ///< of the inputs
  std::size_t jobs = 1;            ///< threads that read and judge
  cli::StatusLine::Wish progress = cli::StatusLine::Wish::hide;
  std::vector<signals::StrategyOptions> strategies;
  std::vector<double> thresholds;
  signals::Polarity polarity = signals::Polarity::normal;
  backtest::Options options;
  ContractSize contract_size;  ///< that of `options`, and where it comes from
  Span span;                   ///< of the books that are traded on
  TradeInputs trades;
  std::string latency_path;  ///< empty for none, as below
  std::string funding_path;
  std::optional<double> capital;  ///< what returns are of
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
  std::string trades_path;    ///< empty for none
  std::string latency = "0";  ///< milliseconds, or a file
  std::optional<std::uint64_t> seed = {};
  std::optional<std::int64_t> max_hold_ms;
  std::optional<double> contract_size, capital;
  std::string funding_path;  ///< empty for none, as the paths below
  bool flat_at_midnight = false;
  std::string format = "json";
  std::string summary_path, report_path, equity_path;
  std::int64_t equity_every_ms = 0;
  std::string choose_on;
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

/// A plan for each symbol. Throws as plan_of(), and UsageError for what is of one symbol alone.
[[nodiscard]] std::vector<Plan> plans_of(const CommandLine& line,
                                         const std::vector<std::string>& symbols);

}  // namespace obkit::obbacktest
