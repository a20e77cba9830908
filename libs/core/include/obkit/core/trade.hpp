#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"

namespace obkit {

/// Who took what stood in the book: the side that an exchange's trades are told by.
enum class Aggressor : std::uint8_t { buyer, seller };

/// One of an exchange's public trades.
struct Trade {
  Timestamp time{};  ///< when it was matched
  Price price;
  double volume = 0;                   ///< in the unit of the book's volumes
  std::optional<Aggressor> aggressor;  ///< empty where the feed does not know
  std::string id = {};                 ///< the exchange's; empty where it has none
  /// Where the exchange counts the trades of a symbol: the number of the last one in this row.
  std::optional<std::uint64_t> number = {};
  std::uint64_t fills = 1;  ///< numbers that this row takes: the row before ends `fills` below
  /// Why it never met the book's queue: `block`, `rpi`, `combo`, `fund`. Empty: it did.
  std::string off = {};

  bool operator==(const Trade&) const = default;
};

/// What one frame says of one symbol's trades, in the order of their matches. Old ones, which an
/// exchange sends on subscribing, are not among them.
struct TradeUpdate {
  std::string symbol = {};
  std::vector<Trade> trades = {};
};

}  // namespace obkit
