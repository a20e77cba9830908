#include "obkit/neural/random.hpp"

#include <cassert>
#include <cstdint>
#include <limits>
#include <utility>

namespace obkit::neural {

float uniform(std::mt19937& random, float low, float high) {
  constexpr float per_step = 1.0f / (1 << 24);  // 24 bits are what a float holds exactly
  const float share = static_cast<float>(random() >> 8) * per_step;
  return low + (high - low) * share;
}

std::size_t uniform_below(std::mt19937& random, std::size_t bound) {
  assert(bound > 0);
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t unbiased = most - most % bound;  // a multiple of the bound
  for (;;) {
    const std::uint64_t high = random();
    const std::uint64_t draw = high << 32 | random();
    if (draw < unbiased) return draw % bound;
  }
}

void shuffle(std::span<std::uint32_t> items, std::mt19937& random) {
  for (std::size_t i = items.size(); i > 1; --i)
    std::swap(items[i - 1], items[uniform_below(random, i)]);
}

}  // namespace obkit::neural
