#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <utility>

namespace obkit::neural {

/// Uniform in [low, high). The standard fixes the bits of std::mt19937, not those of its
/// distributions: this one gives the same numbers with every library.
[[nodiscard]] inline float uniform(std::mt19937& random, float low, float high) {
  constexpr float per_step = 1.0f / (1 << 24);  // 24 bits are what a float holds exactly
  const float share = static_cast<float>(random() >> 8) * per_step;
  return low + (high - low) * share;
}

/// Uniform in [0, bound), without bias. Pre: bound > 0.
[[nodiscard]] inline std::size_t uniform_below(std::mt19937& random, std::size_t bound) {
  assert(bound > 0);
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (;;) {
    const std::uint64_t high = random();
    const std::uint64_t draw = high << 32 | random();
    const std::uint64_t rest = draw % bound;
    const bool is_of_a_whole_run = draw - rest <= most - bound;  // `bound` draws long
    if (is_of_a_whole_run) return rest;
  }
}

/// Fisher and Yates' shuffle (Knuth, TAOCP vol. 2, algorithm P).
inline void shuffle(std::span<std::uint32_t> items, std::mt19937& random) {
  for (std::size_t i = items.size(); i > 1; --i)
    std::swap(items[i - 1], items[uniform_below(random, i)]);
}

}  // namespace obkit::neural
