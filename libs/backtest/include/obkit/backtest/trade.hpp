#pragma once

#include <chrono>
#include <string_view>

#include "obkit/backtest/money.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/signal.hpp"
#include "obkit/core/time.hpp"

namespace obkit::backtest {

/// Why a position was closed.
enum class Reason {
  reverse,   ///< the opposite signal
  gap,       ///< continuity was lost; closed at the last book before
  midnight,  ///< the last book of a UTC day
  end,       ///< the last book
};

/// "reverse", "gap", "midnight" or "end".
[[nodiscard]] std::string_view to_string(Reason reason);

/// From flat to flat: a position that was opened, by one fill or more, and closed again. Amounts of
/// money in quote currency (linear) or coin (inverse).
struct Trade {
  Signal direction = Signal::buy;  ///< buy or sell
  DateTime open_time = {};         ///< of the first fill
  Price open_price = {};           ///< the average of the fills that opened it
  DateTime close_time = {};        ///< of the last fill
  Price close_price = {};          ///< the average of the fills that closed it
  double size = 0;                 ///< all that was opened, and closed
  Money gross = {};                ///< before fees and funding
  Money fees = {};                 ///< of all fills; negative when rebates are larger
  Money funding = {};              ///< paid for holding it; negative when received
  Reason reason = Reason::end;

  [[nodiscard]] Money net() const { return gross - fees - funding; }
};

/// How long the position stood, zero where times went back.
[[nodiscard]] std::chrono::milliseconds holding_time(const Trade& trade);

}  // namespace obkit::backtest
