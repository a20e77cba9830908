#pragma once

#include <string>

namespace obkit::store {

/// SHA-256 of a whole file: 64 hexadecimal digits, in lower case. Throws IoError.
[[nodiscard]] std::string sha256_of_file(const std::string& path);

}  // namespace obkit::store
