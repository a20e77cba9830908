#pragma once

#include <string>
#include <string_view>

#include "hdf5_cursor.hpp"
#include "hdf5_value.hpp"

namespace obkit::neural {

/// The elements of a dataset that is stored in chunks, maybe with deflate and shuffle.
/// `layout` is behind the class in the layout message, `filters` the filter message or empty; type
/// and shape of `value` are known and checked.
[[nodiscard]] std::string read_chunks(const Hdf5Bytes& file, Hdf5Cursor layout,
                                      std::string_view filters, const Hdf5Value& value);

}  // namespace obkit::neural
