#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// The first `size` bytes, fewer where the source ends.
[[nodiscard]] inline std::string read_head(ByteSource& source, std::size_t size) {
  std::string head(size, '\0');
  std::size_t filled = 0;
  for (std::size_t count = 1; count > 0 && filled < size; filled += count)
    count = source.read(std::span{head}.subspan(filled));
  head.resize(filled);
  return head;
}

/// Gives bytes that were read already before those of `source`.
class PrefixedSource final : public ByteSource {
 public:
  PrefixedSource(std::string prefix, std::unique_ptr<ByteSource> source)
      : prefix_{std::move(prefix)}, source_{std::move(source)} {}

  std::size_t read(std::span<char> block) override {
    if (given_ == prefix_.size()) return source_->read(block);
    const std::size_t count = prefix_.copy(block.data(), block.size(), given_);
    given_ += count;
    return count;
  }

 private:
  std::string prefix_;
  std::size_t given_ = 0;
  std::unique_ptr<ByteSource> source_;
};

}  // namespace obkit::store
