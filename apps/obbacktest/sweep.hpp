#pragma once

#include <cstddef>
#include <string>

#include "plan.hpp"
#include "run.hpp"

namespace obbacktest {

/// The row with the highest net; of several the first. Pre: there is a row.
[[nodiscard]] std::size_t best_row(const Outcome& outcome);

/// All rows: JSON lines with the keys of the summary and `best`, "csv" with the same columns, or an
/// aligned "table" of the most important ones.
[[nodiscard]] std::string sweep_text(const Plan& plan, const Outcome& outcome,
                                     const std::string& format);

/// To the log: which row was best, and that it was chosen in-sample.
void log_sweep(const Plan& plan, const Outcome& outcome);

}  // namespace obbacktest
