#include "obtrain/sample_sets.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <span>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/dataset/label_rule.hpp"

namespace obkit::obtrain {
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

namespace {

using obkit::DataError;

/// What messages call several inputs.
std::string name_of(const std::vector<std::string>& files) {
  return files.size() == 1 ? obkit::display_name(files.front())
                           : std::to_string(files.size()) + " datasets";
}

/// Warns of what was met besides good lines, and refuses a table without samples.
void expect_samples(const SampleTable& table, const std::vector<std::string>& files,
                    const std::string& purpose) {
  for (const auto& warning : warnings(table.report())) spdlog::warn("{}", warning);
  if (table.size() == 0)
    throw DataError{{.name = name_of(files)}, "no samples: " + purpose + " needs some"};
}

/// How many of `count` samples the end in time gives up for validation.
std::size_t held_back(std::size_t count, const Settings& settings) {
  const double share = settings.validation_share;
  constexpr double rounding = 1e-9;  // 100 samples × 0.29 are 29, not 28
  const auto aside =
      static_cast<std::size_t>(std::floor(static_cast<double>(count) * share + rounding));
  if (share > 0 && (aside == 0 || aside == count)) {
    throw DataError{{.name = name_of(settings.datasets)},
                    fmt::format("{} samples are too few to hold back a share of {} for validation "
                                "(--validation 0 trains without)",
                                count, share)};
  }
  return aside;
}

/// The training samples as parts that are learnt in turn: all at once, or file by file, as they
/// came.
std::vector<Selection> make_parts(Indices order, const Settings& settings, SampleSets& sets) {
  const SampleTable& table = sets.samples;
  if (!settings.file_by_file) return {{&table, order}};
  auto& by_file = sets.orders.emplace_back(order.begin(), order.end());
  const auto file_of = [&](std::uint32_t sample) { return table.file_of(sample); };
  std::ranges::sort(by_file);
  std::vector<Selection> parts;
  for (auto begin = by_file.begin(); begin != by_file.end();) {
    const auto end = std::ranges::upper_bound(begin, by_file.end(), file_of(*begin), {}, file_of);
    parts.push_back({&table, Indices{begin, end}});
    begin = end;
  }
  return parts;
}

void expect_several_classes(const Division& division, const SampleTable& table,
                            const std::string& name) {
  constexpr std::array<std::string_view, 3> names{"falls", "rises", "prices that stay"};
  const auto counts = division.count_classes(table.classes());
  const std::size_t all = division.training_size();
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == all) {
      throw DataError{{.name = name},
                      fmt::format("all {} training samples are {}: there is nothing to tell apart",
                                  all, names.at(k))};
    }
  }
}

/// `order` is all that may be learnt; its end in time is held back.
Division divide(Indices order, const Settings& settings, SampleSets& sets) {
  const SampleTable& table = sets.samples;
  const std::size_t aside = held_back(order.size(), settings);
  const Indices validation = order.last(aside);
  Indices training = order.first(order.size() - aside);
  if (aside > 0) training = training.first(training.size() - embargo(table, training, validation));
  const std::string name = name_of(settings.datasets);
  if (training.empty()) {
    const Selection before{&table, order.first(order.size() - aside)};
    expect_several_classes({.training = {before}, .validation = {}}, table, name);
    throw DataError{{.name = name},
                    "no training samples are left before those that are held back for validation: "
                    "their labels look too far ahead"};
  }
  Division division{make_parts(training, settings, sets), {&table, validation}};
  expect_several_classes(division, table, name);
  return division;
}

/// Fold k of K predicts the part k of K + 1 in time by what came before it.
std::vector<Fold> make_folds(Indices order, const Settings& settings, SampleSets& sets) {
  std::vector<Fold> folds;
  const std::size_t parts = settings.folds + 1;
  for (std::size_t k = 1; k < parts; ++k) {
    const std::size_t begin = order.size() * k / parts, end = order.size() * (k + 1) / parts;
    if (begin == 0 || begin == end) {
      throw DataError{{.name = name_of(settings.datasets)},
                      fmt::format("{} samples are too few for --walk-forward {}", order.size(),
                                  settings.folds)};
    }
    const Indices predicted = order.subspan(begin, end - begin);
    Indices past = order.first(begin);
    past = past.first(past.size() - embargo(sets.samples, past, predicted));
    folds.push_back({divide(past, settings, sets), {&sets.samples, predicted}});
  }
  return folds;
}

void expect_same_kind(const SampleTable& table, const SampleTable& training,
                      const std::string& name) {
  if (table.depth() != training.depth()) {
    throw DataError{{.name = name},
                    fmt::format("expected samples of {} volumes as in training, found {}",
                                training.depth(), table.depth())};
  }
  if (table.label() != training.label()) {
    throw DataError{{.name = name},
                    fmt::format("expected the label rule '{}' as in training, found '{}'",
                                training.label(), table.label())};
  }
}

/// A whole table for one purpose.
Selection read_aside(const std::vector<std::string>& files, const Settings& settings,
                     const std::string& purpose, SampleSets& sets, SampleTable& table) {
  table = read_samples(files, settings);
  expect_samples(table, files, purpose);
  expect_same_kind(table, sets.samples, name_of(files));
  return {&table, sets.orders.emplace_back(table.in_time())};
}

void warn_of_overlap(const SampleSets& sets) {
  const auto first = sets.test_samples.first(), last = sets.test_samples.last();
  if (first && sets.first() && *first <= *sets.last() && *sets.first() <= *last) {
    spdlog::warn(
        "--test: samples from {} to {} overlap in time with those of training, to {}: they do not "
        "show what happens on later days",
        format_iso(*first), format_iso(*last), format_iso(*sets.last()));
  }
}

std::optional<obkit::DateTime> least(std::optional<obkit::DateTime> a,
                                     std::optional<obkit::DateTime> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

}  // namespace

std::size_t Division::training_size() const {
  std::size_t size = 0;
  for (const Selection& part : training) size += part.size();
  return size;
}

std::vector<std::uint64_t> Division::count_classes(std::size_t classes) const {
  std::vector<std::uint64_t> counts(classes);
  for (const Selection& part : training)
    for (const std::uint32_t sample : part.order) ++counts[part.table->store().class_of(sample)];
  return counts;
}

std::optional<obkit::DateTime> SampleSets::first() const {
  return least(samples.first(), validation_samples.first());
}

std::optional<obkit::DateTime> SampleSets::last() const {
  return std::max(samples.last(), validation_samples.last());
}

void read_sample_sets(const Settings& settings, SampleSets& sets) {
  sets.samples = read_samples(settings.datasets, settings);
  expect_samples(sets.samples, settings.datasets, "training");
  const Indices in_time = sets.orders.emplace_back(sets.samples.in_time());
  sets.weights = sample_weights(sets.samples, in_time, settings.sample_weights);
  sets.division = divide(in_time, settings, sets);
  sets.folds = make_folds(in_time, settings, sets);
  if (!settings.validation_files.empty())
    sets.division.validation = read_aside(settings.validation_files, settings, "--validation", sets,
                                          sets.validation_samples);
  if (settings.test_files.empty()) return;
  sets.test = read_aside(settings.test_files, settings, "--test", sets, sets.test_samples);
  warn_of_overlap(sets);
}

}  // namespace obkit::obtrain
