#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// Whole lines that stand one after the other.
struct LineChunk {
  std::string bytes;
  std::uint64_t lines_before = 0;
  bool is_last = false;             ///< may end without a line feed
  std::exception_ptr failure = {};  ///< what reading met behind these lines; the chunk is the last
};

/// Cuts a source at line ends, a quarter of a megabyte at a time, or a line where that is longer.
class LineChunks {
 public:
  explicit LineChunks(std::unique_ptr<ByteSource> source) : source_{std::move(source)} {}

  /// The next lines, in place of those that `chunk` held. Pre: the chunk before was not the last.
  void next(LineChunk& chunk);

 private:
  std::unique_ptr<ByteSource> source_;
  std::string rest_;  ///< a line that has only begun
  std::uint64_t lines_ = 0;
};

}  // namespace obkit::store
