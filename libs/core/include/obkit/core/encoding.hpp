#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace obkit {

/// Two lowercase hexadecimal digits a byte.
[[nodiscard]] inline std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

/// A text of others as a terminal and a log may show it, on one line: control characters, what
/// turns the direction of writing, and bytes that are no UTF-8 become `\n`, `\x1b`, `\u202e`.
[[nodiscard]] std::string printable(std::string_view text);

/// Bytes of the character of UTF-8 that begins `text`; 0 where none does. Pre: not empty.
[[nodiscard]] inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xC2   ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  // No character is written longer than it has to be, none is half of one of UTF-16.
  const unsigned lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (length == 0 || byte(1) < lowest || byte(1) > highest) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  return length;
}

/// The whole number that `bytes` hold, the lowest byte first. Pre: at most 8 bytes.
[[nodiscard]] inline std::uint64_t load_little_endian(std::span<const char> bytes) {
  assert(bytes.size() <= sizeof(std::uint64_t));
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// Appends the lowest `bytes` bytes of `value`, the lowest first.
template <std::size_t bytes>
void append_little_endian(std::string& out, std::uint64_t value) {
  static_assert(bytes <= sizeof value);
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

}  // namespace obkit
