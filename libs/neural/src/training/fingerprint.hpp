#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace obkit::neural {

/// One step of a hash of 64 bits that tells data apart, not an attacker's (the multiplier is that
/// of Knuth's MMIX generator).
[[nodiscard]] inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  return std::rotl((hash ^ value) * 6364136223846793005U, 29);
}

/// Of all bytes and their number.
[[nodiscard]] inline std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = bytes.size();
  for (const char byte : bytes) hash = mixed(hash, static_cast<unsigned char>(byte));
  return hash;
}

}  // namespace obkit::neural
