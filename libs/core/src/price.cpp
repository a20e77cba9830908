#include "obkit/core/price.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "obkit/core/digits.hpp"
#include "obkit/core/number.hpp"

namespace obkit {
namespace {

/// The digits of a JSON number and where its decimal point stands.
struct Scientific {
  bool negative = false;
  std::string_view whole, fraction;
  std::int64_t exponent = 0;
};

/// Pre: is_json_number(text).
Scientific split(std::string_view text) {
  Scientific parts;
  if (text.front() == '-') {
    parts.negative = true;
    text.remove_prefix(1);
  }
  const auto e = std::min(text.find_first_of("eE"), text.size());
  const auto point = std::min(text.substr(0, e).find('.'), e);
  parts.whole = text.substr(0, point);
  if (point < e) parts.fraction = text.substr(point + 1, e - point - 1);
  if (e < text.size()) {
    auto digits = text.substr(e + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    const auto result =
        std::from_chars(digits.data(), digits.data() + digits.size(), parts.exponent);
    if (result.ec != std::errc{}) parts.exponent = digits.front() == '-' ? -10'000 : 10'000;
    parts.exponent = std::clamp<std::int64_t>(parts.exponent, -10'000, 10'000);
  }
  return parts;
}

/// Appends one digit to `units`; false when that leaves the range.
bool push_digit(std::int64_t& units, int digit) {
  return !__builtin_mul_overflow(units, 10, &units) &&
         !__builtin_add_overflow(units, digit, &units);
}

/// Whether the digits from `end` on change the number by less than a part in 10^13, as the noise of
/// a binary float does: there are few before them, or they begin with many zeros or nines.
template <class DigitAt>
bool is_noise(DigitAt digit_at, std::int64_t count, std::int64_t end) {
  constexpr std::int64_t significant = 14;
  std::int64_t first = 0, at = std::max<std::int64_t>(end, 0);
  while (first < count && digit_at(first) == 0) ++first;
  const int filler = digit_at(end) >= 5 ? 9 : 0;
  while (at < count && digit_at(at) == filler) ++at;
  const bool is_exact = filler == 0 && at >= count;
  return is_exact || at - first >= significant;
}

/// Pre: at most nine digits, so the units fit.
Price to_price(const PlainDecimal& number) {
  const std::int64_t units =
      number.digits *
      static_cast<std::int64_t>(powers_of_ten[Price::max_decimals - number.decimals]);
  return Price::from_units(number.negative ? -units : units, static_cast<int>(number.decimals));
}

}  // namespace

double Price::value() const {
  // long double holds any units exactly; the quotient is then rounded once for |units| < 2^53.
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (units_ > -exact && units_ < exact)
    return static_cast<double>(units_) / static_cast<double>(units_per_one);
  return static_cast<double>(static_cast<long double>(units_) / units_per_one);
}

std::optional<Price> parse_price(std::string_view text) {
  if (const auto plain = parse_plain_decimal(text, Price::max_decimals)) return to_price(*plain);
  if (!is_json_number(text)) return std::nullopt;
  const Scientific parts = split(text);
  const auto whole_digits = static_cast<std::int64_t>(parts.whole.size());
  const auto fraction_digits = static_cast<std::int64_t>(parts.fraction.size());
  const auto digit_at = [&](std::int64_t i) {
    if (i < 0 || i >= whole_digits + fraction_digits) return 0;
    const auto at = static_cast<std::size_t>(i);
    return (i < whole_digits ? parts.whole[at] : parts.fraction[at - parts.whole.size()]) - '0';
  };
  // Digit i stands for 10^(point - 1 - i); nine decimals end before digit point + 9.
  const std::int64_t point = whole_digits + parts.exponent;
  std::int64_t units = 0;
  for (std::int64_t i = std::min<std::int64_t>(0, point); i < point + Price::max_decimals; ++i)
    if (!push_digit(units, digit_at(i))) return std::nullopt;
  if (!is_noise(digit_at, whole_digits + fraction_digits, point + Price::max_decimals))
    return std::nullopt;
  if (digit_at(point + Price::max_decimals) >= 5 && __builtin_add_overflow(units, 1, &units))
    return std::nullopt;
  const auto decimals =
      std::clamp<std::int64_t>(fraction_digits - parts.exponent, 0, Price::max_decimals);
  return Price::from_units(parts.negative ? -units : units, static_cast<int>(decimals));
}

void append_price(std::string& out, Price price) {
  auto magnitude = static_cast<std::uint64_t>(price.units());
  if (price.units() < 0) {
    out += '-';
    magnitude = ~magnitude + 1;
  }
  // Digits behind the decimals it was written with are written, too, where they are not zero.
  auto decimals = static_cast<std::size_t>(price.decimals());
  std::uint64_t unit = powers_of_ten[Price::max_decimals - decimals];
  while (magnitude % unit != 0) {
    ++decimals;
    unit /= 10;
  }
  if (decimals == 0) return append_digits(out, magnitude / unit);
  append_decimal(out, magnitude / unit, decimals);
}

std::string to_string(Price price) {
  std::string text;
  append_price(text, price);
  return text;
}

}  // namespace obkit
