#pragma once

#include <optional>

#include "obkit/backtest/money.hpp"
#include "obkit/core/time.hpp"

namespace obkit::backtest {

/// A fall of the equity from a peak to the lowest point behind it.
struct Drawdown {
  Money depth;  ///< above zero
  DateTime peak, trough;
};

/// Finds the deepest drawdown of a series of equities.
class DrawdownMeter {
 public:
  /// The first peak is zero, what one began with, at the first time.
  void add(DateTime time, Money equity) {
    if (!peak_) peak_ = time;
    if (equity > peak_equity_) {
      peak_ = time;
      peak_equity_ = equity;
    } else if (const Money depth = peak_equity_ - equity; depth > Money{}) {
      if (!deepest_ || depth > deepest_->depth)
        deepest_ = Drawdown{.depth = depth, .peak = *peak_, .trough = time};
    }
  }

  /// The earliest of the deepest; empty where the equity never fell.
  [[nodiscard]] const std::optional<Drawdown>& deepest() const { return deepest_; }

 private:
  std::optional<DateTime> peak_;  ///< the earliest time of the highest equity so far
  Money peak_equity_;
  std::optional<Drawdown> deepest_;
};

}  // namespace obkit::backtest
