#pragma once

#include <chrono>

#include "obkit/backtest/money.hpp"

namespace obkit::backtest {

/// How an order becomes a fill; docs/backtest.md has each worked out by hand.
enum class FillRule {
  /// Crosses the spread: buys at the best ask, sells at the best bid, and walks the visible levels
  /// where the size is larger than a level. Pays the taker fee.
  taker,
  /// At once at the own side's best price, whatever the size: buys at the best bid, sells at the
  /// best ask. The best that a resting order can get, and more than it does get. Pays the maker
  /// fee.
  touch,
  /// Rests at the own side's best price behind the visible volume, and fills as books show that
  /// volume gone (QueueOrder). Pays the maker fee; what a gap, midnight or the end closes crosses
  /// the spread and pays the taker fee.
  queue,
};

enum class Contract {
  linear,   ///< profit = size × (close − open), in the quote currency
  inverse,  ///< size in quote currency (USD), profit = size × (1/open − 1/close), in coin
};

/// What becomes of a position where continuity was lost.
enum class OnGap {
  close,  ///< closed at the last book before the gap; what was under way is lost
  hold,   ///< kept; a resting order begins again at the back of its queue
};

/// Whether a resting order moves when a better price than its own has appeared on its side.
enum class Requote { follow, stay };

/// Whether a position is kept from one UTC day to the next.
enum class Midnight { hold, flat };

struct Options {
  FillRule fill = FillRule::taker;
  Contract contract = Contract::linear;
  double size = 1;           ///< in the unit of the volumes of the books; in (0, 10^9], to 10^-9
  double maker_fee_bps = 0;  ///< basis points of the notional, per side; negative is a rebate
  double taker_fee_bps = 0;  ///< in [-10000, 10000], to 10^-9
  std::chrono::milliseconds latency{0};  ///< from a book to the order that it caused; up to a day
  OnGap on_gap = OnGap::close;
  Midnight midnight = Midnight::hold;
  Requote requote = Requote::follow;
  double queue_share = 0.5;  ///< of a decrease, taken from the front of the queue; in [0, 1]
};

/// Throws UsageError that names the option as the command line has it.
void check(const Options& options);

/// The fee of one side: `bps` basis points of |notional|, rounded to the unit of money, half away
/// from zero. Pre: |bps| <= 10000.
[[nodiscard]] Money fee(Money notional, double bps);

}  // namespace obkit::backtest
