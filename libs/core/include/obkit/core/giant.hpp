#pragma once

#include <cstddef>
#include <string>

namespace obkit {

/// Bytes of a message, or of its lines, that is still no giant. A buffer that is used again may
/// keep so much, twice over.
inline constexpr std::size_t usual_message = std::size_t{4} << 20U;

/// Whether a buffer of that capacity was left by a giant, whose memory must not be kept for months.
[[nodiscard]] constexpr bool is_left_by_giant(std::size_t capacity) {
  return capacity > 2 * usual_message;
}

/// Empties what is filled again soon: it keeps its memory, unless a giant was in it.
inline void empty_for_next(std::string& buffer) {
  // An assignment would leave the buffer's.
  if (is_left_by_giant(buffer.capacity())) std::string{}.swap(buffer);
  buffer.clear();
}

}  // namespace obkit
