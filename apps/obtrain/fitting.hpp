#pragma once

#include <functional>
#include <vector>

#include "obkit/neural/model.hpp"
#include "obkit/neural/training.hpp"

#include "settings.hpp"
#include "split.hpp"

namespace obtrain {

/// Called after each epoch of a member, from several threads at a time.
using EpochObserver = std::function<void(std::size_t member, const obkit::neural::Epoch&,
                                         const obkit::neural::TrainingState&)>;

struct Fitted {
  obkit::neural::Model model;
  std::vector<obkit::neural::MemberRecord> members;
};

/// Makes models of one division's samples.
class Fitting {
 public:
  /// What it is given must outlive it.
  Fitting(const Settings& settings, const Split& split, const Division& division);

  /// A model without record. `states` may be empty, or say where each member goes on from. Throws
  /// UsageError where training diverges.
  [[nodiscard]] Fitted fit(const obkit::neural::Recipe& recipe, std::size_t members,
                           std::vector<obkit::neural::TrainingState> states, std::size_t jobs,
                           const EpochObserver& observer) const;

  /// The members' recipe, and that of a single layer on the same inputs.
  [[nodiscard]] obkit::neural::Recipe network() const;
  [[nodiscard]] obkit::neural::Recipe logistic() const;

 private:
  [[nodiscard]] obkit::neural::Model make_model(
      std::vector<obkit::neural::TrainingState> states) const;

  const Settings& settings_;
  const Split& split_;
  const Division& division_;
  obkit::neural::InputTransform transform_;
  std::vector<obkit::neural::TrainingData> parts_;
};

}  // namespace obtrain
