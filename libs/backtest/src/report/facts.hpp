#pragma once

#include <string>
#include <string_view>

#include "report/chosen_trades.hpp"
#include "report/curve.hpp"
#include "report/histogram.hpp"

namespace obkit::backtest {

/// What each chart shows, said in words for those who cannot see it: plain text, not yet escaped.
/// Pre: at least one book; for holding_facts() at least one trade.
[[nodiscard]] std::string price_facts(const CurveFacts& facts, const ChosenTrades& trades);
[[nodiscard]] std::string equity_facts(const CurveFacts& facts, std::string_view currency);
[[nodiscard]] std::string drawdown_facts(const CurveFacts& facts, std::string_view currency);
[[nodiscard]] std::string position_facts(const CurveFacts& facts);
[[nodiscard]] std::string score_facts(const Histogram& scores);
[[nodiscard]] std::string holding_facts(const Histogram& times);

/// "2024-08-08 00:00:00 to 2024-08-08 23:59:59 UTC · 1 000 000 books · 3512 trades"
[[nodiscard]] std::string span_text(const CurveFacts& facts, const ChosenTrades& trades);

}  // namespace obkit::backtest
