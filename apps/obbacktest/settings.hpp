#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "obkit/cli/jobs.hpp"
#include "obkit/cli/progress.hpp"
#include "obkit/cli/tool.hpp"

#include "plan.hpp"

namespace obbacktest {

/// The command line.
struct Settings {
  judged_books::InputOptions input;
  std::vector<std::string> models, rules;
  std::vector<std::size_t> levels;
  std::string threshold = "0";
  bool invert = false;
  obkit::backtest::Options options;
  std::string fill = "taker", contract = "linear", on_gap = "close";
  std::int64_t latency_ms = 0;
  std::string funding_path;  ///< empty for none, as the paths below
  bool flat_at_midnight = false, requote = true;
  std::string format = "json";
  std::string summary_path, report_path;
  bool check_lookahead = false;
  obkit::cli::JobOptions jobs;
  obkit::cli::ProgressOptions progress;
  obkit::cli::OutputOptions output;
};

/// `settings` must outlive the parsing.
void add_options(CLI::App& app, Settings& settings);

/// Throws UsageError for what makes no sense, IoError and DataError for the funding. Warns of what
/// makes little.
[[nodiscard]] Plan plan_of(const Settings& settings);

}  // namespace obbacktest
