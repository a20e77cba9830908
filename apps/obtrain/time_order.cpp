#include "time_order.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>

namespace obtrain {
namespace {

struct Horizon {
  std::uint64_t length = 0;
  enum class Unit : std::uint8_t { books, milliseconds } unit = Unit::books;
};

/// Of "horizon=50", "horizon=500ms" with anything behind a comma.
std::optional<Horizon> parse_horizon(std::string_view label) {
  constexpr std::string_view prefix = "horizon=";
  if (!label.starts_with(prefix)) return std::nullopt;
  label.remove_prefix(prefix.size());
  label = label.substr(0, label.find(','));
  Horizon horizon;
  const char* const end = label.data() + label.size();
  const auto [rest, error] = std::from_chars(label.data(), end, horizon.length);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit{rest, static_cast<std::size_t>(end - rest)};
  if (unit == "ms") horizon.unit = Horizon::Unit::milliseconds;
  return horizon;
}

/// How many samples at the end are of that class.
std::size_t trailing_run(const SampleTable& table, Indices samples, std::uint8_t sample_class) {
  std::size_t run = 0;
  while (run < samples.size() &&
         table.store().class_of(samples[samples.size() - 1 - run]) == sample_class)
    ++run;
  return run;
}

std::size_t later_than(const SampleTable& table, Indices samples, obkit::Timestamp limit) {
  std::size_t count = 0;
  while (count < samples.size() &&
         to_timestamp(table.time_of(samples[samples.size() - 1 - count])) > limit)
    ++count;
  return count;
}

}  // namespace

std::size_t embargo(const SampleTable& table, Indices before, Indices after) {
  const std::string& label = table.label();
  if (const auto horizon = parse_horizon(label)) {
    if (horizon->unit == Horizon::Unit::books)
      return std::min<std::size_t>(horizon->length, before.size());
    const auto start =
        table.has_times() ? to_timestamp(table.time_of(after.front())) : std::nullopt;
    return start ? later_than(table, before, *start - std::chrono::milliseconds{horizon->length})
                 : 0;
  }
  if (!label.starts_with("every")) return 0;
  return trailing_run(table, before, table.store().class_of(after.front()));
}

std::vector<std::uint32_t> blocks(const SampleTable& table, Indices samples) {
  const bool each_alone = table.label().starts_with("next");
  std::vector<std::uint32_t> numbers(samples.size());
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const bool is_same =
        !each_alone && table.store().class_of(samples[i]) == table.store().class_of(samples[i - 1]);
    numbers[i] = numbers[i - 1] + (is_same ? 0 : 1);
  }
  return numbers;
}

std::vector<float> sample_weights(const SampleTable& table, Indices in_time,
                                  SampleWeights weights) {
  if (weights == SampleWeights::equal) return {};
  std::vector<float> result(table.size());
  for (std::size_t begin = 0; begin < in_time.size();) {
    std::size_t end = begin + 1;
    const auto class_at = [&](std::size_t i) { return table.store().class_of(in_time[i]); };
    while (end < in_time.size() && class_at(end) == class_at(begin)) ++end;
    const auto run = static_cast<float>(end - begin);
    const float weight = 1.0f / (weights == SampleWeights::run ? run : std::sqrt(run));
    for (std::size_t i = begin; i < end; ++i) result[in_time[i]] = weight;
    begin = end;
  }
  return result;
}

}  // namespace obtrain
