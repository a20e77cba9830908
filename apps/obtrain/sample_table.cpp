#include "sample_table.hpp"

#include <algorithm>
#include <numeric>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/dataset/sample_reader.hpp"
#include "obkit/neural/input_transform.hpp"

namespace obtrain {

using obkit::neural::Index;

void SampleTable::add(const obkit::dataset::Sample& sample, std::size_t file) {
  depth_ = sample.volumes.size();
  if (!sample.label.empty()) label_ = sample.label;
  const auto input = obkit::neural::to_input(sample.volumes);
  values_.insert(values_.end(), input.begin(), input.end());
  if (sample.direction > 1) throw obkit::UsageError{"datasets of three classes are not learnt"};
  classes_.push_back(sample.direction);
  times_.push_back(sample.time);
  files_.push_back(file);
  if (!sample.time) return;
  first_ = std::min(first_.value_or(*sample.time), *sample.time);
  last_ = std::max(last_.value_or(*sample.time), *sample.time);
}

std::vector<std::size_t> SampleTable::in_time() const {
  std::vector<std::size_t> order(size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (std::all_of(times_.begin(), times_.end(), [](const auto& time) { return time.has_value(); }))
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return times_[a] < times_[b]; });
  return order;
}

obkit::neural::Samples SampleTable::gather(std::span<const std::size_t> indices) const {
  obkit::neural::Samples samples;
  const auto rows = static_cast<Index>(depth_);
  samples.inputs.resize(rows, static_cast<Index>(indices.size()));
  samples.classes.reserve(indices.size());
  for (const std::size_t i : indices) {
    const auto column = static_cast<Index>(samples.classes.size());
    samples.inputs.col(column) =
        Eigen::Map<const obkit::neural::Vector>{values_.data() + i * depth_, rows};
    samples.classes.push_back(classes_[i]);
  }
  return samples;
}

SampleTable read_samples(const std::vector<std::string>& files, obkit::store::BadLine bad_line) {
  SampleTable table;
  obkit::dataset::SampleReader reader{files, bad_line};
  for (obkit::dataset::Sample sample; reader.next(sample);) table.add(sample, reader.input_index());
  for (const auto& warning : warnings(reader.report())) spdlog::warn("{}", warning);
  return table;
}

}  // namespace obtrain
