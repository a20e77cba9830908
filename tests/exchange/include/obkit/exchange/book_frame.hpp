#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/level_update.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"

namespace obkit::exchange {

/// An exchange whose protocol is spoken.
enum class Venue : std::uint8_t {
  bitmex,
  deribit,
  bybit_linear,
  bybit_spot,
  bybit_inverse,
  binance_spot,
  binance_usdm,
  binance_coinm,
  okx,
  kraken,
  kraken_futures,
  coinbase
};

/// "bitmex", "bybit-linear"
[[nodiscard]] std::string_view to_string(Venue venue);
/// As people write it: "BitMEX".
[[nodiscard]] std::string_view title_of(Venue venue);
/// All of them, the default first.
[[nodiscard]] std::vector<Venue> venues();
/// Empty for any other name.
[[nodiscard]] std::optional<Venue> parse_venue(std::string_view name);

/// One book that can be subscribed to: a symbol in one liquidity pool. The pool is empty where the
/// venue has none, or the frames are older than pools.
struct Channel {
  std::string symbol;
  std::string pool;  ///< "Primary", "Secondary", "Aggregated" or ""
};

/// What a frame does with its rows. Where frames are per action, those of one engine event come in
/// the order remove, update, insert; where they are batches, each row of a `change` has its own
/// action.
enum class BookAction : std::uint8_t { partial, remove, update, insert, change };

/// As BitMEX has it on the wire: "partial", "delete", "update", "insert"; "change" as Deribit.
[[nodiscard]] std::string_view to_string(BookAction action);

/// One level under one id. Where a venue's levels have no ids, obkit::level_id() makes them.
struct Row {
  std::uint64_t id = 0;  ///< opaque; fresh for each occupancy of a level; below 2^53
  Side side = Side::bid;
  std::optional<Price> price;              ///< absent in updates and deletes of frames before 2023
  std::optional<std::int64_t> size;        ///< contracts; absent in a delete
  Timestamp changed;                       ///< when the engine last touched the level
  BookAction action = BookAction::insert;  ///< in a frame of the action `change`
  bool left_window = false;  ///< of a removal: only from what is shown, the level is still there

  bool operator==(const Row&) const = default;
};

/// One frame of one channel.
struct BookFrame {
  std::size_t channel = 0;  ///< index into the source's channels
  BookAction action = BookAction::partial;
  Timestamp time;  ///< of the (last) engine event; for a partial see Protocol::image
  std::vector<Row> rows;
  std::string text;                      ///< to be sent as it stands; empty: the protocol writes it
  std::uint64_t change_id = 0;           ///< where frames are a chain: this one and
  std::uint64_t previous_change_id = 0;  ///< the one that a `change` continues
  std::uint32_t checksum = 0;            ///< of the book behind it, where the venue sends one
};

/// A resting order, or a part of it, that an order took.
struct MarketTrade {
  std::size_t channel = 0;  ///< whose book lost it
  Timestamp time;
  Side taken = Side::bid;  ///< the side it rested on: the aggressor is of the other
  Price price;
  std::int64_t size = 0;     ///< contracts
  std::uint64_t number = 0;  ///< of the symbol's trades, from 1 on
};

/// What happened to an order in the queue at its price.
struct QueueEvent {
  enum class Kind : std::uint8_t { joined, cancelled, traded };

  std::size_t channel = 0;  ///< of its book
  Kind kind = Kind::joined;
  Side side = Side::bid;  ///< that it rests on
  Price price;
  std::int64_t size = 0;   ///< contracts that came or went
  std::int64_t ahead = 0;  ///< contracts that stood before it at its price
};

/// How a venue that gathers changes does it.
struct Batches {
  std::size_t levels = 0;   ///< of each side that it shows; 0: all
  bool is_counted = false;  ///< whether the numbers of a channel have no holes
  bool restarts = false;    ///< whether they begin anew now and then
  bool is_by_row = false;   ///< whether each row is a frame of its own, those that go first
};

/// Prices of captures have at most four decimals, so a double holds them exactly enough.
[[nodiscard]] Price captured_price(double price);

}  // namespace obkit::exchange
