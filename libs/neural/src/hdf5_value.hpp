#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "hdf5_cursor.hpp"

namespace obkit::neural {

/// What an element is.
struct Hdf5Type {
  enum class Kind : std::uint8_t {
    floating,      ///< IEEE, little-endian, of 2, 4 or 8 bytes
    integer,       ///< of any kind
    text,          ///< `size` bytes, filled up with NUL or blanks
    varying_text,  ///< a reference to a global heap
    other
  };
  Kind kind = Kind::other;
  std::uint32_t size = 0;  ///< of an element in bytes
};

using Hdf5Shape = std::vector<std::uint64_t>;  ///< empty for a scalar

/// Elements in the file's own bytes.
struct Hdf5Value {
  Hdf5Type type;
  Hdf5Shape shape;
  std::string_view bytes;
};

[[nodiscard]] Hdf5Type read_type(Hdf5Cursor cursor);
[[nodiscard]] Hdf5Shape read_shape(Hdf5Cursor cursor);

/// Bytes that all elements need. Refuses more than `most`, and elements of no size; `cursor` is for
/// messages.
[[nodiscard]] std::size_t byte_count(const Hdf5Type& type, const Hdf5Shape& shape, std::size_t most,
                                     const Hdf5Cursor& cursor);

/// From the message of an attribute; empty where it bears another name.
[[nodiscard]] std::optional<Hdf5Value> read_attribute(Hdf5Cursor cursor, std::string_view name);

}  // namespace obkit::neural
