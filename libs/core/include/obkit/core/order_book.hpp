#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"

namespace obkit {

/// Where a book that is renewed in place differs from what it was before, for whoever keeps what it
/// made of that: outside the parts nothing does, to the bit, but for single volumes.
struct BookChange {
  /// Positions [first, last) of one side; within them, too, prices are as they were unless
  /// `prices`.
  struct Part {
    std::size_t first = 0, last = 0;
    bool prices = false;
  };
  static constexpr std::size_t most_volumes = 16;

  /// Pre: there are fewer than most_volumes.
  void add_volume(std::size_t position) {
    volumes[volume_count++] = static_cast<std::uint32_t>(position);
  }
  /// Positions whose volume alone may differ, in no order.
  [[nodiscard]] std::span<const std::uint32_t> single_volumes() const {
    return {volumes.data(), volume_count};
  }

  std::uint64_t number = 0;  ///< of the changes of this book until now; 0: nothing is known
  std::array<Part, 2> parts = {};
  std::array<std::uint32_t, most_volumes> volumes = {};
  std::size_t volume_count = 0;  ///< the first so many of them
};

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
  BookChange change = {};         ///< not of the moment, but of this object

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
