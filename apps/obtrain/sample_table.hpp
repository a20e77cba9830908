#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/dataset/sample.hpp"
#include "obkit/neural/training.hpp"
#include "obkit/store/read_report.hpp"

namespace obtrain {

/// Samples of some files, in the order of the files, volumes as floats.
class SampleTable {
 public:
  void add(const obkit::dataset::Sample& sample, std::size_t file);

  [[nodiscard]] std::size_t size() const { return classes_.size(); }
  [[nodiscard]] std::size_t depth() const { return depth_; }  ///< 0 while empty
  /// "next" unless the samples say otherwise.
  [[nodiscard]] const std::string& label() const { return label_; }
  [[nodiscard]] std::size_t file_of(std::size_t sample) const { return files_[sample]; }

  /// Indices of all samples: by time where all have one (ties as they came), else as they came.
  [[nodiscard]] std::vector<std::size_t> in_time() const;
  /// Raw samples, side by side.
  [[nodiscard]] obkit::neural::Samples gather(std::span<const std::size_t> indices) const;

  /// Earliest and latest time; empty when no sample has one.
  [[nodiscard]] std::optional<obkit::DateTime> first() const { return first_; }
  [[nodiscard]] std::optional<obkit::DateTime> last() const { return last_; }

 private:
  std::size_t depth_ = 0;
  std::string label_ = "next";
  std::vector<float> values_;  ///< [size × depth], sample after sample
  std::vector<std::uint8_t> classes_;
  std::vector<std::optional<obkit::DateTime>> times_;
  std::vector<std::size_t> files_;
  std::optional<obkit::DateTime> first_, last_;
};

/// Reads datasets and warns of what was met besides good lines. Throws DataError, IoError.
[[nodiscard]] SampleTable read_samples(const std::vector<std::string>& files,
                                       obkit::store::BadLine bad_line);

}  // namespace obtrain
