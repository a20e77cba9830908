#pragma once

#include <optional>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/neural/training.hpp"

#include "settings.hpp"

namespace obtrain {

/// All samples, by what they are for; raw volumes.
struct Split {
  std::vector<obkit::neural::Samples> training;  ///< parts that are learnt in turn
  obkit::neural::Samples validation, test;       ///< may be empty
  std::string label;
  std::optional<obkit::DateTime> first, last;  ///< of training and validation

  [[nodiscard]] std::size_t training_size() const;
  [[nodiscard]] std::size_t rises() const;  ///< among the training samples
};

/// Reads and divides. Throws DataError where the samples do not suffice or do not fit together.
[[nodiscard]] Split read_split(const Settings& settings);

}  // namespace obtrain
