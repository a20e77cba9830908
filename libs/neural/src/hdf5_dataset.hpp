#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hdf5_header.hpp"
#include "hdf5_value.hpp"

namespace obkit::neural {

/// The elements of a dataset; those that the file has in pieces are put together in `storage`.
/// More than `most_bytes` are refused before memory is taken.
[[nodiscard]] Hdf5Value read_dataset(const Hdf5Bytes& file, const std::vector<Hdf5Message>& header,
                                     std::size_t most_bytes, std::string& storage);

}  // namespace obkit::neural
