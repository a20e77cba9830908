#pragma once

#include <cstdint>
#include <string>

namespace obkit::backtest {

/// For reading: rounded to so many significant digits (whole digits are never cut), without an
/// exponent, digits in groups of three where there are five or more before the point, and a real
/// minus sign. Pre: finite, 1 <= significant <= 15.
[[nodiscard]] std::string number_text(double value, int significant = 6);
[[nodiscard]] std::string number_text(std::uint64_t value);

/// "38.2 %"; "0 %" of nothing.
[[nodiscard]] std::string percent_text(double part, double whole);

/// Milliseconds since 1970 as "2024-08-08 13:04:05.250", UTC, with so many decimals (0 to 3), cut.
[[nodiscard]] std::string time_text(std::int64_t milliseconds, int decimals);

}  // namespace obkit::backtest
