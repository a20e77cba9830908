#pragma once

#include <memory>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// Compresses what is written with zstd and gives it to `sink`: frames of at most 4 MiB of content,
/// each with its size and a checksum. flush() ends a frame. Throws what `sink` throws.
[[nodiscard]] std::unique_ptr<ByteSink> compressed(std::unique_ptr<ByteSink> sink);

}  // namespace obkit::store
