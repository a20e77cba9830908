#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace obkit {

/// An exact decimal price: a whole number of billionths, and how many decimals it was written
/// with. Comparison ignores the latter: 32180 == 32180.0.
///
/// Range ±9,223,372,036 with nine decimals.
class Price {
 public:
  static constexpr std::int64_t units_per_one = 1'000'000'000;
  static constexpr int max_decimals = 9;

  constexpr Price() = default;
  /// Pre: 0 <= decimals <= max_decimals.
  static constexpr Price from_units(std::int64_t units, int decimals) {
    return Price{units, decimals};
  }

  [[nodiscard]] constexpr std::int64_t units() const { return units_; }
  [[nodiscard]] constexpr int decimals() const { return static_cast<int>(decimals_); }
  /// Correctly rounded for |units| < 2^53.
  [[nodiscard]] double value() const;

  constexpr bool operator==(const Price& other) const { return units_ == other.units_; }
  constexpr auto operator<=>(const Price& other) const { return units_ <=> other.units_; }
  constexpr Price operator-() const { return Price{-units_, decimals_}; }
  constexpr Price operator+(const Price& other) const {
    return Price{units_ + other.units_, decimals_ > other.decimals_ ? decimals_ : other.decimals_};
  }
  constexpr Price operator-(const Price& other) const { return *this + -other; }

 private:
  constexpr Price(std::int64_t units, std::int64_t decimals) : units_{units}, decimals_{decimals} {}

  std::int64_t units_ = 0;
  std::int64_t decimals_ = 0;  // so wide that no byte is without meaning: many compare at once
};
static_assert(std::has_unique_object_representations_v<Price>);

/// Half of what a Price holds, so that the sum of two, as in a mid price, does not overflow.
inline constexpr Price max_price = Price::from_units(4'611'686'018 * Price::units_per_one, 0);

/// Whether a book may have this price.
[[nodiscard]] constexpr bool is_in_range(Price price) {
  return price <= max_price && price >= -max_price;
}

/// Reads a JSON number: `32180.5`, `85.6190`, `8.39e4`. An exponent is resolved: 8.39e4 is 83900
/// with no decimals. Digits behind the ninth decimal are rounded where they are the noise of a
/// binary float: 0.30000000000000004, less than a part in 10^13. Empty when `text` is no JSON
/// number, out of range, or a price that nine decimals do not hold.
[[nodiscard]] std::optional<Price> parse_price(std::string_view text);

/// Appends the price with the decimals that it was written with: `85.6190`, `1000000`.
void append_price(std::string& out, Price price);
[[nodiscard]] std::string to_string(Price price);

}  // namespace obkit
