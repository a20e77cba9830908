#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace obkit::dataset {

/// Appends the lowest `bytes` bytes of `value`, the lowest first.
template <std::size_t bytes>
void append_little_endian(std::string& out, std::uint64_t value) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

}  // namespace obkit::dataset
