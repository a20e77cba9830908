#include "hdf5_group.hpp"

#include <string>

namespace obkit::neural {
namespace {

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
