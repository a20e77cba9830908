#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "obbacktest/options.hpp"
#include "obbacktest/run.hpp"
#include "obbacktest/symbols.hpp"

namespace obkit::obbacktest {

/// A key and its value, written as JSON writes it: amounts of money keep their exact decimals, the
/// currency is in the key, what cannot be said is null.
struct Field {
  std::string key, value;
  bool is_real = false;  ///< machines get `1.0` where people read 1

  /// For machines: a column of reals has one type.
  [[nodiscard]] std::string json() const;
};
using Fields = std::vector<Field>;

/// What a row was run with.
[[nodiscard]] Fields options_fields(const Plan& plan, std::size_t row);
/// What it came to.
[[nodiscard]] Fields result_fields(const Plan& plan, const Outcome& outcome, std::size_t row);

/// Of a run of one row: its trades by side, hour, day and reason, an object each.
[[nodiscard]] Fields split_fields(const Plan& plan, const Outcome& outcome);

/// One JSON object and a line feed.
[[nodiscard]] std::string json_line(const Fields& fields);

/// A line of a summary for people.
struct ResultLine {
  std::string name, value, note;
};

/// What a row came to, in short.
[[nodiscard]] std::vector<ResultLine> result_lines(const Plan& plan, const Outcome& outcome,
                                                   std::size_t row);

/// What a row's result leaves out: fees, latency, the queue. Empty for nothing.
[[nodiscard]] std::string left_out(const Plan& plan, const Outcome& outcome, std::size_t row);

/// Whether the fills that signals cause pay nothing.
[[nodiscard]] bool is_without_fees(const Plan& plan);
/// "fees (each basis point a side takes 0.04 quote)".
[[nodiscard]] std::string fees_left_out(const Plan& plan, const Outcome& outcome, std::size_t row);

/// Options that did nothing: funding outside the books, thresholds that no score reaches.
[[nodiscard]] std::vector<std::string> idle_options(const Plan& plan, const Outcome& outcome);

/// "imbalance 5", or the path of a model.
[[nodiscard]] std::string strategy_name(const signals::StrategyOptions& strategy);

/// To the log: the settings in one line, then a short table.
void log_results(const Plan& plan, const Outcome& outcome);

/// All rows: JSON lines with the keys of the summary and `best`, "csv" with the same columns, or an
/// aligned "table" of the most important ones.
[[nodiscard]] std::string rows_text(const Plan& plan, const Outcome& outcome,
                                    const std::string& format);

/// The same of several symbols: row by row, each of all symbols, then their sum. `best` is the row
/// whose sum is; without a sum, that of each symbol.
[[nodiscard]] std::string rows_text(const std::vector<SymbolRun>& runs, const std::string& format);

/// To the log: the sum, what it leaves out, and what took no effect.
void log_symbols(const std::vector<SymbolRun>& runs);

/// To the log: which row was best, what it leaves out, and that it was chosen in-sample.
void log_rows(const Plan& plan, const Outcome& outcome);

}  // namespace obkit::obbacktest
