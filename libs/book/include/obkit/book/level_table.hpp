#pragma once

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

}  // namespace obkit::book
