#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "obkit/core/byte_stream.hpp"

namespace obkit {

/// Text in memory, given in blocks of at most `block` bytes.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string text, std::size_t block = 1 << 20)
      : text_{std::move(text)}, block_{block} {}

  std::size_t read(std::span<char> out) override {
    const std::size_t count = text_.copy(out.data(), std::min(out.size(), block_), given_);
    given_ += count;
    ++reads_;
    return count;
  }
  [[nodiscard]] int reads() const { return reads_; }

 private:
  std::string text_;
  std::size_t block_, given_ = 0;
  int reads_ = 0;
};

inline std::unique_ptr<ByteSource> memory(std::string text, std::size_t block = 1 << 20) {
  return std::make_unique<MemorySource>(std::move(text), block);
}

}  // namespace obkit
