#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/neural/samples.hpp"

#include "sample_table.hpp"
#include "settings.hpp"
#include "time_order.hpp"

namespace obtrain {

/// Samples of a table for one purpose, in the order of time. A view.
struct Selection {
  const SampleTable* table = nullptr;
  Indices order;

  [[nodiscard]] bool empty() const { return order.empty(); }
  [[nodiscard]] std::size_t size() const { return order.size(); }
};

/// Samples to learn from, and later ones that tell when to stop.
struct Division {
  std::vector<Selection> training;  ///< parts that are learnt in turn; none is empty
  Selection validation;             ///< may be empty

  [[nodiscard]] std::size_t training_size() const;
  [[nodiscard]] std::vector<std::uint64_t> count_classes(std::size_t classes) const;
};

/// One fold of the walk-forward: what is foretold by a model of the past alone.
struct Fold {
  Division division;
  Selection foretold;
};

/// All samples, by what they are for.
struct Split {
  SampleTable samples, validation_samples, test_samples;
  std::deque<std::vector<std::uint32_t>> orders;  ///< what the selections refer to
  std::vector<float> weights;                     ///< of `samples`; may be empty
  Division division;
  std::vector<Fold> folds;
  Selection test;

  [[nodiscard]] std::size_t classes() const { return samples.classes(); }
  /// Of training and validation.
  [[nodiscard]] std::optional<obkit::DateTime> first() const;
  [[nodiscard]] std::optional<obkit::DateTime> last() const;
};

/// Reads (but `samples`, where they were read already) and divides. The result must stay where it
/// is: selections refer to its tables. Throws
/// DataError where the samples do not suffice or do not fit together.
void read_split(const Settings& settings, Split& split);

}  // namespace obtrain
