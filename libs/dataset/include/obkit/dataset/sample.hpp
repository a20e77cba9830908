#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"

namespace obkit::dataset {

/// The volumes of a book and what the price did next.
struct Sample {
  std::vector<double> volumes;   ///< [depth], in the order of the book
  std::uint8_t direction = 0;    ///< 0 the price falls, 1 it rises, 2 it stays (three classes)
  std::optional<DateTime> time;  ///< of the book; absent in files of the original
  std::string label;             ///< the label rule; empty is the default, "next"
  /// Not empty: what a line has between the brackets of `volumes`, which is empty then.
  std::string volumes_text = {};
};

}  // namespace obkit::dataset
