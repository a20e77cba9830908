#include "keras/hdf5/hdf5_object.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"

namespace obkit::neural {
namespace {

/// How messages look in this header.
struct Form {
  int version;
  bool has_order;  ///< version 2: each message bears a number

  /// Bytes before a message's data.
  [[nodiscard]] std::size_t head() const { return version == 1 ? 8 : (has_order ? 6 : 4); }
};

Hdf5Message next_message(Hdf5Cursor& part, const Form& form) {
  Hdf5Message message;
  message.type = form.version == 1 ? part.u16() : part.u8();
  const std::uint16_t size = part.u16();
  message.shared = (part.u8() & 2u) != 0;
  part.skip(form.head() - (form.version == 1 ? 5 : 4));
  message.data = part.take(size);
  return message;
}

/// The first part of a header, and its form.
std::pair<Hdf5Cursor, Form> first_part(const Hdf5Bytes& file, std::uint64_t address) {
  Hdf5Cursor cursor = file.from(address);
  if (file.at(address, 1).u8() == 1) {
    cursor.skip(8);  // version, number of messages, number of references
    const std::uint32_t size = cursor.u32();
    cursor.skip(4);
    return {cursor.within(cursor.take(size)), Form{.version = 1, .has_order = false}};
  }
  cursor.expect("OHDR");
  if (cursor.u8() != 2) cursor.fail("an HDF5 object of an unknown version");
  const std::uint8_t flags = cursor.u8();
  cursor.skip(((flags & 0x20u) != 0 ? 16u : 0u) + ((flags & 0x10u) != 0 ? 4u : 0u));
  const std::uint64_t size = cursor.number(std::size_t{1} << (flags & 3u));
  return {cursor.within(cursor.take(size)), Form{.version = 2, .has_order = (flags & 4u) != 0}};
}

/// A part that a continuation message points to.
Hdf5Cursor next_part(const Hdf5Bytes& file, Hdf5Cursor pointer, const Form& form) {
  const std::uint64_t address = pointer.u64(), size = pointer.u64();
  Hdf5Cursor part = file.at(address, size);
  if (form.version == 1) return part;
  part.expect("OCHK");
  if (part.left() < 4) part.fail("the file is damaged: a header of no size");
  return part.within(part.take(part.left() - 4));  // behind it is a checksum
}

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

[[noreturn]] void refuse_link(const Hdf5Cursor& cursor, std::string_view name) {
  cursor.fail("'" + std::string{name} +
              "' is a link to a name or to another file: Keras writes none such");
}

/// The data of a local heap, where names of members stand.
Hdf5Cursor local_heap(const Hdf5Bytes& file, std::uint64_t address) {
  Hdf5Cursor heap = file.from(address);
  heap.expect(std::string_view{"HEAP\0\0\0\0", 8});
  const std::uint64_t size = heap.u64();
  heap.skip(8);  // free list
  return file.at(heap.u64(), size);
}

bool is_named(Hdf5Cursor heap, std::uint64_t offset, std::string_view name) {
  heap.skip(offset);
  const std::string_view text = heap.take(heap.left());
  return text.size() > name.size() && text.starts_with(name) && text[name.size()] == '\0';
}

/// Looks in one node of names.
std::optional<std::uint64_t> find_in_names(const Hdf5Bytes& file, std::uint64_t node_address,
                                           const Hdf5Cursor& heap, std::string_view name) {
  Hdf5Cursor node = file.from(node_address);
  node.expect("SNOD");
  node.skip(2);  // version
  for (std::uint16_t left = node.u16(); left > 0; --left) {
    file.visit(1);
    const std::uint64_t offset = node.u64(), address = node.u64();
    const std::uint32_t kind = node.u32();
    node.skip(4 + 16);
    if (!is_named(heap, offset, name)) continue;
    if (kind == 2) refuse_link(node, name);
    return address;
  }
  return std::nullopt;
}

/// Looks in a tree of names. `most_level` bounds the depth.
std::optional<std::uint64_t> find_in_tree(const Hdf5Bytes& file, std::uint64_t address,
                                          const Hdf5Cursor& heap, std::string_view name,
                                          unsigned most_level) {
  Hdf5Cursor node = file.from(address);
  node.expect(std::string_view{"TREE\0", 5});
  const std::uint8_t level = node.u8();
  if (level > most_level) node.fail("the file is damaged: a tree whose branches grow upwards");
  const std::uint16_t children = node.u16();
  node.skip(16);  // its neighbours
  for (std::uint16_t i = 0; i < children; ++i) {
    node.skip(8);  // key
    const std::uint64_t child = node.u64();
    const auto found = level == 0 ? find_in_names(file, child, heap, name)
                                  : find_in_tree(file, child, heap, name, level - 1u);
    if (found) return found;
  }
  return std::nullopt;
}

/// The address that a link message leads to, where it has this name.
std::optional<std::uint64_t> follow(Hdf5Cursor link, std::string_view name) {
  if (link.u8() != 1) link.fail("an HDF5 link of an unknown version");
  const std::uint8_t flags = link.u8();
  const std::uint8_t kind = (flags & 0x8u) != 0 ? link.u8() : std::uint8_t{0};
  link.skip(((flags & 0x4u) != 0 ? 8u : 0u) + ((flags & 0x10u) != 0 ? 1u : 0u));
  if (link.take(link.number(std::size_t{1} << (flags & 3u))) != name) return std::nullopt;
  if (kind != 0) refuse_link(link, name);
  return link.u64();
}

void refuse_dense_links(Hdf5Cursor info) {
  info.skip(1);
  info.skip((info.u8() & 1u) != 0 ? 8 : 0);
  if (info.u64() != hdf5_no_address)
    info.fail("an HDF5 group whose links stand outside its header: Keras writes none such");
}

}  // namespace

std::uint64_t Hdf5Cursor::number(std::size_t size) { return load_little_endian(take(size)); }

std::string_view Hdf5Cursor::take(std::uint64_t size) {
  if (size > rest_.size())
    fail("the file is cut or damaged: a part of it ends " + std::to_string(size - rest_.size()) +
         " bytes too early");
  const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(bytes.size());
  return bytes;
}

void Hdf5Cursor::expect(std::string_view signature) {
  if (take(signature.size()) != signature)
    fail("the file is damaged: expected '" + std::string{signature} + "' where it points to");
}

void Hdf5Cursor::fail(std::string_view problem) const {
  throw DataError{{.name = *file_}, problem};
}

void Hdf5Bytes::visit(std::size_t structures) const {
  visits_ += structures;
  if (visits_ > most_visits)
    Hdf5Cursor{bytes_, *name_}.fail(
        "the file is damaged: its parts refer to each other without end");
}

Hdf5Cursor Hdf5Bytes::from(std::uint64_t address) const {
  visit(1);
  const Hdf5Cursor start{bytes_, *name_};
  if (address > bytes_.size())
    start.fail("the file is cut or damaged: it refers to what is behind its end");
  return start.within(bytes_.substr(static_cast<std::size_t>(address)));
}

Hdf5Cursor Hdf5Bytes::at(std::uint64_t address, std::uint64_t size) const {
  Hdf5Cursor cursor = from(address);
  return cursor.within(cursor.take(size));
}

std::vector<Hdf5Message> read_header(const Hdf5Bytes& file, std::uint64_t address) {
  auto [part, form] = first_part(file, address);
  std::vector<Hdf5Message> header;
  std::vector<Hdf5Cursor> parts{part};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (Hdf5Cursor rest = parts[i]; rest.left() >= form.head();) {
      file.visit(1);
      const Hdf5Message message = next_message(rest, form);
      if (message.type == Hdf5Message::continuation)
        parts.push_back(next_part(file, rest.within(message.data), form));
      else if (message.type != 0)
        header.push_back(message);
    }
  }
  return header;
}

std::string_view find_message(const std::vector<Hdf5Message>& header, Hdf5Message::Type type,
                              const Hdf5Cursor& cursor) {
  const auto found = std::find_if(header.begin(), header.end(),
                                  [&](const Hdf5Message& message) { return message.type == type; });
  if (found == header.end()) return {};
  if (found->shared)
    cursor.fail("an HDF5 object whose type stands elsewhere: Keras writes none such");
  return found->data;
}

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

std::optional<std::uint64_t> find_link(const Hdf5Bytes& file, const std::vector<Hdf5Message>& group,
                                       std::string_view name) {
  const Hdf5Cursor here = file.from(0);
  for (const Hdf5Message& message : group) {
    Hdf5Cursor data = here.within(message.data);
    std::optional<std::uint64_t> found;
    if (message.type == Hdf5Message::symbol_table) {
      const std::uint64_t tree = data.u64(), heap = data.u64();
      found = find_in_tree(file, tree, local_heap(file, heap), name, 255);
    } else if (message.type == Hdf5Message::link) {
      found = follow(data, name);
    } else if (message.type == Hdf5Message::link_info) {
      refuse_dense_links(data);
    }
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace obkit::neural
