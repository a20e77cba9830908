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

}  // namespace obkit::backtest
