#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/neural/evaluation.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/neural/training_record.hpp"

#include "obtrain/sample_sets.hpp"
#include "obtrain/train_model.hpp"

namespace obkit::obtrain {

/// The ways to predict that the report compares.
struct Contenders {
  const obkit::neural::Model& network;         ///< or the linear model
  const obkit::neural::Model& logistic;        ///< logistic regression on the volumes
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
  /// Of those that know rises from falls; where several contests were appended, the mean over them,
  /// weighted as the areas are.
  [[nodiscard]] std::vector<NamedCurve> curves() const;
  /// Whether the network beats the best baseline, and by how many standard errors, in one sentence.
  /// `networks`: so many were compared by these samples, such as one an epoch where they say which
  /// to keep. "Beats" asks for more than chance would bring to any of them, beside any baseline.
  [[nodiscard]] std::string verdict(const std::string& samples, std::size_t networks) const;
};

/// Throws UsageError where a network gives no number. Pre: samples not empty.
[[nodiscard]] Contest predict(const Contenders& contenders, const Selection& samples);

/// "fall", "rise", "stay". Pre: below 3.
[[nodiscard]] std::string class_name(std::size_t index);

/// How well one way to predict did, as it is told everywhere: "93.6", and so on; "-" is not known.
struct ScoreTexts {
  std::string accuracy, error;  ///< percent
  std::string auc, mcc, f1, log_loss, brier;
};
[[nodiscard]] ScoreTexts texts_of(const obkit::neural::Evaluation& evaluation);

/// "61.0", percent.
[[nodiscard]] std::string recall_text(const obkit::neural::ClassScore& score);

/// "network", or "linear model": what was trained.
[[nodiscard]] std::string model_name(const obkit::neural::TrainingRecord& record);

/// Classes that a model never predicts, a sentence each: its accuracy may look well all the same.
[[nodiscard]] std::vector<std::string> never_predicted(const obkit::neural::NamedEvaluation& model);

/// What the columns of scores mean, in one line.
[[nodiscard]] std::string_view meaning_of_scores();

/// Samples, epochs, scores beside the baselines', and what they mean, in the log.
void tell(const obkit::neural::TrainingRecord& record, const Verdicts& verdicts);

}  // namespace obkit::obtrain
