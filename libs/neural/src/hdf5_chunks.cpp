#include "hdf5_chunks.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <zlib.h>

namespace obkit::neural {
namespace {

enum Filter : std::uint16_t { deflate = 1, shuffle = 2 };

std::vector<Filter> read_filters(std::string_view data, const Hdf5Cursor& cursor) {
  if (data.empty()) return {};
  Hdf5Cursor message = cursor.within(data);
  const std::uint8_t version = message.u8(), count = message.u8();
  if (version < 1 || version > 2) message.fail("HDF5 filters of an unknown version");
  message.skip(version == 1 ? 6 : 0);
  std::vector<Filter> filters;
  for (std::uint8_t i = 0; i < count; ++i) {
    const std::uint16_t filter = message.u16();
    if (filter != deflate && filter != shuffle)
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
      bytes = filters_[i] == deflate ? inflate_to(bytes, chunk_bytes_, packed)
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

}  // namespace

std::string read_chunks(const Hdf5Bytes& file, Hdf5Cursor layout, std::string_view filters,
                        const Hdf5Value& value) {
  return Assembly{file, layout, filters, value}.assemble();
}

}  // namespace obkit::neural
