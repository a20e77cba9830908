#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace obkit {

/// Nanoseconds since 1970, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// The two integers of a day-file: UTC date YYYYMMDD and time of day HHMMSSmmm.
struct DateTime {
  int date = 0;
  int time = 0;

  // clang-tidy 14 takes the 0 that a defaulted <=> is compared with for a pointer.
  auto operator<=>(const DateTime&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Cut (not rounded) to milliseconds.
[[nodiscard]] DateTime to_date_time(Timestamp timestamp);

/// Empty when there is no such day or time of day.
[[nodiscard]] std::optional<Timestamp> to_timestamp(DateTime date_time);

/// UTC; 0 where there is no such day or time of day.
[[nodiscard]] std::chrono::milliseconds since_1970(DateTime date_time);

/// Whether HHMMSSmmm is a time of day.
[[nodiscard]] bool is_time_of_day(int time);

/// `2021-07-22T22:36:10.431Z` with 0 to 9 decimals; empty for anything else. All of a leap second
/// (23:59:60) is the last nanosecond of its day: time does not go on, but nor does it go back.
[[nodiscard]] std::optional<Timestamp> parse_iso(std::string_view text);

/// `2021-07-22T22:36:10.431Z` with `decimals` (0 to 9) digits, cut.
[[nodiscard]] std::string format_iso(Timestamp timestamp, int decimals = 3);
/// The same with milliseconds. Pre: there is such a day and time of day.
[[nodiscard]] std::string format_iso(DateTime date_time);
/// Appends the same.
void append_iso(std::string& out, DateTime date_time);

/// `1626993370.376836`: seconds since 1970 with 0 to 9 decimals; empty for anything else.
[[nodiscard]] std::optional<Timestamp> parse_epoch_seconds(std::string_view text);

/// Reads times as parse_iso() does, quickly where they share their second with the one before.
class IsoReader {
 public:
  [[nodiscard]] std::optional<Timestamp> read(std::string_view text);

 private:
  std::array<char, 19> second_text_{};  ///< `2021-07-22T22:36:10`
  std::optional<Timestamp> second_;     ///< its begin; empty where no time was read yet
};

}  // namespace obkit
