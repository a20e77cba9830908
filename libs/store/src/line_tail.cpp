#include "line_tail.hpp"

#include <span>

namespace obkit::store {
namespace {

constexpr std::size_t block_size = std::size_t{64} * 1024;

/// Where the `\n` before the last one stands; npos where there is none.
std::size_t second_last_newline(std::string_view text) {
  const std::size_t last = text.rfind('\n');
  if (last == std::string_view::npos || last == 0) return std::string_view::npos;
  return text.rfind('\n', last - 1);
}

}  // namespace

LineTail::LineTail(ByteSource& source) {
  for (std::size_t count = 1, limit = 4 * block_size; count > 0; length_ += count) {
    const std::size_t filled = text_.size();
    text_.resize(filled + block_size);
    count = source.read(std::span{text_}.subspan(filled));
    text_.resize(filled + count);
    if (text_.size() < limit) continue;
    if (const auto keep = second_last_newline(text_); keep != std::string::npos)
      text_.erase(0, keep);
    limit = text_.size() + 4 * block_size;  // a long line is not searched again for each block
  }
}

std::string_view LineTail::rest() const {
  return std::string_view{text_}.substr(text_.rfind('\n') + 1);  // npos + 1 is 0
}

std::optional<std::string_view> LineTail::last_line() const {
  const std::size_t end = text_.rfind('\n');
  if (end == std::string::npos) return std::nullopt;
  const std::size_t before = second_last_newline(text_);
  return std::string_view{text_}.substr(0, end).substr(before + 1);
}

bool LineTail::has_line_before() const { return second_last_newline(text_) != std::string::npos; }

}  // namespace obkit::store
