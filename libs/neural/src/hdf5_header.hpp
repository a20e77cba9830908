#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "hdf5_cursor.hpp"

namespace obkit::neural {

/// One message of the header of a group or a dataset.
struct Hdf5Message {
  enum Type : std::uint16_t {
    data_space = 0x1,
    link_info = 0x2,
    data_type = 0x3,
    link = 0x6,
    external_files = 0x7,
    data_layout = 0x8,
    filters = 0xb,
    attribute = 0xc,
    continuation = 0x10,
    symbol_table = 0x11,
    attribute_info = 0x15
  };
  std::uint16_t type = 0;
  bool shared = false;  ///< its data say where it really stands
  std::string_view data;
};

/// All messages of a header (of either version, with its continuations), in order.
[[nodiscard]] std::vector<Hdf5Message> read_header(const Hdf5Bytes& file, std::uint64_t address);

/// The data of the only message of a type that may not stand elsewhere; an empty view where there
/// is none. `cursor` is for messages.
[[nodiscard]] std::string_view find_message(const std::vector<Hdf5Message>& header,
                                            Hdf5Message::Type type, const Hdf5Cursor& cursor);

}  // namespace obkit::neural
