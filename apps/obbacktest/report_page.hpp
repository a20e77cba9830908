#pragma once

#include <string>

#include "obkit/backtest/report.hpp"

#include "plan.hpp"
#include "run.hpp"

namespace obbacktest {

/// The page of a run with one row, drawn from `report`, which saw its books and trades. Reads the
/// inputs once more, for their hashes. Throws IoError.
[[nodiscard]] std::string report_page(const Plan& plan, const Outcome& outcome,
                                      const obkit::backtest::Report& report);

}  // namespace obbacktest
