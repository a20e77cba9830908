#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "hdf5_header.hpp"

namespace obkit::neural {

/// Address of the member of a group that bears this name. Links to names and to other files are
/// refused, as are groups so large that their links stand outside the header.
[[nodiscard]] std::optional<std::uint64_t> find_link(const Hdf5Bytes& file,
                                                     const std::vector<Hdf5Message>& group,
                                                     std::string_view name);

}  // namespace obkit::neural
