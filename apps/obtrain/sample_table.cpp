#include "obtrain/sample_table.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/cli/jobs.hpp"
#include "obkit/core/error.hpp"
#include "obkit/dataset/label_rule.hpp"
#include "obkit/dataset/sample_reader.hpp"

namespace obkit::obtrain {

SampleTable::SampleTable(const std::string& file, const Settings& settings) {
  obkit::neural::SampleSegment segment{settings.spool_folder};
  obkit::dataset::SampleReader reader{{file}, settings.bad_line};
  for (obkit::dataset::Sample sample; reader.next(sample);) {
    segment.add(sample.volumes, sample.direction);
    greatest_class_ = std::max(greatest_class_, sample.direction);
    if (!sample.label.empty()) label_ = sample.label;
    if (!sample.time) continue;
    times_.push_back(*sample.time);
    first_ = std::min(first_.value_or(*sample.time), *sample.time);
    last_ = std::max(last_.value_or(*sample.time), *sample.time);
  }
  store_.add(std::move(segment));
  file_ends_ = {store_.size()};
  report_ = reader.report();
}

void SampleTable::expect_fits(const SampleTable& other, const std::string& name) const {
  if (size() == 0 || other.size() == 0) return;
  if (other.depth() != depth()) {
    throw obkit::DataError{
        {.name = name},
        fmt::format("expected samples of {} volumes as in the datasets before, found {}", depth(),
                    other.depth())};
  }
  if (other.label() != label_) {
    throw obkit::DataError{{.name = name},
                           fmt::format("expected samples of the label rule '{}' as in the "
                                       "datasets before, found '{}'",
                                       label_, other.label())};
  }
}

void SampleTable::append(SampleTable other, const std::string& name) {
  expect_fits(other, name);
  if (other.size() > 0) label_ = other.label_;
  greatest_class_ = std::max(greatest_class_, other.greatest_class_);
  if (other.first_) {
    first_ = std::min(first_.value_or(*other.first_), *other.first_);
    last_ = std::max(last_.value_or(*other.last_), *other.last_);
  }
  times_.insert(times_.end(), other.times_.begin(), other.times_.end());
  for (const std::size_t end : other.file_ends_) file_ends_.push_back(size() + end);
  store_.append(std::move(other.store_));
  report_ += other.report_;
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
  std::vector<SampleTable> tables(files.size());
  obkit::cli::run_jobs(files.size(), settings.jobs, [&](std::size_t i) {
    tables[i] = SampleTable{files[i], settings};
  });
  SampleTable all;
  for (std::size_t i = 0; i < files.size(); ++i)
    all.append(std::move(tables[i]), obkit::display_name(files[i]));
  return all;
}

}  // namespace obkit::obtrain
