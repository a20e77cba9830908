#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

/// What libFuzzer calls, again and again; each target defines it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace obkit::fuzz {

/// The input as text.
inline std::string to_text(const std::uint8_t* data, std::size_t size) {
  return {data, data + size};
}

/// What must hold of every input.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace obkit::fuzz
