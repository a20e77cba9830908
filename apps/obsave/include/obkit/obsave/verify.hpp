#pragma once

#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"

namespace obkit::obsave {

/// Reads day-files and manifests back and prints a line a day, with what is wrong under it. Throws
/// DataError when something is, at the end; IoError.
void verify(const std::vector<std::string>& paths, ByteSink& out);

}  // namespace obkit::obsave
