#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "obkit/neural/linear_fit.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/neural/team.hpp"
#include "obkit/neural/training.hpp"
#include "obkit/neural/training_record.hpp"

#include "obtrain/options.hpp"
#include "obtrain/sample_sets.hpp"

namespace obkit::obtrain {

/// Whether each class counts as much as another.
[[nodiscard]] bool is_balanced(const Settings& settings, std::size_t classes);

/// Called after each epoch of a member, from several threads at a time.
using EpochObserver =
    std::function<void(std::size_t member, const neural::Epoch&, const neural::TrainingState&)>;

struct TrainedMembers {
  neural::Model model;
  std::vector<neural::MemberRecord> members;
};

/// Networks without what makes a model of them.
struct TrainedNetworks {
  std::vector<neural::Network> networks;
  std::vector<neural::MemberRecord> records;
};

/// Makes models of one division's samples.
class DivisionTrainer {
 public:
  /// Of what the samples are made that networks take: volumes, or both. What it is given must
  /// outlive it.
  DivisionTrainer(const Settings& settings, const SampleSets& sets, const Division& division,
                  neural::InputKind takes);

  /// A model without record. `states` may be empty, or say where each member continues from. Throws
  /// UsageError where training diverges.
  [[nodiscard]] TrainedMembers train(const neural::Recipe& recipe, std::size_t members,
                                     std::vector<neural::TrainingState> states, std::size_t jobs,
                                     const EpochObserver& observer) const;

  /// The same in two steps: some members, each learnt by the whole team; and a model of them.
  [[nodiscard]] TrainedNetworks train_networks(const neural::Recipe& recipe, neural::Range members,
                                               std::vector<neural::TrainingState> states,
                                               std::size_t jobs, const EpochObserver& observer,
                                               const neural::Team& team = neural::alone()) const;
  [[nodiscard]] TrainedMembers model_of(TrainedNetworks trained) const;

  /// The linear model on the flow; without record.
  [[nodiscard]] TrainedMembers train_linear() const;

  /// The members' recipe, and that of a single layer on the same inputs.
  [[nodiscard]] neural::Recipe network() const;
  [[nodiscard]] neural::Recipe logistic() const;

 private:
  [[nodiscard]] neural::Model make_model(std::vector<neural::Network> networks) const;
  [[nodiscard]] neural::Model make_linear(const neural::LinearFit& fit) const;
  [[nodiscard]] neural::LinearFit fit_flow() const;

  const Settings& settings_;
  const SampleSets& sets_;
  const Division& division_;
  neural::InputKind takes_;
  neural::InputTransform transform_;
  std::vector<float> weights_, validation_weights_;  ///< where classes have some
  std::vector<neural::TrainingData> parts_;          ///< which may refer to them
};

}  // namespace obkit::obtrain
