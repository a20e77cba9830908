#include "hdf5_header.hpp"

#include <algorithm>
#include <cstddef>

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

}  // namespace

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

}  // namespace obkit::neural
