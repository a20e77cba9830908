#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace obkit {

/// The whole number that `bytes` hold, the lowest byte first. Pre: at most 8 bytes.
[[nodiscard]] inline std::uint64_t load_little_endian(std::span<const char> bytes) {
  assert(bytes.size() <= sizeof(std::uint64_t));
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// Appends the lowest `bytes` bytes of `value`, the lowest first.
template <std::size_t bytes>
void append_little_endian(std::string& out, std::uint64_t value) {
  static_assert(bytes <= sizeof value);
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

}  // namespace obkit
