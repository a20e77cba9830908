#pragma once

#include <cmath>
#include <cstdint>

#include "obkit/backtest/money.hpp"

namespace obkit::backtest {

/// `value` in billionths, so that the decimal 0.1 becomes exactly 100000000. Pre: |value| < 9e9.
[[nodiscard]] inline std::int64_t to_billionths(double value) { return std::llround(value * 1e9); }

/// The quotient rounded half away from zero. Pre: divisor > 0.
[[nodiscard]] constexpr Money::Units divide_rounded(Money::Units dividend, Money::Units divisor) {
  const Money::Units half = divisor / 2;
  return (dividend < 0 ? dividend - half : dividend + half) / divisor;
}

/// amount × rate / scale, rounded half away from zero. Pre: amount >= 0, |rate| <= scale <= 10^18.
[[nodiscard]] constexpr Money::Units multiply_rounded(Money::Units amount, std::int64_t rate,
                                                      std::int64_t scale) {
  // The quotient is multiplied before the remainder, because the whole product may not fit.
  return amount / scale * rate + divide_rounded(amount % scale * rate, scale);
}

}  // namespace obkit::backtest
