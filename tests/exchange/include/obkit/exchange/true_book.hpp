#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// What the book really is: the reference that other books are tested against. Plain and ordered,
/// made for being right; shares nothing with libs/book.
class TrueBook {
 public:
  struct PriceLevel {
    Price price;
    std::int64_t size = 0;  ///< contracts, summed over the ids at this price

    bool operator==(const PriceLevel&) const = default;
  };

  /// A partial replaces everything. Throws std::invalid_argument for an update or delete of an
  /// unknown id: the frames before were not all applied.
  void apply(const BookFrame& frame);

  [[nodiscard]] std::size_t row_count() const { return rows_by_id_.size(); }
  /// Time of the last frame, and its change id where frames are a chain.
  [[nodiscard]] Timestamp time() const { return time_; }
  [[nodiscard]] std::uint64_t change_id() const { return change_id_; }
  /// All rows by descending price, so Sell then Buy as long as the book is not crossed; Sell first.
  [[nodiscard]] std::vector<Row> rows() const;
  /// At most `limit` levels of a side, the best first.
  [[nodiscard]] std::vector<PriceLevel> levels(Side side, std::size_t limit) const;
  /// The `depth` levels around the spread; empty when a side has fewer than depth/2.
  [[nodiscard]] std::optional<OrderBook> top(std::size_t depth) const;
  /// CRC-32 (as zlib has it) of `price,size;` for the bids from worst to best, `|`, then
  /// `price,size;` for the asks from best to worst; 50 levels a side; prices with one decimal.
  [[nodiscard]] std::uint32_t ladder_crc() const;

 private:
  using Key = std::pair<std::int64_t, std::uint64_t>;  ///< price units, id
  using Rows = std::map<Key, Row>;

  void set(const Row& row);
  void remove(std::uint64_t id);

  Rows bids_, asks_;
  std::unordered_map<std::uint64_t, std::pair<Side, Key>> rows_by_id_;
  Timestamp time_;
  std::uint64_t change_id_ = 0;
};

}  // namespace obkit::exchange
