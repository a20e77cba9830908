#include "obkit/core/number.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "obkit/core/digits.hpp"

namespace obkit {
namespace {

/// Skips digits; says whether there was one.
bool skip_digits(std::string_view& text) {
  const std::size_t length = text.size();
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
  return text.size() < length;
}

bool skip_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// As many digits as a double holds exactly.
constexpr std::size_t exact_digits = 15;

std::optional<double> scaled(const PlainDecimal& number, int exponent) {
  const auto value = obkit::scaled(static_cast<std::uint64_t>(number.digits),
                                   exponent - static_cast<int>(number.decimals));
  return value && number.negative ? -*value : value;
}

/// Few digits and a small exponent: `1e-05`. Empty for anything else.
std::optional<double> parse_short_scientific(std::string_view text) {
  std::size_t e = 0;
  while (e < text.size() && text[e] != 'e' && text[e] != 'E') ++e;
  if (e == text.size()) return std::nullopt;
  std::string_view digits = text.substr(e + 1);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int exponent = 0;
  if (digits.empty() || digits.size() > 2) return std::nullopt;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    exponent = exponent * 10 + (c - '0');
  }
  const auto number = parse_plain_decimal(text.substr(0, e), exact_digits);
  return number ? scaled(*number, negative ? -exponent : exponent) : std::nullopt;
}

/// Below it each whole number is a double of its own, and so is each decimal of as many digits.
constexpr double exact_whole = 1e15;

/// Writes a number that few decimals give exactly, as sizes of coins are; false for any other.
/// Decimals of up to 15 digits are told apart by doubles, so the first that reads back to `value`
/// is the shortest. From 0.001 on a plain decimal is no longer than one with an exponent.
/// Pre: 0 <= value < 1e15.
bool append_few_decimals(std::string& out, double value) {
  constexpr std::size_t most = 6;
  if (value < 0.001) return false;
  for (std::size_t decimals = 1; decimals <= most; ++decimals) {
    const double power = exact_powers_of_ten[decimals];
    const double scaled_up = value * power + 0.5;
    if (scaled_up >= exact_whole) return false;
    const auto digits = static_cast<std::uint64_t>(scaled_up);
    if (static_cast<double>(digits) / power != value) continue;
    append_decimal(out, digits, decimals);
    return true;
  }
  return false;
}

}  // namespace

bool is_json_number(std::string_view text) {
  skip_one_of(text, "-");
  const bool leading_zero = skip_one_of(text, "0");
  if (!leading_zero && !skip_digits(text)) return false;
  if (skip_one_of(text, ".") && !skip_digits(text)) return false;
  if (skip_one_of(text, "eE")) {
    skip_one_of(text, "+-");
    if (!skip_digits(text)) return false;
  }
  return text.empty();
}

std::optional<double> parse_number(std::string_view text) {
  if (const auto plain = parse_plain_decimal(text, exact_digits)) return scaled(*plain, 0);
  if (const auto value = parse_short_scientific(text)) return value;
  if (!is_json_number(text)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // A number too small for a double is zero; libstdc++ reports it like one that is too large.
  if (error == std::errc::result_out_of_range) {
    const auto exponent = text.find_first_of("eE");
    const bool tiny =
        exponent != std::string_view::npos ? text[exponent + 1] == '-' : text.find('.') < 3;
    return tiny ? std::optional{0.0} : std::nullopt;
  }
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void append_number(std::string& out, double value) {
  assert(std::isfinite(value));
  if (value >= 0 && value < exact_whole && !std::signbit(value)) {
    const auto whole = static_cast<std::uint64_t>(value);
    if (static_cast<double>(whole) == value) return append_digits(out, whole);
    if (append_few_decimals(out, value)) return;
  }
  std::array<char, 32> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), result.ptr);
}

void append_real(std::string& out, double value) {
  const std::size_t begin = out.size();
  append_number(out, value);
  if (std::string_view{out}.substr(begin).find_first_of(".e") == std::string_view::npos)
    out.append(".0");
}

std::string as_real(std::string number) {
  if (number.find_first_of(".eE") == std::string::npos) number.append(".0");
  return number;
}

void append_integer(std::string& out, std::int64_t value) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    out += '-';
    magnitude = ~magnitude + 1;
  }
  append_digits(out, magnitude);
}

std::string to_text(double value) {
  std::string text;
  if (std::isfinite(value)) {
    append_number(text, value);
    return text;
  }
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

std::string counted(std::uint64_t count, std::string_view noun) {
  std::string text = std::to_string(count);
  text.append(" ").append(noun);
  if (count != 1) text += 's';
  return text;
}

}  // namespace obkit
