#include "obkit/book/ladder.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace obkit::book {
namespace {

/// Without a jump: which way a search goes cannot be foreseen.
bool is_worse(const Ladder::Level& a, const Ladder::Level& b) {
  const unsigned below = a.key < b.key ? 1U : 0U, equal = a.key == b.key ? 1U : 0U;
  return (below | (equal & (a.tie < b.tie ? 1U : 0U))) != 0;
}

[[maybe_unused]] bool is_same(const Ladder::Level& a, const Ladder::Level& b) {
  return a.key == b.key && a.tie == b.tie;
}

std::ptrdiff_t signed_of(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

}  // namespace

/// The first level that is not worse. Steps grow from the best on; within one, halves.
std::size_t Ladder::find(const Level& level) const {
  std::size_t end = levels_.size(), step = 32;
  while (end >= step && !is_worse(levels_[end - step], level)) {
    end -= step;
    step *= 4;
  }
  const Level* begin = levels_.data() + (end >= step ? end - step : 0);
  auto count = static_cast<std::size_t>(levels_.data() + end - begin);
  while (count > 0) {
    const std::size_t half = (count + 1) / 2;
    begin += is_worse(begin[half - 1], level) ? half : 0;
    count -= half;
  }
  return static_cast<std::size_t>(begin - levels_.data());
}

std::size_t Ladder::insert(Price price, std::uint64_t id, double size) {
  const Level level = make(price, id, size);
  const std::size_t at = find(level);
  assert(at == levels_.size() || !is_same(levels_[at], level));
  levels_.insert(levels_.begin() + signed_of(at), level);
  return levels_.size() - 1 - at;
}

std::size_t Ladder::set(Price price, std::uint64_t id, double size) {
  const Level level = make(price, id, size);
  const std::size_t at = find(level);
  assert(at < levels_.size() && is_same(levels_[at], level));
  levels_[at].size = size;
  return levels_.size() - 1 - at;
}

std::size_t Ladder::erase(Price price, std::uint64_t id) {
  const Level level = make(price, id, 0);
  const std::size_t at = find(level);
  assert(at < levels_.size() && is_same(levels_[at], level));
  levels_.erase(levels_.begin() + signed_of(at));
  return levels_.size() - at;
}

void Ladder::sort() { std::sort(levels_.begin(), levels_.end(), is_worse); }

}  // namespace obkit::book
