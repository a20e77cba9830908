#include "obkit/backtest/funding.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/core/number.hpp"

namespace obkit::backtest {
namespace {

/// A day in 2001. An integer below it is not nanoseconds, but seconds, milli- or microseconds, and
/// would fall due before any book.
constexpr std::int64_t least_nanoseconds = 1'000'000'000'000'000'000;

std::optional<Timestamp> parse_time(std::string_view text) {
  std::int64_t nanoseconds = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, nanoseconds);
  if (error == std::errc{} && end == last && nanoseconds >= least_nanoseconds)
    return Timestamp{std::chrono::nanoseconds{nanoseconds}};
  return parse_iso(text);
}

std::string found(std::string_view text) {
  constexpr std::size_t limit = 40;
  std::string shown{text.substr(0, limit)};
  for (char& c : shown)
    if (c < ' ' || c > '~') c = '?';
  return ", found '" + shown + "'";
}

FundingRate parse_line(std::string_view line, const InputPlace& place) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) throw DataError{place, "expected time,rate" + found(line)};
  const auto time = parse_time(line.substr(0, comma));
  if (!time) {
    throw DataError{place,
                    "expected a time as 2021-07-22T20:00:00Z or as nanoseconds since 1970 "
                    "(19 digits)" +
                        found(line.substr(0, comma))};
  }
  const auto rate = parse_number(line.substr(comma + 1));
  if (!rate || !(std::abs(*rate) <= 1))
    throw DataError{place, "expected a rate from -1 to 1, as 0.0001 for a basis point" +
                               found(line.substr(comma + 1))};
  return {.time = *time, .rate = std::llround(*rate * static_cast<double>(FundingRate::per_one))};
}

bool is_header(std::string_view line) {
  return !line.empty() &&
         ((line[0] >= 'a' && line[0] <= 'z') || (line[0] >= 'A' && line[0] <= 'Z'));
}

}  // namespace

std::vector<FundingRate> parse_funding(std::string_view text, const std::string& name) {
  if (const std::string_view kind = kind_of_file(text); !kind.empty())
    throw DataError{{.name = name}, "expected funding rates (CSV), found " + std::string{kind}};
  std::vector<FundingRate> rates;
  for (InputPlace place{.name = name, .line = 1}; !text.empty(); ++place.line) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (place.line == 1 && is_header(line))) continue;
    const FundingRate next = parse_line(line, place);
    if (!rates.empty() && next.time <= rates.back().time)
      throw DataError{place, "expected a time after " + format_iso(rates.back().time) +
                                 found(line.substr(0, line.find(',')))};
    rates.push_back(next);
  }
  return rates;
}

}  // namespace obkit::backtest
