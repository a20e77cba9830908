#pragma once

#include <string>
#include <vector>

#include "obkit/backtest/comparison.hpp"
#include "obkit/backtest/report.hpp"
#include "obkit/store/input_hashes.hpp"

#include "obbacktest/options.hpp"
#include "obbacktest/run.hpp"
#include "obbacktest/symbols.hpp"

namespace obkit::obbacktest {

/// The page of a run with one row, drawn from `report`, which saw its books and trades. Inputs that
/// `hashes` did not follow are read for theirs. Throws IoError.
[[nodiscard]] std::string report_page(const Plan& plan, const Outcome& outcome,
                                      const backtest::Report& report,
                                      const store::InputHashes& hashes);

/// The same of a run with several rows; `comparison` saw their books where it draws them.
[[nodiscard]] std::string comparison_page(const Plan& plan, const Outcome& outcome,
                                          const backtest::Comparison& comparison,
                                          const store::InputHashes& hashes);

/// The same of several symbols, which it numbers symbol by symbol, each with all its rows, and
/// their sums by row.
[[nodiscard]] std::string symbols_page(const std::vector<SymbolRun>& runs,
                                       const backtest::Comparison& comparison,
                                       const store::InputHashes& hashes);

}  // namespace obkit::obbacktest
