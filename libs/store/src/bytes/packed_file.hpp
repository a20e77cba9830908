#pragma once

#include <memory>
#include <string>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// The only file in it, where the source is a tar archive; else itself. `path` is for messages. As
/// open_archive_input().
[[nodiscard]] std::unique_ptr<ByteSource> untarred(std::unique_ptr<ByteSource> source,
                                                   const std::string& path);

}  // namespace obkit::store
