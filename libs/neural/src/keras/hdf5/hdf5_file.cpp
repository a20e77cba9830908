#include "keras/hdf5/hdf5_file.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <zlib.h>

#include "keras/hdf5/hdf5_object.hpp"

namespace obkit::neural {
namespace {

enum Filter : std::uint16_t { deflate_filter = 1, shuffle_filter = 2 };

std::vector<Filter> read_filters(std::string_view data, const Hdf5Cursor& cursor) {
  if (data.empty()) return {};
  Hdf5Cursor message = cursor.within(data);
  const std::uint8_t version = message.u8(), count = message.u8();
  if (version < 1 || version > 2) message.fail("HDF5 filters of an unknown version");
  message.skip(version == 1 ? 6 : 0);
  std::vector<Filter> filters;
  for (std::uint8_t i = 0; i < count; ++i) {
    const std::uint16_t filter = message.u16();
    if (filter != deflate_filter && filter != shuffle_filter)
      message.fail("an HDF5 dataset with filter " + std::to_string(filter) +
                   ": only deflate (1) and shuffle (2) are read");
    const std::uint16_t name_size = version == 1 ? message.u16() : std::uint16_t{0};
    message.skip(2);  // flags
    const std::uint16_t values = message.u16();
    message.skip(name_size + 4u * values + (version == 1 && values % 2 == 1 ? 4u : 0u));
    filters.push_back(static_cast<Filter>(filter));
  }
  return filters;
}

std::string inflate_to(std::string_view packed, std::size_t size, const Hdf5Cursor& cursor) {
  std::string plain(size, '\0');
  uLongf length = size;
  // zlib takes unsigned bytes.
  const int result = uncompress(reinterpret_cast<Bytef*>(plain.data()), &length,
                                reinterpret_cast<const Bytef*>(packed.data()), packed.size());
  if (result != Z_OK || length != size)
    cursor.fail("the file is damaged: a chunk does not inflate");
  return plain;
}

/// First bytes of all elements stand first, then all second bytes, ...
std::string unshuffle(std::string_view bytes, std::size_t element) {
  const std::size_t count = bytes.size() / element;
  std::string plain(bytes);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t byte = 0; byte < element; ++byte)
      plain[i * element + byte] = bytes[byte * count + i];
  return plain;
}

/// Puts chunks where they belong.
class Assembly {
 public:
  Assembly(const Hdf5Bytes& file, Hdf5Cursor layout, std::string_view filters,
           const Hdf5Value& value)
      : file_{file}, value_{value}, filters_{read_filters(filters, layout)} {
    const std::size_t rank = value.shape.size();
    if (layout.u8() != rank + 1 || rank == 0) layout.fail("HDF5 chunks of other dimensions");
    tree_ = layout.u64();
    if (tree_ == hdf5_no_address) layout.fail("an HDF5 dataset that was never written");
    std::size_t chunks = 1, elements = 1, all = 1;
    for (const std::uint64_t extent : value.shape) {
      chunk_.push_back(layout.u32());
      if (chunk_.back() == 0 || chunk_.back() > extent)
        layout.fail("HDF5 chunks that are larger than their dataset");
      chunks *= (extent + chunk_.back() - 1) / chunk_.back();
      elements *= chunk_.back();
      all *= extent;
    }
    missing_ = chunks;
    chunk_bytes_ = elements * value.type.size;
    plain_.resize(all * value.type.size);
  }

  [[nodiscard]] std::string assemble() && {
    read_node(tree_, 255);
    if (missing_ != 0) file_.from(0).fail("an HDF5 dataset that was not written to the end");
    return std::move(plain_);
  }

 private:
  void read_node(std::uint64_t address, unsigned most_level) {
    Hdf5Cursor node = file_.from(address);
    node.expect(std::string_view{"TREE\1", 5});
    const std::uint8_t level = node.u8();
    if (level > most_level) node.fail("the file is damaged: a tree whose branches grow upwards");
    const std::uint16_t children = node.u16();
    node.skip(16);  // its neighbours
    for (std::uint16_t i = 0; i < children; ++i) {
      const std::uint32_t size = node.u32(), skipped_filters = node.u32();
      std::vector<std::uint64_t> offset(chunk_.size());
      for (auto& at : offset) at = node.u64();
      node.skip(8);  // the offset within an element
      const std::uint64_t child = node.u64();
      if (level > 0)
        read_node(child, level - 1u);
      else
        place(unpack(file_.at(child, size), skipped_filters), offset);
    }
  }

  [[nodiscard]] std::string unpack(Hdf5Cursor packed, std::uint32_t skipped_filters) {
    if (missing_ == 0) packed.fail("the file is damaged: a dataset with too many chunks");
    if (packed.left() > 2 * chunk_bytes_ + 64)
      packed.fail("the file is damaged: a chunk of a wrong size");
    --missing_;
    std::string bytes{packed.take(packed.left())};
    for (std::size_t i = filters_.size(); i-- > 0;) {
      if (i < 32 && (skipped_filters >> i & 1u) != 0) continue;
      bytes = filters_[i] == deflate_filter ? inflate_to(bytes, chunk_bytes_, packed)
                                            : unshuffle(bytes, value_.type.size);
    }
    if (bytes.size() != chunk_bytes_) packed.fail("the file is damaged: a chunk of a wrong size");
    return bytes;
  }

