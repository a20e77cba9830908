#include "obkit/backtest/latency.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/core/number.hpp"

#include "random.hpp"

namespace obkit::backtest {

MeasuredLatencies::MeasuredLatencies(std::vector<std::chrono::milliseconds> values,
                                     std::uint64_t seed)
    : values_{std::move(values)}, seed_{seed} {
  assert(!values_.empty());
  std::sort(values_.begin(), values_.end());
}

std::chrono::milliseconds MeasuredLatencies::at(std::uint64_t book) const {
  return values_[Random{seed_, book}.below(values_.size())];
}

namespace {

constexpr double longest_ms = 86'400'000;

/// Without blanks at either end.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::chrono::milliseconds parse_latency(std::string_view text, const InputPlace& place) {
  const auto value = parse_number(text);
  if (value && *value >= 0 && *value <= longest_ms)
    return std::chrono::milliseconds{std::llround(std::ceil(*value))};
  constexpr std::size_t limit = 40;
  std::string shown{text.substr(0, limit)};
  for (char& c : shown)
    if (c < ' ' || c > '~') c = '?';
  throw DataError{place, "expected milliseconds from 0 to 86400000, found '" + shown + "'"};
}

}  // namespace

std::vector<std::chrono::milliseconds> parse_latencies(std::string_view text,
                                                       const std::string& name) {
  if (const std::string_view kind = kind_of_file(text); !kind.empty())
    throw DataError{{.name = name}, "expected latencies, found " + std::string{kind}};
  std::vector<std::chrono::milliseconds> values;
  for (InputPlace place{.name = name, .line = 1}; !text.empty(); ++place.line) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view value = trimmed(line.substr(0, line.find('#')));
    if (!value.empty()) values.push_back(parse_latency(value, place));
  }
  if (values.empty()) throw DataError{{.name = name}, "no latency is in it"};
  return values;
}

}  // namespace obkit::backtest
