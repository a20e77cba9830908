#include "obkit/core/encoding.hpp"

#include <algorithm>

namespace obkit {
namespace {

/// One character of UTF-8: its number and how many bytes it takes.
struct Character {
  char32_t value = 0;
  std::size_t size = 0;  ///< 0: the first byte begins none
};

Character first_character(std::string_view text) {
  const std::size_t size = utf8_length(text);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (size < 2) return {byte(0), size};
  char32_t value = byte(0) & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) value = value << 6U | (byte(i) & 0x3FU);
  return {value, size};
}

/// Ends lines, moves the cursor, or turns or hides what stands around it.
bool is_harmful(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  return c < 0x20 || within(0x7F, 0x9F) || c == 0xAD || c == 0x61C || within(0x200B, 0x200F) ||
         within(0x2028, 0x202E) || within(0x2060, 0x206F) || c == 0xFEFF;
}

void append_escape(std::string& out, char kind, char32_t value, int digits) {
  constexpr std::string_view hex = "0123456789abcdef";
  (out += '\\') += kind;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += hex[value >> shift & 15U];
}

void append_printable(std::string& out, char32_t value) {
  constexpr std::string_view short_ones = "\n\r\t", names = "nrt";
  const std::size_t short_one =
      value < 0x20 ? short_ones.find(static_cast<char>(value)) : std::string_view::npos;
  if (short_one != std::string_view::npos)
    (out += '\\') += names[short_one];
  else if (value < 0x80)
    append_escape(out, 'x', value, 2);
  else
    append_escape(out, 'u', value, 4);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [value, size] = first_character(text);
    if (size == 0)
      append_escape(out, 'x', static_cast<unsigned char>(text.front()), 2);
    else if (is_harmful(value))
      append_printable(out, value);
    else
      out.append(text.substr(0, size));
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

}  // namespace obkit
