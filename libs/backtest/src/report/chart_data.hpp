#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/chosen_trades.hpp"
#include "report/curve.hpp"

namespace obkit::backtest {

/// What the page's script draws, as JSON that may stand in a script element: all but ASCII and
/// every '<' is escaped. Columns are differences of whole numbers, to be short.
///
/// Pre: at least one row.
[[nodiscard]] std::string chart_data(const CurveFacts& facts, const std::vector<Curve::Row>& rows,
                                     const std::vector<Trade>& trades, std::string_view currency);

}  // namespace obkit::backtest
