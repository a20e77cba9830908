#include "obkit/book/level_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace obkit::book {

void LevelTable::clear() {
  if (size_ > 0) std::fill(slots_.begin(), slots_.end(), Slot{});
  size_ = 0;
}

/// Source: the finalizer of MurmurHash3 (Appleby, public domain).
std::size_t LevelTable::home_of(std::uint64_t id) const {
  id ^= id >> 33U;
  id *= 0xFF51AFD7ED558CCDU;
  id ^= id >> 33U;
  id *= 0xC4CEB9FE1A85EC53U;
  id ^= id >> 33U;
  return id & (slots_.size() - 1);
}

LevelTable::Level* LevelTable::find(std::uint64_t id) {
  if (slots_.empty()) return nullptr;
  for (std::size_t at = home_of(id); slots_[at].is_used; at = behind(at))
    if (slots_[at].level.id == id) return &slots_[at].level;
  return nullptr;
}

std::size_t LevelTable::free_slot(std::uint64_t id) const {
  std::size_t at = home_of(id);
  while (slots_[at].is_used) at = behind(at);
  return at;
}

void LevelTable::put(const Level& level) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  slots_[free_slot(level.id)] = {.level = level, .is_used = true};
  ++size_;
}

void LevelTable::grow() {
  constexpr std::size_t least = 64;
  const auto before = std::exchange(slots_, std::vector<Slot>(std::max(least, 2 * slots_.size())));
  for (const Slot& slot : before)
    if (slot.is_used) slots_[free_slot(slot.level.id)] = slot;
}

void LevelTable::erase(const Level* level) {
  std::size_t hole = home_of(level->id);
  while (&slots_[hole].level != level) hole = behind(hole);
  // What stands behind the hole, and would not be found past it, moves into it.
  // Source: Knuth, "The Art of Computer Programming", vol. 3, 6.4, algorithm R.
  for (std::size_t at = behind(hole); slots_[at].is_used; at = behind(at)) {
    const std::size_t mask = slots_.size() - 1;
    const std::size_t home = home_of(slots_[at].level.id);
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = {};
  --size_;
}

}  // namespace obkit::book
