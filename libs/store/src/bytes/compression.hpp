#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bytes/file_handle.hpp"

namespace obkit::store {

enum class Compression { none, zstd, gzip };

/// As many bytes as tell them apart.
inline constexpr std::size_t magic_size = 4;

/// How a stream is compressed that begins so; zstd also for a skippable frame, as parallel
/// compressors write them in front.
[[nodiscard]] Compression compression_of(std::string_view head);

/// The first bytes of a file, magic_size or as many as it has. Throws IoError.
[[nodiscard]] std::string head_of(const FileHandle& file);

}  // namespace obkit::store
