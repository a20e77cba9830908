#include "hdf5_dataset.hpp"

#include <utility>

#include "hdf5_chunks.hpp"

namespace obkit::neural {
namespace {

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

}  // namespace

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

}  // namespace obkit::neural
