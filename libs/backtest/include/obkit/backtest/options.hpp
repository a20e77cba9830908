#pragma once

#include "obkit/backtest/money.hpp"

namespace obkit::backtest {

/// How an order becomes a fill.
enum class FillRule {
  /// Crosses the spread: buys at the best ask, sells at the best bid, and walks the visible levels
  /// where the size is larger than a level. Pays the taker fee.
  taker,
  /// At once at the own side's best price, whatever the size: buys at the best bid, sells at the
  /// best ask. The best that a resting order can get, and more than it does get. Pays the maker
  /// fee.
  touch,
};

enum class Contract {
  linear,   ///< profit = size × (close − open), in the quote currency
  inverse,  ///< size in quote currency (USD), profit = size × (1/open − 1/close), in coin
};

struct Options {
  FillRule fill = FillRule::taker;
  Contract contract = Contract::linear;
  double size = 1;           ///< in the unit of the volumes of the books; in (0, 10^9], to 10^-9
  double maker_fee_bps = 0;  ///< basis points of the notional, per side; negative is a rebate
  double taker_fee_bps = 0;  ///< in [-10000, 10000], to 10^-9
};

/// Throws UsageError that names the option as the command line has it.
void check(const Options& options);

/// The fee of one side: `bps` basis points of |notional|, rounded to the unit of money, half away
/// from zero. Pre: |bps| <= 10000.
[[nodiscard]] Money fee(Money notional, double bps);

}  // namespace obkit::backtest
