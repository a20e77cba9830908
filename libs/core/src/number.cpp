#include "obkit/core/number.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "plain_decimal.hpp"

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
constexpr std::array<double, 16> exact_powers_of_ten{1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

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
  if (const auto plain = parse_plain_decimal(text, exact_powers_of_ten.size() - 1)) {
    // Both are exact doubles, so the quotient is rounded once. Source: Clinger, "How to Read
    // Floating Point Numbers Accurately" (1990).
    const auto digits = static_cast<double>(plain->digits);
    const double value =
        plain->decimals == 0 ? digits : digits / exact_powers_of_ten[plain->decimals];
    return plain->negative ? -value : value;
  }
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
  std::array<char, 32> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  constexpr double exact = 1e15;
  const bool whole = std::abs(value) < exact && value == std::trunc(value) && !std::signbit(value);
  const auto result = whole ? std::to_chars(text.data(), text.data() + text.size(),
                                            static_cast<std::int64_t>(value))
                            : std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), result.ptr);
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
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
