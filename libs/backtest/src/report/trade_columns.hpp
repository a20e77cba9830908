#pragma once

#include <vector>

#include "obkit/backtest/trade.hpp"

#include "report/columns.hpp"

namespace obkit::backtest {

/// One entry a trade in each column, as chart_data() has them.
[[nodiscard]] Json trade_columns(const std::vector<Trade>& trades);

}  // namespace obkit::backtest
