#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace obkit {

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
