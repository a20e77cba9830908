#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"

namespace obkit {

/// The visible part of an order book at one moment: as many bids as asks.
///
/// Levels run from the worst bid to the best bid, then from the best ask to the worst ask, so
/// prices ascend on either side and the spread is in the middle.
struct OrderBook {
  DateTime time;                  ///< the exchange's event time where it tells one, UTC
  std::vector<Price> prices;      ///< [depth]
  std::vector<double> volumes;    ///< [depth], finite, not negative
  std::optional<Timestamp> recv;  ///< when the frame was received
  bool gap = false;               ///< continuity with the book before was lost

  /// Levels of both sides together; even.
  [[nodiscard]] std::size_t depth() const { return prices.size(); }
  /// Pre: depth() >= 2, as for all below.
  [[nodiscard]] Price best_bid() const { return prices[depth() / 2 - 1]; }
  [[nodiscard]] Price best_ask() const { return prices[depth() / 2]; }
  /// Best bid + best ask: twice the mid price, exact, so two mid prices compare without rounding.
  [[nodiscard]] Price double_mid() const { return best_bid() + best_ask(); }
  [[nodiscard]] bool is_crossed() const { return best_bid() >= best_ask(); }
};

}  // namespace obkit
