#pragma once

#include <optional>
#include <string>
#include <vector>

#include "obkit/neural/model.hpp"
#include "obkit/neural/roc_curve.hpp"

#include "obtrain/crew.hpp"
#include "obtrain/options.hpp"
#include "obtrain/sample_sets.hpp"
#include "obtrain/training_progress.hpp"

namespace obkit::obtrain {

/// What the samples of the model are made of.
[[nodiscard]] obkit::neural::InputKind inputs_of(const Settings& settings);

/// Whether the network beats the best baseline, in one sentence for each kind of samples.
struct Verdicts {
  std::optional<std::string> walk_forward, validation, test;
};

/// The ROC curve of one way to predict.
struct NamedCurve {
  std::string name;
  obkit::neural::RocCurve curve;
};

/// ROC curves of the network and the baselines, for each kind of samples.
struct Curves {
  std::vector<NamedCurve> walk_forward, validation, test;
};

struct TrainedModel {
  obkit::neural::Model model;
  Verdicts verdicts;
  Curves curves;
  std::vector<obkit::neural::Model> folds = {};  ///< by time, where they are kept
};

/// All that must be the same on each rank of a crew: a line `name=value` each.
[[nodiscard]] std::string charter(const Settings& settings, const SampleSets& sets);

/// Trains the members and the logistic regression beside them, walks forward, scores all ways to
/// predict on the samples that were held back, and writes what it found into the model's training
/// record. `progress` hears of each epoch. The ranks of a crew share out the networks; the first
/// one returns the model, the others nothing.
/// Throws UsageError where training diverges, DataError for a checkpoint that does not fit.
[[nodiscard]] std::optional<TrainedModel> train_model(const Settings& settings,
                                                      const SampleSets& sets,
                                                      TrainingProgress& progress, Crew& crew);

}  // namespace obkit::obtrain
