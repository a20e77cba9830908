#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace obkit::neural {

/// Uniform in [low, high). The standard fixes the bits of std::mt19937, not those of its
/// distributions: this one gives the same numbers with every library.
[[nodiscard]] float uniform(std::mt19937& random, float low, float high);

/// Uniform in [0, bound), without bias. Pre: bound > 0.
[[nodiscard]] std::size_t uniform_below(std::mt19937& random, std::size_t bound);

/// Fisher and Yates' shuffle (Knuth, TAOCP vol. 2, algorithm P).
void shuffle(std::span<std::uint32_t> items, std::mt19937& random);

}  // namespace obkit::neural
