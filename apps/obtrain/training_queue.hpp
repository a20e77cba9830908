#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "obkit/neural/team.hpp"
#include "obkit/neural/training.hpp"

#include "obtrain/crew.hpp"
#include "obtrain/division_trainer.hpp"
#include "obtrain/options.hpp"
#include "obtrain/sample_sets.hpp"
#include "obtrain/training_progress.hpp"

namespace obkit::obtrain {

/// What makes the models of a division: the networks', and the baseline's beside them, which learns
/// from volumes.
class DivisionTrainers {
 public:
  /// What it is given must outlive it.
  DivisionTrainers(const Settings& settings, const SampleSets& sets, const Division& division);
  DivisionTrainers(const DivisionTrainers&) = delete;
  DivisionTrainers& operator=(const DivisionTrainers&) = delete;
  ~DivisionTrainers() = default;

  /// Of a linear model, too.
  [[nodiscard]] const DivisionTrainer& networks() const { return networks_; }
  [[nodiscard]] const DivisionTrainer& baseline() const { return other_ ? *other_ : networks_; }

 private:
  DivisionTrainer networks_;
  std::optional<DivisionTrainer> other_;  ///< where networks learn from more than volumes
};

/// What was trained on a division.
struct DivisionNetworks {
  std::vector<TrainedNetwork> members;   ///< none of a linear model
  std::vector<TrainedNetwork> baseline;  ///< one, or none where nothing is scored
};

struct AllNetworks {
  DivisionNetworks whole;               ///< of all samples
  std::vector<DivisionNetworks> folds;  ///< of the walk-forward, by time
};

/// All networks of a training in one queue: those of the whole division, of each fold, and the
/// baselines. Threads and ranks take one after the other.
class TrainingQueue {
 public:
  /// What it is given must outlive it.
  TrainingQueue(const Settings& settings, const SampleSets& sets, TrainingProgress& progress);

  [[nodiscard]] const DivisionTrainers& whole() const { return whole_; }
  /// Made when it is first asked for, by any thread.
  [[nodiscard]] const DivisionTrainers& fold(std::size_t index);

  /// Trains all with the other ranks. `states`: where members continue from, each or none. The
  /// networks are the same on every rank. Throws UsageError where training diverges.
  [[nodiscard]] AllNetworks run(Crew& crew, const std::vector<neural::TrainingState>& states);

 private:
  /// One network: of the whole division, or of a fold; a member, or the baseline.
  struct Piece {
    std::optional<std::size_t> fold;
    std::optional<std::size_t> member;
  };
  struct LazyTrainers {
    std::once_flag once;
    std::optional<DivisionTrainers> trainers;
  };

  void add_folds(std::optional<std::size_t> member);
  [[nodiscard]] double cost_of(const Piece& piece) const;
  [[nodiscard]] TrainedNetwork train(const Piece& piece,
                                     const std::vector<neural::TrainingState>& states,
                                     const neural::Team& team);
  [[nodiscard]] neural::Network shape_of(const Piece& piece) const;

  const Settings& settings_;
  const SampleSets& sets_;
  TrainingProgress& progress_;
  DivisionTrainers whole_;
  std::deque<LazyTrainers> folds_;
  std::vector<Piece> pieces_;  ///< a member of all before the next: dear ones first
};

}  // namespace obkit::obtrain