  /// Copies what lies within the dataset, row by row of the last dimension.
  void place(const std::string& bytes, const std::vector<std::uint64_t>& offset) {
    for (std::size_t d = 0; d < chunk_.size(); ++d)
      if (offset[d] >= value_.shape[d] || offset[d] % chunk_[d] != 0)
        file_.from(0).fail("the file is damaged: a chunk beside its dataset");
    const std::size_t element = value_.type.size;
    const std::uint64_t row = chunk_.back() * element;
    const std::uint64_t width = std::min(chunk_.back(), value_.shape.back() - offset.back());
    for (std::uint64_t i = 0; i < bytes.size() / row; ++i)
      if (const auto at = place_of_row(i, offset))
        std::memcpy(plain_.data() + *at * element, bytes.data() + i * row, width * element);
  }

  /// Where in the dataset a chunk's row begins, in elements; empty where it lies outside.
  [[nodiscard]] std::optional<std::uint64_t> place_of_row(
      std::uint64_t row, const std::vector<std::uint64_t>& offset) const {
    std::uint64_t at = offset.back(), stride = value_.shape.back();
    for (std::size_t d = chunk_.size() - 1; d-- > 0;) {
      const std::uint64_t index = offset[d] + row % chunk_[d];
      if (index >= value_.shape[d]) return std::nullopt;
      row /= chunk_[d];
      at += index * stride;
      stride *= value_.shape[d];
    }
    return at;
  }

  const Hdf5Bytes& file_;
  const Hdf5Value& value_;
  std::vector<Filter> filters_;
  std::vector<std::uint64_t> chunk_;  ///< extents
  std::uint64_t tree_ = 0;
  std::size_t missing_ = 0, chunk_bytes_ = 0;
  std::string plain_;
};

std::string_view require_message(const std::vector<Hdf5Message>& header, Hdf5Message::Type type,
                                 const Hdf5Cursor& cursor) {
  const std::string_view data = find_message(header, type, cursor);
  if (data.empty()) cursor.fail("an HDF5 object that is no dataset stands where weights should be");
  return data;
}

std::string_view read_compact(Hdf5Cursor layout, std::size_t size) {
  const std::uint16_t stored = layout.u16();
  return layout.within(layout.take(stored)).take(size);
}

std::string_view read_contiguous(const Hdf5Bytes& file, Hdf5Cursor layout, std::size_t size) {
  const std::uint64_t address = layout.u64();
  if (size == 0) return {};
  if (address == hdf5_no_address) layout.fail("an HDF5 dataset that was never written");
  return file.at(address, size).take(size);
}

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

/// The elements of a dataset that is stored in chunks, maybe with deflate and shuffle.
/// `layout` is behind the class in the layout message, `filters` the filter message or empty; type
/// and shape of `value` are known and checked.
std::string read_chunks(const Hdf5Bytes& file, Hdf5Cursor layout, std::string_view filters,
                        const Hdf5Value& value) {
  return Assembly{file, layout, filters, value}.assemble();
}

/// The elements of a dataset; those that the file has in pieces are put together in `storage`.
/// More than `most_bytes` are refused before memory is taken.
Hdf5Value read_dataset(const Hdf5Bytes& file, const std::vector<Hdf5Message>& header,
                       std::size_t most_bytes, std::string& storage) {
  const Hdf5Cursor here = file.from(0);
  const auto message = [&](Hdf5Message::Type type) {
    return here.within(require_message(header, type, here));
  };
  Hdf5Value value{.type = read_type(message(Hdf5Message::data_type)),
                  .shape = read_shape(message(Hdf5Message::data_space)),
                  .bytes = {}};
  const std::size_t size = byte_count(value.type, value.shape, most_bytes, here);
  if (!find_message(header, Hdf5Message::external_files, here).empty())
    here.fail("an HDF5 dataset that stands in another file: Keras writes none such");
  Hdf5Cursor layout = message(Hdf5Message::data_layout);
  const std::uint8_t version = layout.u8(), kind = layout.u8();
  if (kind == 0 && (version == 3 || version == 4)) {
    value.bytes = read_compact(layout, size);
  } else if (kind == 1 && (version == 3 || version == 4)) {
    value.bytes = read_contiguous(file, layout, size);
  } else if (kind == 2 && version == 3) {
    storage = read_chunks(file, layout, find_message(header, Hdf5Message::filters, here), value);
    value.bytes = storage;
  } else {
    here.fail("an HDF5 dataset of a layout that Keras does not write");
  }
  return value;
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
