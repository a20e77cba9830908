#pragma once

#include <string>

namespace obkit {

/// Makes a file in `folder` that has no name and goes when it is closed, for reading and writing.
/// The descriptor is the caller's; -1 with errno where it cannot be made.
[[nodiscard]] int open_nameless_file(const std::string& folder);

}  // namespace obkit
