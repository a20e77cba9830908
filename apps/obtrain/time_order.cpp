#include "time_order.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "obkit/dataset/label_rule.hpp"

namespace obtrain {
namespace {

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
  using Kind = obkit::dataset::LabelRule::Kind;
  // A rule of somebody else's is taken for one that looks as far as "every".
  const auto rule = obkit::dataset::rule_of_label(table.label())
                        .value_or(obkit::dataset::LabelRule{.kind = Kind::every});
  switch (rule.kind) {
    case Kind::next:
      return 0;
    case Kind::books:
      return std::min(static_cast<std::size_t>(rule.horizon), before.size());
    case Kind::milliseconds: {
      if (!table.has_times()) return 0;
      const auto start = to_timestamp(table.time_of(after.front()));
      return start ? later_than(table, before, *start - std::chrono::milliseconds{rule.horizon})
                   : 0;
    }
    case Kind::every:
      break;
  }
  return trailing_run(table, before, table.store().class_of(after.front()));
}

std::vector<std::uint32_t> blocks(const SampleTable& table, Indices samples) {
  const auto rule = obkit::dataset::rule_of_label(table.label());
  const bool each_alone = rule && rule->kind == obkit::dataset::LabelRule::Kind::next;
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
