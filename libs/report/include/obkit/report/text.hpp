#pragma once

#include <cassert>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "obkit/core/time.hpp"

namespace obkit::report {

/// In front of numbers below zero.
inline constexpr std::string_view minus = "\u2212";

/// For reading: rounded to so many significant digits (whole digits are never cut), without an
/// exponent, digits in groups of three where there are five or more before the point, and a real
/// minus sign. Pre: finite, 1 <= significant <= 15.
[[nodiscard]] std::string number_text(double value, int significant = 6);
[[nodiscard]] std::string number_text(std::uint64_t value);

/// Words whose numbers and times, where they stand alone between spaces, get the style of
/// number_text() and time_text(), with "UTC" behind it. No digit is cut.
[[nodiscard]] std::string styled_text(std::string_view text);

/// "38.2 %"; "0 %" of nothing.
[[nodiscard]] std::string percent_text(double part, double whole);

/// Milliseconds since 1970 as "2024-08-08 13:04:05.250", UTC, with so many decimals (0 to 3), cut.
[[nodiscard]] std::string time_text(std::int64_t milliseconds, int decimals);

/// "1 book", "12 345 books".
[[nodiscard]] std::string counted_text(std::uint64_t count, std::string_view noun);

/// "250 ms", "1.5 s", "12 min", "3 h", "2 d"; the space does not break.
[[nodiscard]] std::string duration_text(double milliseconds);

/// The text as it stands in HTML, between tags or in a quoted attribute. Control characters, which
/// HTML does not have, become U+FFFD.
[[nodiscard]] std::string escape_html(std::string_view text);

/// JSON as it may stand in a script element: every '<' is escaped.
[[nodiscard]] std::string json_for_script(std::string_view json);

/// Fills `{{name}}` of a template. What is put in is not looked at again. A name that is not given
/// is a bug.
[[nodiscard]] std::string fill(
    std::string_view text,
    std::initializer_list<std::pair<std::string_view, std::string_view>> values);

/// Since 1970, UTC. Pre: there is such a day and time of day.
[[nodiscard]] inline std::int64_t milliseconds(DateTime time) {
  assert(to_timestamp(time));
  return since_1970(time).count();
}

}  // namespace obkit::report
