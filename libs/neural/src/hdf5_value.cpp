#include "hdf5_value.hpp"

#include <string>

namespace obkit::neural {
namespace {

constexpr std::uint8_t most_dimensions = 8;

/// Whether a floating-point type is IEEE's of its size: bits of exponent and mantissa, bias.
bool is_ieee(std::uint32_t bits, std::uint32_t size, Hdf5Cursor properties) {
  struct Layout {
    std::uint32_t size, mantissa, bias;
  };
  const bool little_endian = (bits & 0x41u) == 0;
  const auto offset = properties.u16(), precision = properties.u16();
  const auto exponent_at = properties.u8(), exponent_bits = properties.u8();
  const auto mantissa_at = properties.u8(), mantissa_bits = properties.u8();
  const auto bias = properties.u32();
  for (const Layout& ieee : {Layout{2, 10, 15}, Layout{4, 23, 127}, Layout{8, 52, 1023}}) {
    if (size == ieee.size) {
      return little_endian && offset == 0 && precision == 8 * size && mantissa_at == 0 &&
             mantissa_bits == ieee.mantissa && exponent_at == ieee.mantissa &&
             exponent_bits == precision - 1 - ieee.mantissa && bias == ieee.bias;
    }
  }
  return false;
}

/// Attributes of version 1 fill each part up to a multiple of eight bytes.
std::uint64_t padded(std::uint64_t size) { return (size + 7) / 8 * 8; }

}  // namespace

Hdf5Type read_type(Hdf5Cursor cursor) {
  const std::uint8_t type_class = cursor.u8() & 0x0f;
  const auto bits = static_cast<std::uint32_t>(cursor.number(3));
  Hdf5Type type{.size = cursor.u32()};
  using Kind = Hdf5Type::Kind;
  if (type_class == 0)
    type.kind = Kind::integer;
  else if (type_class == 1)
    type.kind = is_ieee(bits, type.size, cursor) ? Kind::floating : Kind::other;
  else if (type_class == 3)
    type.kind = Kind::text;
  else if (type_class == 9 && (bits & 0x0fu) == 1)
    type.kind = Kind::varying_text;
  return type;
}

std::vector<std::uint64_t> read_shape(Hdf5Cursor cursor) {
  const std::uint8_t version = cursor.u8(), dimensions = cursor.u8();
  cursor.skip(1);
  const std::uint8_t kind = cursor.u8();
  if (version == 1) cursor.skip(4);
  if (version < 1 || version > 2) cursor.fail("an HDF5 data space of an unknown version");
  if (version == 2 && kind == 2) return {0};  // null: no elements
  if (dimensions > most_dimensions) cursor.fail("an HDF5 value of more than 8 dimensions");
  std::vector<std::uint64_t> shape(dimensions);
  for (auto& extent : shape) extent = cursor.u64();
  return shape;
}

std::size_t byte_count(const Hdf5Type& type, const std::vector<std::uint64_t>& shape,
                       std::size_t most, const Hdf5Cursor& cursor) {
  std::uint64_t count = type.size;
  if (count == 0) cursor.fail("an HDF5 type of no size");
  for (const std::uint64_t extent : shape) {
    if (extent != 0 && count > most / extent)
      cursor.fail("an HDF5 value of more than " + std::to_string(most) + " bytes");
    count *= extent;
  }
  if (count > most) cursor.fail("an HDF5 value of more than " + std::to_string(most) + " bytes");
  return static_cast<std::size_t>(count);
}

std::optional<Hdf5Value> read_attribute(Hdf5Cursor cursor, std::string_view name) {
  const std::uint8_t version = cursor.u8(), flags = cursor.u8();
  if (version < 1 || version > 3) cursor.fail("an HDF5 attribute of an unknown version");
  const std::uint16_t name_size = cursor.u16(), type_size = cursor.u16(), shape_size = cursor.u16();
  if (version == 3) cursor.skip(1);  // how the name is encoded
  const auto part = [&](std::uint64_t size) {
    return cursor.take(version == 1 ? padded(size) : size);
  };
  const std::string_view found = part(name_size);
  if (found.substr(0, found.find('\0')) != name) return std::nullopt;
  if (version > 1 && flags != 0) cursor.fail("an HDF5 attribute whose type stands elsewhere");
  Hdf5Value value{.type = read_type(cursor.within(part(type_size))),
                  .shape = read_shape(cursor.within(part(shape_size))),
                  .bytes = {}};
  value.bytes = cursor.take(byte_count(value.type, value.shape, cursor.left(), cursor));
  return value;
}

}  // namespace obkit::neural
