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

/// One book that can be subscribed to: a symbol in one liquidity pool. The pool is empty where the
/// frames are older than pools.
struct Channel {
  std::string symbol;
  std::string pool;  ///< "Primary", "Secondary", "Aggregated" or ""
};

/// What a frame does with its rows. In one engine event the frames come in the order of the last
/// three.
enum class BookAction : std::uint8_t { partial, remove, update, insert };

/// As on the wire: "partial", "delete", "update", "insert".
[[nodiscard]] std::string_view to_string(BookAction action);

/// One level under one id.
struct Row {
  std::uint64_t id = 0;  ///< opaque; fresh for each occupancy of a level; below 2^53
  Side side = Side::bid;
  std::optional<Price> price;        ///< absent in updates and deletes of frames before 2023
  std::optional<std::int64_t> size;  ///< contracts; absent in a delete
  Timestamp changed;                 ///< when the engine last touched the level

  bool operator==(const Row&) const = default;
};

/// One frame of one channel.
struct BookFrame {
  std::size_t channel = 0;  ///< index into the source's channels
  BookAction action = BookAction::partial;
  Timestamp time;  ///< of the engine event; of the making for a partial
  std::vector<Row> rows;
  std::string text;  ///< to be sent as it stands; empty: write_frame makes it
};

/// The frame as BitMEX wrote it in 2026: price, timestamp, transactTime and pool in every row, no
/// size in a delete. Pre: every row has a price and, but for a delete, a size.
[[nodiscard]] std::string write_frame(const BookFrame& frame, const Channel& channel);

/// One partial for several channels of one pool, as a subscription without a symbol gets it.
/// `filter_symbol` is empty there.
[[nodiscard]] std::string write_partial(const std::vector<BookFrame>& images,
                                        const std::vector<Channel>& channels,
                                        std::string_view filter_symbol);

/// Rows as a JSON array.
[[nodiscard]] std::string write_rows(const BookFrame& frame, const Channel& channel);

}  // namespace obkit::exchange
