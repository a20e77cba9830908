#pragma once

#include <string>
#include <vector>

#include "obkit/neural/model.hpp"
#include "obkit/neural/training.hpp"
#include "obkit/neural/training_record.hpp"

namespace obtrain {

/// The ways to foretell that stand beside each other in the report.
struct Contenders {
  const obkit::neural::Model& network;
  const obkit::neural::Model& logistic;  ///< logistic regression on the same inputs
  double share_of_rises = 0;             ///< in the training samples: what the majority class says
};

/// The network first, then the baselines, all on the same raw samples. Pre: samples not empty.
[[nodiscard]] std::vector<obkit::neural::Evaluation> evaluate(
    const Contenders& contenders, const obkit::neural::Samples& samples);

/// Whether the network beats the best baseline, in one sentence.
/// Pre: as evaluate() returned them.
[[nodiscard]] std::string verdict(const std::vector<obkit::neural::Evaluation>& evaluations,
                                  const std::string& samples);

}  // namespace obtrain
