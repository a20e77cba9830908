#include "obkit/book/ladder.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
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

namespace {

std::ptrdiff_t signed_of(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

/// The first of [begin, end) whose price is not worse, without a jump: which way a search goes
/// cannot be foreseen.
const Ladder::Level* find_price(const Ladder::Level* begin, const Ladder::Level* end,
                                std::int64_t key) {
  auto count = static_cast<std::size_t>(end - begin);
  while (count > 0) {
    const std::size_t half = (count + 1) / 2;
    const std::size_t is_worse = begin[half - 1].key < key ? 1 : 0;
    begin += half & (0 - is_worse);
    count -= half;
  }
  return begin;
}

}  // namespace

/// Steps grow from the best on, then that step is searched.
std::size_t Ladder::search(const Level& level) const {
  std::size_t end = levels_.size(), step = 32;
  while (end >= step && levels_[end - step].key >= level.key) {
    end -= step;
    step *= 4;
  }
  return search(level, end >= step ? end - step : 0, end);
}

/// Levels that came or went since moved it by a few places.
std::size_t Ladder::search_near(const Level& level, std::size_t guess) const {
  constexpr std::size_t reach = 8;
  const std::size_t first = guess - std::min(guess, reach);
  const std::size_t last = std::min(guess + reach, levels_.size());
  const bool is_there = first < last && levels_[last - 1].key >= level.key &&
                        (first == 0 || levels_[first - 1].key < level.key);
  return is_there ? search(level, first, last) : search(level);
}

std::size_t Ladder::search(const Level& level, std::size_t first, std::size_t last) const {
  const Level* const levels = levels_.data();
  const Level* const end = levels + levels_.size();
  const Level* at = find_price(levels + first, levels + last, level.key);
  while (at != end && at->key == level.key && at->tie < level.tie) ++at;
  return static_cast<std::size_t>(at - levels);
}

std::size_t Ladder::insert(Price price, std::uint64_t id, double size) {
  const Level level = make(price, id, size);
  const std::size_t at = search(level);
  assert(at == levels_.size() || !is_same(levels_[at], level));
  levels_.insert(levels_.begin() + signed_of(at), level);
  return at;
}

void Ladder::erase(std::size_t place) { levels_.erase(levels_.begin() + signed_of(place)); }

void Ladder::sort() {
  std::sort(levels_.begin(), levels_.end(), [](const Level& a, const Level& b) {
    return a.key < b.key || (a.key == b.key && a.tie < b.tie);
  });
}

}  // namespace obkit::book
