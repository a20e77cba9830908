#pragma once

#include <string>
#include <vector>

#include "obkit/neural/evaluation.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/neural/training_record.hpp"

#include "split.hpp"

namespace obtrain {

/// The ways to foretell that stand beside each other in the report.
struct Contenders {
  const obkit::neural::Model& network;
  const obkit::neural::Model& logistic;        ///< logistic regression on the same inputs
  const std::vector<std::uint64_t>& training;  ///< samples of each class: what the majority says
};

/// What each of them says of the same samples: the network first, then the baselines.
struct Contest {
  struct Entry {
    std::string name;
    obkit::neural::Predictions forecasts;
  };
  std::vector<Entry> entries;
  obkit::neural::Truth truth;
  std::vector<std::size_t> ends;  ///< of each contest that was appended: scores of different models
                                  ///< are not compared with each other

  /// Puts another contest of the same contenders behind this one.
  void append(Contest other);
  [[nodiscard]] std::vector<obkit::neural::NamedEvaluation> evaluate() const;
  /// Whether the network beats the best baseline, and by how many standard errors, in one sentence.
  [[nodiscard]] std::string verdict(const std::string& samples) const;
};

/// Throws UsageError where a network gives no number. Pre: samples not empty.
[[nodiscard]] Contest foretell(const Contenders& contenders, const Selection& samples);

}  // namespace obtrain
