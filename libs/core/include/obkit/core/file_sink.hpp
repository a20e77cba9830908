#pragma once

#include <cstdint>
#include <string_view>

#include "obkit/core/byte_stream.hpp"

namespace obkit {

/// A file that is being made. Of what open_sink() gives, pipes and devices are none.
class FileSink : public ByteSink {
 public:
  /// Replaces bytes from `offset` on. Pre: they were written before. Throws IoError.
  virtual void overwrite(std::uint64_t offset, std::string_view bytes) = 0;
};

}  // namespace obkit
