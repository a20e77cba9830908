#include "obkit/backtest/trade.hpp"

#include <algorithm>

namespace obkit::backtest {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::reverse:
      return "reverse";
    case Reason::gap:
      return "gap";
    case Reason::midnight:
      return "midnight";
    case Reason::end:
      break;
  }
  return "end";
}

std::chrono::milliseconds holding_time(const Trade& trade) {
  using std::chrono::milliseconds;
  const auto open = to_timestamp(trade.open_time);
  const auto close = to_timestamp(trade.close_time);
  if (!open || !close) return milliseconds{0};
  return std::max(std::chrono::duration_cast<milliseconds>(*close - *open), milliseconds{0});
}

}  // namespace obkit::backtest
