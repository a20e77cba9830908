#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

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
  // Zeros before them. In two steps, as a shift by 64 is none, and without a jump.
  const unsigned half = 4 * (8 - count);
  word = word << half << half;
  word = (word * 10 + (word >> 8U)) & 0x00FF00FF00FF00FFU;
  word = (word * 100 + (word >> 16U)) & 0x0000FFFF0000FFFFU;
  word = (word * 10'000 + (word >> 32U)) & 0xFFFFFFFFU;
  return {word, count};
}

/// All that fit.
inline constexpr auto powers_of_ten = [] {
  std::array<std::uint64_t, 20> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();
/// All that a double holds exactly.
inline constexpr std::array<double, 23> exact_powers_of_ten{
    1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// digits · 10^power: both are exact doubles, so the product or quotient is rounded once. Empty
/// where the power is not exact. Source: Clinger, "How to Read Floating Point Numbers Accurately"
/// (1990). Pre: digits < 10^15.
[[nodiscard]] inline std::optional<double> scaled(std::uint64_t digits, int power) {
  constexpr int most = exact_powers_of_ten.size() - 1;
  if (power < -most || power > most) return std::nullopt;
  const auto whole = static_cast<double>(static_cast<std::int64_t>(digits));
  const double factor = exact_powers_of_ten[static_cast<std::size_t>(power < 0 ? -power : power)];
  return power < 0 ? whole / factor : whole * factor;
}

/// Takes digits from the front of [at, end) and appends them to `number`, modulo 2^64 where there
/// are too many; returns where they end.
[[nodiscard]] inline const char* read_digits(const char* at, const char* end,
                                             std::uint64_t& number) {
  if constexpr (std::endian::native == std::endian::little) {
    std::uint64_t word = 0;
    while (end - at >= static_cast<std::ptrdiff_t>(sizeof word)) {
      std::memcpy(&word, at, sizeof word);
      const auto [digits, count] = read_digit_word(word);
      number = number * powers_of_ten[count] + digits;
      at += count;
      if (count < sizeof word) return at;
    }
  }
  for (; at < end && *at >= '0' && *at <= '9'; ++at)
    number = number * 10 + static_cast<std::uint64_t>(*at - '0');
  return at;
}

/// The digits of a number below 10^8 as the eight bytes 0 to 9, zeros before them, the first digit
/// lowest. Two, four, eight at once.
[[nodiscard]] constexpr std::uint64_t digit_word(std::uint64_t number) {
  const std::uint64_t fours = number / 10'000 | number % 10'000 << 32U;
  const std::uint64_t hundreds = fours * 10'486 >> 20U & 0x0000007F0000007FU;
  const std::uint64_t twos = (fours - 100 * hundreds) << 16U | hundreds;
  const std::uint64_t tens = twos * 103 >> 10U & 0x000F000F000F000FU;
  return (twos - 10 * tens) << 8U | tens;
}

/// What write_digits() may write to.
inline constexpr std::size_t room_for_digits = 24;

/// Writes a number in decimal from `at` on, without a jump for its length where it is below 10^8;
/// returns where it ends. Pre: room_for_digits bytes are free.
[[nodiscard]] inline char* write_digits(char* at, std::uint64_t number) {
  constexpr std::uint64_t digits = 0x3030303030303030U, word_end = 100'000'000;
  if constexpr (std::endian::native == std::endian::little) {
    const auto write_word = [&](std::uint64_t part, unsigned zeros) {
      const std::uint64_t text = (part + digits) >> 8 * zeros;
      std::memcpy(at, &text, sizeof text);
      at += sizeof text - zeros;
    };
    if (number >= word_end) {
      at = write_digits(at, number / word_end);
      write_word(digit_word(number % word_end), 0);
      return at;
    }
    const std::uint64_t word = digit_word(number);
    constexpr std::uint64_t last = std::uint64_t{1} << 56U;  // a digit is there even of 0
    write_word(word, static_cast<unsigned>(std::countr_zero(word | last)) / 8);
    return at;
  }
  std::array<char, room_for_digits> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  char* const end = text.data() + text.size();
  const char* const begin = write_digits_before(end, number);
  std::memcpy(at, begin, static_cast<std::size_t>(end - begin));
  return at + (end - begin);
}

/// Appends a number in decimal.
inline void append_digits(std::string& out, std::uint64_t number) {
  std::array<char, room_for_digits> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  out.append(text.data(), write_digits(text.data(), number));
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

/// A JSON number of few digits without exponent: what almost all numbers of a book are.
struct PlainDecimal {
  bool negative = false;
  std::int64_t digits = 0;  ///< 61784.5 has 617845
  std::size_t decimals = 0;
};

/// Empty for anything else, of more than `max_digits` digits too. Pre: max_digits <= 18.
[[nodiscard]] inline std::optional<PlainDecimal> parse_plain_decimal(std::string_view text,
                                                                     std::size_t max_digits) {
  PlainDecimal number;
  number.negative = !text.empty() && text.front() == '-';
  if (number.negative) text.remove_prefix(1);
  const auto is_digit = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  const auto push = [&](char c) { number.digits = number.digits * 10 + (c - '0'); };
  if (text.size() > max_digits + 1) return std::nullopt;
  std::size_t i = 0;
  for (; is_digit(i); ++i) push(text[i]);
  const std::size_t whole = i;
  if (whole == 0 || (whole > 1 && text.front() == '0')) return std::nullopt;
  if (i < text.size() && text[i] == '.') {
    for (++i; is_digit(i); ++i) push(text[i]);
    number.decimals = i - whole - 1;
    if (number.decimals == 0) return std::nullopt;
  }
  if (i != text.size() || whole + number.decimals > max_digits) return std::nullopt;
  return number;
}

}  // namespace obkit
