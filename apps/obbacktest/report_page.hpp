#pragma once

#include <string>
#include <vector>

#include "obkit/backtest/comparison.hpp"
#include "obkit/backtest/report.hpp"

#include "obbacktest/options.hpp"
#include "obbacktest/run.hpp"
#include "obbacktest/symbols.hpp"

namespace obkit::obbacktest {

/// The page of a run with one row, drawn from `report`, which saw its books and trades. Reads the
/// inputs once more, for their hashes. Throws IoError.
[[nodiscard]] std::string report_page(const Plan& plan, const Outcome& outcome,
                                      const backtest::Report& report);

/// The same of a run with several rows; `comparison` saw their books where it draws them.
[[nodiscard]] std::string comparison_page(const Plan& plan, const Outcome& outcome,
                                          const backtest::Comparison& comparison);

/// The same of several symbols, which it numbers symbol by symbol, each with all its rows.
[[nodiscard]] std::string symbols_page(const std::vector<SymbolRun>& runs,
                                       const backtest::Comparison& comparison);

}  // namespace obkit::obbacktest
