#include "sample_table.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/cli/run_jobs.hpp"
#include "obkit/core/error.hpp"
#include "obkit/dataset/label_rule.hpp"
#include "obkit/dataset/sample_reader.hpp"

namespace obtrain {
namespace {

DatasetSamples read_dataset(const std::string& file, const Settings& settings) {
  DatasetSamples samples{settings.spool_folder};
  obkit::dataset::SampleReader reader{{file}, settings.bad_line};
  bool all_have_times = true;
  for (obkit::dataset::Sample sample; reader.next(sample);) {
    samples.segment.add(sample.volumes, sample.direction);
    samples.greatest_class = std::max(samples.greatest_class, sample.direction);
    if (!sample.label.empty()) samples.label = sample.label;
    all_have_times = all_have_times && sample.time.has_value();
    if (sample.time) samples.times.push_back(*sample.time);
  }
  if (!all_have_times && samples.segment.size() > 0) samples.times.clear();
  samples.report = reader.report();
  return samples;
}

}  // namespace

void SampleTable::add(DatasetSamples dataset, const std::string& name) {
  const auto depth = static_cast<std::size_t>(dataset.segment.inputs());
  if (dataset.segment.size() > 0 && size() > 0) {
    if (depth != this->depth())
      throw obkit::DataError{{.name = name},
                             fmt::format("expected samples of {} volumes as in the datasets "
                                         "before, found {}",
                                         this->depth(), depth)};
    if (dataset.label != label_)
      throw obkit::DataError{{.name = name},
                             fmt::format("expected samples of the label rule '{}' as in the "
                                         "datasets before, found '{}'",
                                         label_, dataset.label)};
  }
  if (dataset.segment.size() > 0) label_ = dataset.label;
  greatest_class_ = std::max(greatest_class_, dataset.greatest_class);
  for (const obkit::DateTime time : dataset.times) {
    first_ = std::min(first_.value_or(time), time);
    last_ = std::max(last_.value_or(time), time);
  }
  times_.insert(times_.end(), dataset.times.begin(), dataset.times.end());
  store_.add(std::move(dataset.segment));
  file_ends_.push_back(store_.size());
}

std::size_t SampleTable::classes() const {
  const auto rule = obkit::dataset::rule_of_label(label_);
  return greatest_class_ > 1 || (rule && rule->flat) ? 3 : 2;
}

std::size_t SampleTable::file_of(std::size_t sample) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(file_ends_, sample) -
                                  file_ends_.begin());
}

std::vector<std::uint32_t> SampleTable::in_time() const {
  std::vector<std::uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0U);
  if (has_times() && !std::ranges::is_sorted(times_))
    std::ranges::stable_sort(order, {}, [&](std::uint32_t sample) { return times_[sample]; });
  return order;
}

SampleTable read_samples(const std::vector<std::string>& files, const Settings& settings) {
  std::vector<std::optional<DatasetSamples>> datasets(files.size());
  obkit::cli::run_jobs(files.size(), settings.jobs, [&](std::size_t i) {
    datasets[i].emplace(read_dataset(files[i], settings));
  });
  SampleTable table;
  obkit::store::ReadReport report;
  for (std::size_t i = 0; i < files.size(); ++i) {
    report += datasets[i]->report;
    table.add(*std::move(datasets[i]), obkit::display_name(files[i]));
    datasets[i].reset();
  }
  for (const auto& warning : warnings(report)) spdlog::warn("{}", warning);
  return table;
}

}  // namespace obtrain
