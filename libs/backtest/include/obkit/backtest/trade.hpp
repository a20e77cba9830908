#pragma once

#include <cstdint>
#include <string_view>

#include "obkit/backtest/money.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/signal.hpp"
#include "obkit/core/time.hpp"

namespace obkit::backtest {

/// Why a position was closed.
enum class Reason {
  reverse,  ///< the opposite signal
  gap,      ///< continuity was lost; closed at the last book before
  end,      ///< the last book
};

/// "reverse", "gap" or "end".
[[nodiscard]] std::string_view to_string(Reason reason);

/// A position, opened and closed. Amounts in quote currency (linear) or coin (inverse).
struct Trade {
  Signal direction = Signal::buy;  ///< buy or sell
  DateTime open_time;
  Price open_price;
  DateTime close_time;
  Price close_price;
  double size = 0;
  Money gross;  ///< before fees
  Money fees;   ///< of both sides; negative when rebates are larger
  Reason reason = Reason::end;

  [[nodiscard]] Money net() const { return gross - fees; }
};

/// Sums over the trades of a backtest.
struct Summary {
  std::uint64_t books = 0;
  std::uint64_t trades = 0;
  std::uint64_t wins = 0;  ///< trades with net > 0
  Money gross, fees;

  [[nodiscard]] Money net() const { return gross - fees; }
  void add(const Trade& trade);
};

}  // namespace obkit::backtest
