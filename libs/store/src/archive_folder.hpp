#pragma once

#include <filesystem>
#include <optional>

#include "obkit/core/time.hpp"

namespace obkit::store {

/// When the first frame or row of a file in a folder was received; empty where it has none or is no
/// archive. Throws DataError where the name says that it is one, IoError.
[[nodiscard]] std::optional<Timestamp> begin_of_archive(const std::filesystem::path& path);

}  // namespace obkit::store
