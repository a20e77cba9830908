#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "obkit/backtest/report.hpp"
#include "obkit/store/input_hashes.hpp"

#include "obbacktest/options.hpp"
#include "obbacktest/run.hpp"

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

/// Options that did nothing: funding outside the books, thresholds that no score reaches.
[[nodiscard]] std::vector<std::string> idle_options(const Plan& plan, const Outcome& outcome);

/// To the log: the settings in one line, then a short table.
void log_results(const Plan& plan, const Outcome& outcome);

/// All rows: JSON lines with the keys of the summary and `best`, "csv" with the same columns, or an
/// aligned "table" of the most important ones.
[[nodiscard]] std::string rows_text(const Plan& plan, const Outcome& outcome,
                                    const std::string& format);

/// To the log: which row was best, what it leaves out, and that it was chosen in-sample.
void log_rows(const Plan& plan, const Outcome& outcome);

/// The page of a run with one row, drawn from `report`, which saw its books and trades. Inputs that
/// `hashes` does not know are read for theirs. Throws IoError.
[[nodiscard]] std::string report_page(const Plan& plan, const Outcome& outcome,
                                      const backtest::Report& report,
                                      const store::InputHashes& hashes);

}  // namespace obkit::obbacktest
