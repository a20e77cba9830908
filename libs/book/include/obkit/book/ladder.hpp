#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "obkit/core/level_update.hpp"
#include "obkit/core/price.hpp"

namespace obkit::book {

/// One side of a book in one piece of memory, the best level at the end, where almost everything
/// happens. Several levels may share a price.
class Ladder {
 public:
  struct Level {
    std::int64_t key;   ///< ascends from the worst to the best price
    std::uint64_t tie;  ///< of levels of one price: ascends in the order they are summed backwards
    double size;
    int decimals;  ///< of the price
  };

  explicit Ladder(Side side) : mirror_{side == Side::bid ? 0 : -1} {}

  void clear() { levels_.clear(); }
  [[nodiscard]] bool empty() const { return levels_.empty(); }
  /// From the worst to the best.
  [[nodiscard]] const std::vector<Level>& levels() const { return levels_; }
  [[nodiscard]] Price price_of(const Level& level) const {
    return Price::from_units(level.key ^ mirror_, level.decimals);
  }

  /// Pre: there is no level of that price and id. O(log rank), and the levels that are better move.
  /// Returns how many those are, as do the others.
  std::size_t insert(Price price, std::uint64_t id, double size);
  /// Pre: there is one, as for erase().
  std::size_t set(Price price, std::uint64_t id, double size);
  std::size_t erase(Price price, std::uint64_t id);

  /// Adds a level without a look at the order: sort() must follow, before anything else.
  void add(Price price, std::uint64_t id, double size) { levels_.push_back(make(price, id, size)); }
  void sort();

 private:
  /// Complement mirrors the order, so that both sides are one and nothing overflows.
  [[nodiscard]] Level make(Price price, std::uint64_t id, double size) const {
    return {price.units() ^ mirror_, id ^ static_cast<std::uint64_t>(mirror_), size,
            price.decimals()};
  }
  [[nodiscard]] std::size_t find(const Level& level) const;

  std::int64_t mirror_;
  std::vector<Level> levels_;
};

}  // namespace obkit::book
