#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace obkit::dataset {

/// What the header of a .npy file says.
struct NpyLayout {
  char kind = 0;                     ///< 'f', 'i', 'u' or 'U'
  std::size_t item = 0;              ///< bytes of a number, characters of a text; at most 1024
  std::vector<std::uint64_t> shape;  ///< at most two numbers
};

/// Reads the dictionary of a header: little-endian numbers or text in C order; empty for anything
/// else.
[[nodiscard]] std::optional<NpyLayout> parse_npy_dictionary(std::string_view text);

}  // namespace obkit::dataset
