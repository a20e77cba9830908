#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/neural/samples.hpp"

#include "obtrain/options.hpp"
#include "obtrain/sample_table.hpp"

namespace obkit::obtrain {

/// Indices into a table, in the order of time.
using Indices = std::span<const std::uint32_t>;

/// How many samples at the end of `before` the label of which may look at what comes after: these
/// must not be learnt where `after`, which follows, is predicted.
///
/// Labels "next" end with the next book: none. "every" ends with the next move: the last ones, as
/// long as their class is that of the first after. "horizon=N" ends N books later, "horizon=Nms" so
/// much time later. Pre: after is not empty.
[[nodiscard]] std::size_t embargo(const SampleTable& table, Indices before, Indices after);

/// Numbers that never go down: what is nearly the same sample bears the same. With labels "next"
/// each move is its own; else samples of one direction in a row are taken for one.
[[nodiscard]] std::vector<std::uint32_t> blocks(const SampleTable& table, Indices samples);

/// Weight of each sample of the table, by index; none where all are equal.
[[nodiscard]] std::vector<float> sample_weights(const SampleTable& table, Indices in_time,
                                                SampleWeights weights);

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

/// One fold of the walk-forward: what is predicted by a model of the past alone.
struct Fold {
  Division division;
  Selection predicted;
};

/// All samples, by what they are for.
struct SampleSets {
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

/// Reads and divides. The result must stay where it is: selections refer to its tables. Throws
/// DataError where the samples do not suffice or do not fit together.
void read_sample_sets(const Settings& settings, SampleSets& sets);

}  // namespace obkit::obtrain
