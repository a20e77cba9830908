#include "obkit/core/time.hpp"

#include <array>
#include <cassert>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "obkit/core/digits.hpp"

namespace obkit {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

struct TimeOfDay {
  int hour, minute, second;
};

std::optional<Timestamp> make_timestamp(int year, int month, int day, TimeOfDay time,
                                        nanoseconds rest) {
  const year_month_day ymd{std::chrono::year{year},
                           std::chrono::month{static_cast<unsigned>(month)},
                           std::chrono::day{static_cast<unsigned>(day)}};
  // Nanoseconds in 64 bits end in 2262.
  if (!ymd.ok() || year < 1970 || year > 2261) return std::nullopt;
  if (time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
  return Timestamp{sys_days{ymd}} + hours{time.hour} + minutes{time.minute} + seconds{time.second} +
         rest;
}

/// Takes digits from the front of a text; fails once and for all on anything else.
class DigitReader {
 public:
  explicit DigitReader(std::string_view text) : rest_{text} {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    return value;
  }
  void literal(char expected) {
    if (rest_.empty() || rest_.front() != expected) return fail();
    rest_.remove_prefix(1);
  }
  /// `.` and 1 to 9 digits, or nothing.
  nanoseconds fraction() {
    if (rest_.empty() || rest_.front() != '.') return nanoseconds{0};
    rest_.remove_prefix(1);
    std::int64_t value = 0;
    int count = 0;
    while (!rest_.empty() && is_digit(rest_.front()) && count < 9)
      value = value * 10 + digit(), ++count;
    if (count == 0) fail();
    for (; count < 9; ++count) value *= 10;
    return nanoseconds{value};
  }
  [[nodiscard]] bool next_is_digit() const { return !rest_.empty() && is_digit(rest_.front()); }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  int digit() {
    if (rest_.empty() || !is_digit(rest_.front())) {
      fail();
      return 0;
    }
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

/// Length of `YYYY-MM-DDTHH:MM:SS`, all that is fixed.
constexpr std::size_t iso_second = 19;

/// What stands behind the second: `.`, 1 to 9 digits (or nothing of that) and `Z`.
std::optional<nanoseconds> parse_iso_rest(std::string_view text) {
  constexpr std::array<std::int64_t, 10> units{
      1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
  if (text == "Z") return nanoseconds{0};
  if (!text.starts_with('.')) return std::nullopt;
  const char* const begin = text.data() + 1;
  const char* const end = text.data() + text.size();
  std::uint64_t number = 0;
  const char* const behind = read_digits(begin, end, number);
  const auto count = static_cast<std::size_t>(behind - begin);
  if (count < 1 || count >= units.size() || end - behind != 1 || *behind != 'Z')
    return std::nullopt;
  return nanoseconds{static_cast<std::int64_t>(number) * units[count]};
}

}  // namespace

DateTime to_date_time(Timestamp timestamp) {
  const auto day = floor<days>(timestamp);
  const year_month_day ymd{day};
  const std::chrono::hh_mm_ss time{floor<milliseconds>(timestamp - day)};
  return {.date = static_cast<int>(ymd.year()) * 10000 +
                  static_cast<int>(static_cast<unsigned>(ymd.month())) * 100 +
                  static_cast<int>(static_cast<unsigned>(ymd.day())),
          .time = static_cast<int>(time.hours().count()) * 10'000'000 +
                  static_cast<int>(time.minutes().count()) * 100'000 +
                  static_cast<int>(time.seconds().count()) * 1000 +
                  static_cast<int>(time.subseconds().count())};
}

std::optional<Timestamp> to_timestamp(DateTime date_time) {
  const auto [date, time] = date_time;
  if (date < 0 || time < 0) return std::nullopt;
  return make_timestamp(date / 10000, date / 100 % 100, date % 100,
                        {time / 10'000'000, time / 100'000 % 100, time / 1000 % 100},
                        milliseconds{time % 1000});
}

milliseconds since_1970(DateTime date_time) {
  const Timestamp timestamp = to_timestamp(date_time).value_or(Timestamp{});
  return std::chrono::duration_cast<milliseconds>(timestamp.time_since_epoch());
}

bool is_time_of_day(int time) {
  return time >= 0 && time / 10'000'000 < 24 && time / 100'000 % 100 < 60 && time / 1000 % 100 < 60;
}

std::optional<Timestamp> parse_iso(std::string_view text) {
  if (text.size() <= iso_second || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':')
    return std::nullopt;
  bool ok = true;
  const auto pair_at = [&](std::size_t at) {
    const int tens = text[at] - '0', ones = text[at + 1] - '0';
    ok &= tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
    return 10 * tens + ones;
  };
  const int year = 100 * pair_at(0) + pair_at(2);
  const int month = pair_at(5), day = pair_at(8);
  TimeOfDay time{.hour = pair_at(11), .minute = pair_at(14), .second = pair_at(17)};
  auto rest = parse_iso_rest(text.substr(iso_second));
  if (!ok || !rest) return std::nullopt;
  if (time.hour == 23 && time.minute == 59 && time.second == 60) {
    time.second = 59;
    rest = seconds{1} - nanoseconds{1};
  }
  return make_timestamp(year, month, day, time, *rest);
}

std::optional<Timestamp> IsoReader::read(std::string_view text) {
  if (second_ && text.size() > iso_second &&
      std::memcmp(text.data(), second_text_.data(), iso_second) == 0) {
    const auto rest = parse_iso_rest(text.substr(iso_second));
    return rest ? std::optional{*second_ + *rest} : std::nullopt;
  }
  const auto time = parse_iso(text);
  second_.reset();
  // A leap second is a moment: its decimals do not count.
  if (time && text[17] != '6') {
    text.copy(second_text_.data(), iso_second);
    second_ = floor<seconds>(*time);
  }
  return time;
}

std::string format_iso(Timestamp timestamp, int decimals) {
  assert(decimals >= 0 && decimals <= 9);
  const auto [date, time] = to_date_time(timestamp);
  std::array<char, 40> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d",
                                   date / 10000, date / 100 % 100, date % 100, time / 10'000'000,
                                   time / 100'000 % 100, time / 1000 % 100);
  std::string result(text.data(), static_cast<std::size_t>(length));
  if (decimals > 0) {
    const auto rest = (timestamp - floor<seconds>(timestamp)).count();
    std::snprintf(text.data(), text.size(), ".%09lld", static_cast<long long>(rest));
    result.append(text.data(), static_cast<std::size_t>(decimals) + 1);
  }
  return result + "Z";
}

std::string format_iso(DateTime date_time) {
  std::string text;
  append_iso(text, date_time);
  return text;
}

void append_iso(std::string& out, DateTime date_time) {
  assert(to_timestamp(date_time));
  const auto append = [&](int number, int power, char behind) {
    for (; power > 0; power /= 10) out += static_cast<char>('0' + number / power % 10);
    out += behind;
  };
  const auto [date, time] = date_time;
  append(date / 10000, 1000, '-');
  append(date / 100, 10, '-');
  append(date, 10, 'T');
  append(time / 10'000'000, 10, ':');
  append(time / 100'000, 10, ':');
  append(time / 1000, 10, '.');
  append(time, 100, 'Z');
}

std::optional<Timestamp> parse_epoch_seconds(std::string_view text) {
  DigitReader reader{text};
  std::int64_t whole = reader.number(1);
  while (reader.next_is_digit()) {
    whole = whole * 10 + reader.number(1);
    if (whole > 9'000'000'000) return std::nullopt;
  }
  const nanoseconds rest = reader.fraction();
  if (!reader.done()) return std::nullopt;
  return Timestamp{seconds{whole}} + rest;
}

}  // namespace obkit
