#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace obkit {

/// "00", "01", ... "99".
inline constexpr auto two_digits = [] {
  std::array<char, 200> text{};
  for (std::size_t i = 0; i < 100; ++i) {
    text[2 * i] = static_cast<char>('0' + i / 10);
    text[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return text;
}();

/// Writes a number so that it ends before `end`; returns where it begins. Two digits at a time.
inline char* write_digits_before(char* end, std::uint64_t number) {
  while (number >= 100) {
    end -= 2;
    std::memcpy(end, &two_digits[2 * (number % 100)], 2);
    number /= 100;
  }
  if (number >= 10) {
    end -= 2;
    std::memcpy(end, &two_digits[2 * number], 2);
  } else {
    *--end = static_cast<char>('0' + number);
  }
  return end;
}

/// Appends a number in decimal.
inline void append_digits(std::string& out, std::uint64_t number) {
  std::array<char, 20> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  char* const end = text.data() + text.size();
  out.append(write_digits_before(end, number), end);
}

/// Appends digits · 10^-decimals with all its decimals. Pre: 1 <= decimals <= 18.
inline void append_decimal(std::string& out, std::uint64_t digits, std::size_t decimals) {
  std::array<char, 40> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  char* const end = text.data() + text.size();
  char* begin = write_digits_before(end, digits);
  while (begin > end - decimals - 1) *--begin = '0';
  char* const point = end - decimals;
  std::memmove(begin - 1, begin, static_cast<std::size_t>(point - begin));
  *(point - 1) = '.';
  out.append(begin - 1, end);
}

}  // namespace obkit
