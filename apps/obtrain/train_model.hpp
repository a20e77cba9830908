#pragma once

#include <optional>
#include <string>
#include <vector>

#include "obkit/neural/model.hpp"

#include "settings.hpp"
#include "split.hpp"
#include "watcher.hpp"

namespace obtrain {

/// Whether the network beats the best baseline, in one sentence for each kind of samples.
struct Verdicts {
  std::optional<std::string> walk_forward, validation, test;
};

struct TrainedModel {
  obkit::neural::Model model;
  Verdicts verdicts;
};

/// Trains the members and the logistic regression beside them, walks forward, scores all ways to
/// foretell on the samples that were held back, and writes what it found into the model's training
/// record. `states`: where members stand already; may be empty. `watcher` hears of each epoch.
/// Throws UsageError where training diverges, DataError for a checkpoint that does not fit.
[[nodiscard]] TrainedModel train_model(const Settings& settings, const Split& split,
                                       std::vector<obkit::neural::TrainingState> states,
                                       Watcher& watcher);

}  // namespace obtrain
