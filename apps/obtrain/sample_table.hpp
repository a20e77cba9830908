#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/neural/samples.hpp"
#include "obkit/store/record_reader.hpp"

#include "settings.hpp"

namespace obtrain {

/// Samples of some datasets, in the order of the files.
class SampleTable {
 public:
  SampleTable() = default;
  /// Of one dataset. Throws DataError, IoError.
  SampleTable(const std::string& file, const Settings& settings);

  /// Puts the datasets of another table behind those of this one. Throws as expect_fits().
  void append(SampleTable other, const std::string& name);
  /// Throws DataError, `name` for its message, where samples of both could not be learnt together.
  void expect_fits(const SampleTable& other, const std::string& name) const;

  [[nodiscard]] const obkit::neural::SampleStore& store() const { return store_; }
  [[nodiscard]] std::size_t size() const { return store_.size(); }
  [[nodiscard]] std::size_t depth() const { return static_cast<std::size_t>(store_.inputs()); }
  /// "next" unless the samples say otherwise.
  [[nodiscard]] const std::string& label() const { return label_; }
  /// 2, or 3 where some prices stay or the label rule allows for it.
  [[nodiscard]] std::size_t classes() const;
  [[nodiscard]] std::size_t file_of(std::size_t sample) const;
  /// What was met besides good lines.
  [[nodiscard]] const obkit::store::ReadReport& report() const { return report_; }
  /// Whether all samples have a time.
  [[nodiscard]] bool has_times() const { return times_.size() == size(); }
  /// Pre: has_times().
  [[nodiscard]] obkit::DateTime time_of(std::size_t sample) const { return times_[sample]; }

  /// Indices of all samples: by time where all have one (ties as they came), else as they came.
  [[nodiscard]] std::vector<std::uint32_t> in_time() const;

  /// Earliest and latest time; empty when no sample has one.
  [[nodiscard]] std::optional<obkit::DateTime> first() const { return first_; }
  [[nodiscard]] std::optional<obkit::DateTime> last() const { return last_; }

 private:
  obkit::neural::SampleStore store_;
  std::vector<obkit::DateTime> times_;  ///< one a sample; fewer where a dataset has none
  std::vector<std::size_t> file_ends_;
  std::string label_ = "next";
  std::uint8_t greatest_class_ = 1;
  std::optional<obkit::DateTime> first_, last_;
  obkit::store::ReadReport report_;
};

/// Reads datasets, several at a time. Throws DataError, IoError.
[[nodiscard]] SampleTable read_samples(const std::vector<std::string>& files,
                                       const Settings& settings);

}  // namespace obtrain
