#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/neural/evaluation.hpp"

namespace obkit::neural {

/// How well one way to predict did.
struct NamedEvaluation {
  std::string name;
  Evaluation evaluation;

  bool operator==(const NamedEvaluation&) const = default;
};

/// How the training of one network went.
struct MemberRecord {
  int epochs = 0, best_epoch = 0;
  std::string stopped;  ///< why

  bool operator==(const MemberRecord&) const = default;
};

/// How a model came to be. Bears nothing of the hour.
struct TrainingRecord {
  using Value = std::variant<bool, std::int64_t, double, std::string>;

  /// Time range of all samples that training saw, validation included, in milliseconds; empty when
  /// samples had no times.
  std::optional<Timestamp> first, last;
  std::vector<std::string> sources;       ///< names of the inputs, without folders
  std::vector<std::string> symbols = {};  ///< that the sources' names tell, each once, sorted
  std::uint64_t training_samples = 0, validation_samples = 0, test_samples = 0;
  std::uint64_t left_out_samples = 0;                  ///< whose labels look into what is held back
  std::vector<std::uint64_t> class_samples = {};       ///< training samples of each class
  std::vector<std::pair<std::string, Value>> options;  ///< by readable names, in order
  std::uint32_t seed = 0;
  std::vector<MemberRecord> members;
  /// The network first, then the baselines. Of a walk-forward: over all folds together.
  std::vector<NamedEvaluation> walk_forward, validation, test;

  bool operator==(const TrainingRecord&) const = default;
};

/// One JSON object without white space, as it stands under `training` in a model file.
[[nodiscard]] std::string to_json(const TrainingRecord& record);

}  // namespace obkit::neural
