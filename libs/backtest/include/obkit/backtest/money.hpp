#pragma once

#include <compare>
#include <string>

namespace obkit::backtest {

/// An exact amount: a whole number of 10^-18 of a quote currency or a coin. What is rounded is
/// rounded before it becomes money; from then on parts add up to the last digit.
///
/// Range ±1.7·10^20. Sums beyond it throw Error.
class Money {
 public:
  __extension__ using Units = __int128;
  static constexpr int decimals = 18;

  constexpr Money() = default;
  static constexpr Money from_units(Units units) { return Money{units}; }

  [[nodiscard]] constexpr Units units() const { return units_; }
  /// The nearest double, or one beside it.
  [[nodiscard]] double value() const;

  Money& operator+=(Money other);
  constexpr Money operator-() const { return Money{-units_}; }
  friend Money operator+(Money left, Money right) { return left += right; }
  friend Money operator-(Money left, Money right) { return left += -right; }
  constexpr bool operator==(const Money&) const = default;
  constexpr auto operator<=>(const Money& other) const { return units_ <=> other.units_; }

 private:
  explicit constexpr Money(Units units) : units_{units} {}

  Units units_ = 0;
};

/// Appends the amount without trailing zeros: `-0.1`, `12`, `0.000000004303185312`.
void append_money(std::string& out, Money money);
[[nodiscard]] std::string to_string(Money money);

}  // namespace obkit::backtest
