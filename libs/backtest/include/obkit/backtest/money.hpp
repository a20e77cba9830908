#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "obkit/backtest/money.hpp"
#include "obkit/core/error.hpp"

namespace obkit::backtest {

/// An amount was too large to be counted exactly: sizes or prices of the input are.
class MoneyRangeError : public DataError {
 public:
  static constexpr std::string_view problem = "an amount of money is beyond ±1.7e20";

  MoneyRangeError() : DataError{{.name = "sizes and prices"}, problem} {}
};

/// An exact amount: a whole number of 10^-18 of a quote currency or a coin. What is rounded is
/// rounded before it becomes money; from then on parts add up to the last digit.
///
/// Range ±1.7·10^20. Sums beyond it throw MoneyRangeError.
class Money {
 public:
  __extension__ using Units = __int128;
  static constexpr int decimals = 18;

  constexpr Money() = default;
  static constexpr Money from_units(Units units) { return Money{units}; }

  [[nodiscard]] constexpr Units units() const { return units_; }
  /// The nearest double, or one beside it.
  [[nodiscard]] double value() const;

  Money& operator+=(Money other) {
    if (__builtin_add_overflow(units_, other.units_, &units_)) [[unlikely]]
      refuse();
    return *this;
  }
  constexpr Money operator-() const { return Money{-units_}; }
  friend Money operator+(Money left, Money right) { return left += right; }
  friend Money operator-(Money left, Money right) { return left += -right; }
  constexpr bool operator==(const Money&) const = default;
  constexpr auto operator<=>(const Money& other) const { return units_ <=> other.units_; }

 private:
  [[noreturn]] static void refuse();
  explicit constexpr Money(Units units) : units_{units} {}

  Units units_ = 0;
};

/// Appends the amount without trailing zeros: `-0.1`, `12`, `0.000000004303185312`.
void append_money(std::string& out, Money money);
[[nodiscard]] std::string to_string(Money money);

/// `value` in billionths, so that the decimal 0.1 becomes exactly 100000000. Pre: |value| < 9e9.
[[nodiscard]] inline std::int64_t to_billionths(double value) { return std::llround(value * 1e9); }

/// The quotient rounded half away from zero. Pre: divisor > 0.
[[nodiscard]] constexpr Money::Units divide_rounded(Money::Units dividend, Money::Units divisor) {
  const Money::Units half = divisor / 2;
  return (dividend < 0 ? dividend - half : dividend + half) / divisor;
}

/// amount × rate / scale, rounded half away from zero. Pre: amount >= 0, |rate| and scale at most
/// 10^18; the result fits.
[[nodiscard]] constexpr Money::Units multiply_rounded(Money::Units amount, std::int64_t rate,
                                                      std::int64_t scale) {
  // The quotient is multiplied before the remainder, because the whole product may not fit.
  return amount / scale * rate + divide_rounded(amount % scale * rate, scale);
}

}  // namespace obkit::backtest
