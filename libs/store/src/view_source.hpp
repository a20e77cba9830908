#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// Bytes of memory, which must outlive it.
class ViewSource final : public ByteSource {
 public:
  explicit ViewSource(std::string_view bytes) : rest_{bytes} {}

  std::size_t read(std::span<char> block) override {
    const std::size_t count = rest_.copy(block.data(), block.size());
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace obkit::store
