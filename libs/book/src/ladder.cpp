#include "obkit/book/ladder.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace obkit::book {
namespace {

std::ptrdiff_t signed_of(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

}  // namespace

/// The first level that is not worse. Steps grow from the best on; within one, halves, without a
/// jump: which way a search goes cannot be foreseen.
std::size_t Ladder::search(const Level& level) const {
  std::size_t end = levels_.size(), step = 32;
  while (end >= step && levels_[end - step].key >= level.key) {
    end -= step;
    step *= 4;
  }
  const Level* begin = levels_.data() + (end >= step ? end - step : 0);
  auto count = static_cast<std::size_t>(levels_.data() + end - begin);
  while (count > 0) {
    const std::size_t half = (count + 1) / 2;
    const std::size_t is_worse = begin[half - 1].key < level.key ? 1 : 0;
    begin += half & (0 - is_worse);
    count -= half;
  }
  const Level* const last = levels_.data() + levels_.size();
  while (begin != last && begin->key == level.key && begin->tie < level.tie) ++begin;
  return static_cast<std::size_t>(begin - levels_.data());
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
