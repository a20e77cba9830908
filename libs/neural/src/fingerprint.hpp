#pragma once

#include <bit>
#include <cstdint>

namespace obkit::neural {

/// One step of a hash of 64 bits that tells data apart, not an attacker's (the multiplier is that
/// of Knuth's MMIX generator).
[[nodiscard]] inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  return std::rotl((hash ^ value) * 6364136223846793005U, 29);
}

}  // namespace obkit::neural
