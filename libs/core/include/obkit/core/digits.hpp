#pragma once

#include <array>
#include <bit>
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

/// Eight digits or fewer at the front of eight bytes.
struct DigitWord {
  std::uint64_t number;
  unsigned count;  ///< of the digits, up to the first byte that is none
};

/// Reads them all at once, without a jump. `word`: the bytes, the first one lowest.
[[nodiscard]] inline DigitWord read_digit_word(std::uint64_t word) {
  word ^= 0x3030303030303030U;  // digits are 0 to 9 now
  // The sum carries out of a byte only where that byte is none, and then it is not the first.
  const std::uint64_t others = (word | (word + 0x7676767676767676U)) & 0x8080808080808080U;
  const auto count = static_cast<unsigned>(std::countr_zero(others)) / 8;
  word = count > 0 ? word << (64 - 8 * count) : 0;  // zeros before them
  word = (word * 10 + (word >> 8U)) & 0x00FF00FF00FF00FFU;
  word = (word * 100 + (word >> 16U)) & 0x0000FFFF0000FFFFU;
  word = (word * 10'000 + (word >> 32U)) & 0xFFFFFFFFU;
  return {word, count};
}

/// 10^0 to 10^8.
inline constexpr std::array<std::uint64_t, 9> powers_up_to_a_word{
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

/// Takes digits from the front of [at, end) and appends them to `number`, modulo 2^64 where there
/// are too many; returns where they end.
[[nodiscard]] inline const char* read_digits(const char* at, const char* end,
                                             std::uint64_t& number) {
  if constexpr (std::endian::native == std::endian::little) {
    std::uint64_t word = 0;
    while (end - at >= static_cast<std::ptrdiff_t>(sizeof word)) {
      std::memcpy(&word, at, sizeof word);
      const auto [digits, count] = read_digit_word(word);
      number = number * powers_up_to_a_word[count] + digits;
      at += count;
      if (count < sizeof word) return at;
    }
  }
  for (; at < end && *at >= '0' && *at <= '9'; ++at)
    number = number * 10 + static_cast<std::uint64_t>(*at - '0');
  return at;
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
