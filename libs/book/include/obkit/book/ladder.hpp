#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "obkit/core/level_update.hpp"
#include "obkit/core/price.hpp"

namespace obkit::book {

/// Levels by id, in one piece of memory: open addressing, at most half full.
class LevelTable {
 public:
  struct Level {
    std::uint64_t id;
    Price price;
    double size;
    Side side;
    std::uint32_t place = 0;  ///< where it was in its side's ladder when it was last seen there
  };

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Keeps the memory.
  void clear();

  /// Null where there is none; valid until a level is put or erased.
  [[nodiscard]] Level* find(std::uint64_t id);
  /// Pre: its id is not there.
  void put(const Level& level);
  /// Pre: as find() found it.
  void erase(const Level* level);

  /// In no order.
  template <class Take>
  void for_each(Take take) const {
    for (const Slot& slot : slots_)
      if (slot.is_used) take(slot.level);
  }

 private:
  struct Slot {
    Level level{};
    bool is_used = false;
  };

  [[nodiscard]] std::size_t home_of(std::uint64_t id) const;
  [[nodiscard]] std::size_t behind(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  [[nodiscard]] std::size_t free_slot(std::uint64_t id) const;
  void grow();

  std::vector<Slot> slots_;  ///< a power of two
  std::size_t size_ = 0;
};

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

  [[nodiscard]] std::uint64_t id_of(const Level& level) const {
    return level.tie ^ static_cast<std::uint64_t>(mirror_);
  }

  /// How many levels are better than the one at `place`.
  [[nodiscard]] std::size_t rank_of(std::size_t place) const { return levels_.size() - 1 - place; }

  /// Where the level is, 0 the worst. Pre: there is one of that price and id. `guess` is where it
  /// may be, anything else costs O(log rank).
  [[nodiscard]] std::size_t find(Price price, std::uint64_t id, std::size_t guess) const {
    const Level level = make(price, id, 0);
    const bool is_there = guess < levels_.size() && is_same(levels_[guess], level);
    const std::size_t place = is_there ? guess : search_near(level, guess);
    assert(place < levels_.size() && is_same(levels_[place], level));
    return place;
  }
  void set(std::size_t place, double size) { levels_[place].size = size; }

  /// Returns its place. Pre: there is no level of that price and id. O(log rank), and the levels
  /// that are better move, as they do for erase().
  std::size_t insert(Price price, std::uint64_t id, double size);
  void erase(std::size_t place);

  /// Adds a level without a look at the order: sort() must follow, before anything else.
  void add(Price price, std::uint64_t id, double size) { levels_.push_back(make(price, id, size)); }
  void sort();

 private:
  /// Complement mirrors the order, so that both sides are one and nothing overflows.
  [[nodiscard]] Level make(Price price, std::uint64_t id, double size) const {
    return {price.units() ^ mirror_, id ^ static_cast<std::uint64_t>(mirror_), size,
            price.decimals()};
  }
  [[nodiscard]] static bool is_same(const Level& a, const Level& b) {
    return a.key == b.key && a.tie == b.tie;
  }
  // Where it is, or belongs.
  [[nodiscard]] std::size_t search(const Level& level) const;
  [[nodiscard]] std::size_t search_near(const Level& level, std::size_t guess) const;
  [[nodiscard]] std::size_t search(const Level& level, std::size_t first, std::size_t last) const;

  std::int64_t mirror_;
  std::vector<Level> levels_;
};

}  // namespace obkit::book
