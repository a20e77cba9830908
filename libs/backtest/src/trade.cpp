#include "obkit/backtest/trade.hpp"

namespace obkit::backtest {

std::string_view to_string(Reason reason) {
  if (reason == Reason::reverse) return "reverse";
  return reason == Reason::gap ? "gap" : "end";
}

void Summary::add(const Trade& trade) {
  ++trades;
  if (trade.net() > Money{}) ++wins;
  gross += trade.gross;
  fees += trade.fees;
}

}  // namespace obkit::backtest
