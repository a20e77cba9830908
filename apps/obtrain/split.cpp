#include "split.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"

#include "sample_table.hpp"

namespace obtrain {
namespace {

using obkit::DataError;
using Indices = std::span<const std::size_t>;

/// What messages call several inputs.
std::string name_of(const std::vector<std::string>& files) {
  return files.size() == 1 ? obkit::display_name(files.front())
                           : std::to_string(files.size()) + " datasets";
}

SampleTable read_table(const std::vector<std::string>& files, obkit::store::BadLine bad_line,
                       const std::string& purpose) {
  SampleTable table = read_samples(files, bad_line);
  if (table.size() == 0)
    throw DataError{{.name = name_of(files)}, "no samples: " + purpose + " needs some"};
  return table;
}

/// How many samples the end in time gives up for validation.
std::size_t held_back(const SampleTable& table, const Settings& settings) {
  const double share = settings.validation_share;
  constexpr double rounding = 1e-9;  // 100 samples × 0.29 are 29, not 28
  const auto count =
      static_cast<std::size_t>(std::floor(static_cast<double>(table.size()) * share + rounding));
  if (share > 0 && (count == 0 || count == table.size())) {
    throw DataError{{.name = name_of(settings.datasets)},
                    fmt::format("{} samples are too few to hold back a share of {} for validation "
                                "(--validation 0 trains without)",
                                table.size(), share)};
  }
  return count;
}

/// The training samples as parts that are learnt in turn: all at once, or file by file.
std::vector<obkit::neural::Samples> make_parts(const SampleTable& table, Indices order,
                                               bool file_by_file) {
  if (!file_by_file) return {table.gather(order)};
  std::vector<std::size_t> by_file(order.begin(), order.end());
  const auto file_of = [&](std::size_t sample) { return table.file_of(sample); };
  std::ranges::stable_sort(by_file, {}, file_of);
  std::vector<obkit::neural::Samples> parts;
  for (auto begin = by_file.begin(); begin != by_file.end();) {
    const auto end = std::ranges::upper_bound(begin, by_file.end(), file_of(*begin), {}, file_of);
    parts.push_back(table.gather({begin, end}));
    begin = end;
  }
  return parts;
}

void expect_same_kind(const Split& split, const SampleTable& table, const std::string& name) {
  const auto depth = static_cast<std::size_t>(split.training.front().inputs.rows());
  if (table.depth() != depth) {
    throw DataError{{.name = name},
                    fmt::format("expected samples of {} volumes as in training, "
                                "found {}",
                                depth, table.depth())};
  }
  if (table.label() != split.label) {
    throw DataError{{.name = name},
                    fmt::format("expected the label rule '{}' as in training, "
                                "found '{}'",
                                split.label, table.label())};
  }
}

/// A whole table for one purpose.
obkit::neural::Samples read_aside(const Split& split, const SampleTable& table,
                                  const std::vector<std::string>& files) {
  expect_same_kind(split, table, name_of(files));
  return table.gather(table.in_time());
}

void widen_time_range(Split& split, const SampleTable& table) {
  if (!table.first()) return;
  split.first = std::min(split.first.value_or(*table.first()), *table.first());
  split.last = std::max(split.last.value_or(*table.last()), *table.last());
}

void read_validation_files(const Settings& settings, Split& split) {
  const auto table = read_table(settings.validation_files, settings.bad_line, "--validation");
  split.validation = read_aside(split, table, settings.validation_files);
  widen_time_range(split, table);
}

void read_test_files(const Settings& settings, Split& split) {
  const auto table = read_table(settings.test_files, settings.bad_line, "--test");
  split.test = read_aside(split, table, settings.test_files);
  if (table.first() && split.first && *table.first() <= *split.last &&
      *split.first <= *table.last()) {
    spdlog::warn(
        "--test: samples from {} to {} overlap in time with those of training, to {}: they "
        "do not show what happens on later days",
        format_iso(*table.first()), format_iso(*table.last()), format_iso(*split.last));
  }
}

void expect_both_classes(const Split& split, const std::string& name) {
  const std::size_t rises = split.rises(), count = split.training_size();
  if (rises == 0 || rises == count) {
    throw DataError{{.name = name},
                    fmt::format("all {} training samples are {}: there is nothing "
                                "to tell apart",
                                count, rises ? "rises" : "falls")};
  }
}

}  // namespace

std::size_t Split::training_size() const {
  std::size_t size = 0;
  for (const auto& part : training) size += part.size();
  return size;
}

std::size_t Split::rises() const {
  std::ptrdiff_t count = 0;
  for (const auto& part : training) count += std::ranges::count(part.classes, 1);
  return static_cast<std::size_t>(count);
}

Split read_split(const Settings& settings) {
  Split split;
  {
    const auto table = read_table(settings.datasets, settings.bad_line, "training");
    const auto order = table.in_time();
    const std::size_t aside = held_back(table, settings);
    split.training =
        make_parts(table, Indices{order}.first(order.size() - aside), settings.file_by_file);
    split.validation = table.gather(Indices{order}.last(aside));
    split.label = table.label();
    widen_time_range(split, table);
  }
  expect_both_classes(split, name_of(settings.datasets));
  if (!settings.validation_files.empty()) read_validation_files(settings, split);
  if (!settings.test_files.empty()) read_test_files(settings, split);
  return split;
}

}  // namespace obtrain
