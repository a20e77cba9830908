#include "hdf5_file.hpp"

#include <algorithm>

#include "hdf5_dataset.hpp"
#include "hdf5_group.hpp"

namespace obkit::neural {
namespace {

/// Address of the root group's header.
std::uint64_t read_superblock(Hdf5Cursor file) {
  file.expect(hdf5_signature);
  const std::uint8_t version = file.u8();
  if (version > 3) file.fail("an HDF5 file of the unknown version " + std::to_string(version));
  file.skip(version < 2 ? 4 : 0);  // versions of its parts
  if (file.u8() != 8 || file.u8() != 8)
    file.fail("an HDF5 file with addresses of another size than 8 bytes: Keras writes none such");
  file.skip(version < 2 ? 9 : 1);  // sizes of tree nodes, flags
  file.skip(version == 1 ? 4 : 0);
  if (file.u64() != 0) file.fail("an HDF5 file within another file: Keras writes none such");
  file.skip(version < 2 ? 32
                        : 16);  // free space or extension, end of the file, driver, root's name
  return file.u64();
}

/// An object of a global heap; index 0 is free space.
std::string_view global_heap_object(const Hdf5Bytes& file, std::uint64_t address,
                                    std::uint32_t wanted) {
  Hdf5Cursor head = file.from(address);
  head.expect(std::string_view{"GCOL\1\0\0\0", 8});
  Hdf5Cursor heap = file.at(address, head.u64());
  heap.skip(16);
  while (heap.left() >= 16) {
    file.visit(1);
    const std::uint16_t index = heap.u16();
    heap.skip(6);  // references
    const std::uint64_t size = heap.u64();
    if (index == 0) break;
    const std::string_view object = heap.take(size);
    if (index == wanted) return object;
    heap.skip(std::min<std::uint64_t>((8 - size % 8) % 8, heap.left()));
  }
  heap.fail("the file is damaged: a text is not where it should be");
}

void refuse_dense_attributes(Hdf5Cursor info) {
  info.skip(1);
  info.skip((info.u8() & 1u) != 0 ? 2 : 0);
  if (info.u64() != hdf5_no_address)
    info.fail("an HDF5 object whose attributes stand outside its header: Keras writes none such");
}

}  // namespace

Hdf5File::Hdf5File(std::string_view bytes, const std::string& name)
    : bytes_{bytes, name}, root_{read_superblock(bytes_.from(0))} {}

std::optional<Hdf5Object> Hdf5File::find(const Hdf5Object& from, std::string_view path) const {
  Hdf5Object object = from;
  while (!path.empty()) {
    const auto end = path.find('/');
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    if (part.empty()) continue;
    const auto address = find_link(bytes_, object, part);
    if (!address) return std::nullopt;
    object = read_header(bytes_, *address);
  }
  return object;
}

std::optional<std::vector<std::string_view>> Hdf5File::texts(const Hdf5Object& of,
                                                             std::string_view name) const {
  const Hdf5Cursor here = bytes_.from(0);
  for (const Hdf5Message& message : of) {
    if (message.type == Hdf5Message::attribute_info)
      refuse_dense_attributes(here.within(message.data));
    if (message.type != Hdf5Message::attribute || message.shared) continue;
    const auto attribute = read_attribute(here.within(message.data), name);
    if (!attribute) continue;
    std::vector<std::string_view> texts;
    Hdf5Cursor elements = here.within(attribute->bytes);
    while (elements.left() > 0) texts.push_back(text(elements, attribute->type));
    return texts;
  }
  return std::nullopt;
}

std::string_view Hdf5File::text(Hdf5Cursor& elements, const Hdf5Type& type) const {
  using Kind = Hdf5Type::Kind;
  if (type.kind != Kind::text && type.kind != Kind::varying_text)
    elements.fail("an HDF5 attribute is no text");
  std::string_view text;
  if (type.kind == Kind::text) {
    text = elements.take(type.size);
    text = text.substr(0, text.find('\0'));
  } else {
    Hdf5Cursor reference = elements.within(elements.take(type.size));
    const std::uint32_t size = reference.u32();
    const std::uint64_t heap = reference.u64();
    if (size > 0) text = global_heap_object(bytes_, heap, reference.u32()).substr(0, size);
  }
  return text;
}

Hdf5Value Hdf5File::read(const Hdf5Object& dataset, std::size_t most_bytes,
                         std::string& storage) const {
  return read_dataset(bytes_, dataset, most_bytes, storage);
}

}  // namespace obkit::neural
