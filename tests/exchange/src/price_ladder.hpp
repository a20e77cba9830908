#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// The levels of one book by price, made from rows by id, and what changed since it was last asked.
class PriceLadder {
 public:
  /// Pre: every row that is not removed has a price and a size.
  void apply(const BookFrame& frame);

  /// What is different now, bids first, on either side the best first, each row with its action.
  [[nodiscard]] std::vector<Row> take_changes();

 private:
  struct Level {
    Price price;
    std::int64_t size = 0;  ///< contracts
    Timestamp changed;
  };
  using Key = std::pair<Side, std::int64_t>;  ///< side and price units

  void add(const Row& row, std::int64_t size);

  std::unordered_map<std::uint64_t, Row> rows_;  ///< by id
  std::map<Key, Level> levels_;
  std::map<Key, Level> before_;  ///< of those touched; size 0: there was none
};

}  // namespace obkit::exchange
