#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace obkit::dataset {

/// What stands in a .npy file in front of the numbers of an array in C order; a `shape` without
/// numbers is a single value. `type` as NumPy writes it: "<f4".
/// Source: NumPy Enhancement Proposal 1, version 1.0.
[[nodiscard]] std::string npy_header(std::string_view type,
                                     const std::vector<std::uint64_t>& shape);

}  // namespace obkit::dataset
