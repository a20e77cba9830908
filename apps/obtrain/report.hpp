#pragma once

#include <string>
#include <vector>

#include "obkit/neural/evaluation.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/neural/training_record.hpp"

#include "obtrain/sample_sets.hpp"
#include "obtrain/train_model.hpp"

namespace obkit::obtrain {

/// The ways to predict that the report compares.
struct Contenders {
  const obkit::neural::Model& network;
  const obkit::neural::Model& logistic;        ///< logistic regression on the same inputs
  const std::vector<std::uint64_t>& training;  ///< samples of each class: what the majority says
};

/// What each of them says of the same samples: the network first, then the baselines.
struct Contest {
  struct Entry {
    std::string name;
    obkit::neural::Predictions predictions;
  };
  std::vector<Entry> entries;
  obkit::neural::Truth truth;
  std::vector<std::size_t> ends;  ///< of each contest that was appended: scores of different models
                                  ///< are not compared with each other

  /// Puts another contest of the same contenders behind this one.
  void append(Contest other);
  [[nodiscard]] std::vector<obkit::neural::NamedEvaluation> evaluate() const;
  /// Whether the network beats the best baseline, and by how many standard errors, in one sentence.
  /// `networks`: so many were compared by these samples, such as one an epoch where they say which
  /// to keep. "Beats" asks for more than chance would bring to any of them, beside any baseline.
  [[nodiscard]] std::string verdict(const std::string& samples, std::size_t networks) const;
};

/// Throws UsageError where a network gives no number. Pre: samples not empty.
[[nodiscard]] Contest predict(const Contenders& contenders, const Selection& samples);

/// Samples, epochs, scores beside the baselines', and what they mean, in the log.
void tell(const obkit::neural::TrainingRecord& record, const Verdicts& verdicts);

}  // namespace obkit::obtrain
