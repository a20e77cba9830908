#pragma once

#include <cstddef>
#include <functional>
#include <optional>
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

/// Called after each epoch, on the thread that trains.
using EpochObserver = std::function<void(const neural::Epoch&, const neural::TrainingState&)>;

struct TrainedMembers {
  neural::Model model;
  std::vector<neural::MemberRecord> members;
};

/// A network without what makes a model of it.
struct TrainedNetwork {
  neural::Network network;
  neural::MemberRecord record;
};

/// Makes models of one division's samples.
class DivisionTrainer {
 public:
  /// Of what the samples are made that networks take: volumes, or both. What it is given must
  /// outlive it.
  DivisionTrainer(const Settings& settings, const SampleSets& sets, const Division& division,
                  neural::InputKind takes);

  /// A member, counted from 0, learnt by the whole team; goes on from `state`, if there is one.
  /// `observer` may be empty. Throws UsageError where training diverges.
  [[nodiscard]] TrainedNetwork train(const neural::Recipe& recipe, std::size_t member,
                                     std::optional<neural::TrainingState> state,
                                     const EpochObserver& observer,
                                     const neural::Team& team = neural::alone()) const;
  /// A model of all members; without record.
  [[nodiscard]] TrainedMembers model_of(std::vector<TrainedNetwork> trained) const;

  /// The linear model on the flow; without record.
  [[nodiscard]] TrainedMembers train_linear() const;

  /// The members' recipe, and that of a single layer on the same inputs. Throws UsageError where a
  /// model would be too large.
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
