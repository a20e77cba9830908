#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "obkit/cli/progress.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/neural/checkpoint.hpp"
#include "obkit/neural/training.hpp"

#include "obtrain/crew.hpp"
#include "obtrain/losses.hpp"
#include "obtrain/options.hpp"

namespace obkit::obtrain {

/// Losses of each epoch as CSV, member after member whatever the order in which they are learnt.
class History {
 public:
  /// `sink` may be null: nothing is written then.
  explicit History(std::unique_ptr<obkit::ByteSink> sink);

  void add(std::size_t member, const obkit::neural::Epoch& epoch);
  /// No epoch of that member comes any more.
  void finish(std::size_t member);
  /// Proves that all was written.
  void close();

 private:
  std::unique_ptr<obkit::ByteSink> sink_;
  std::size_t current_ = 0;                     ///< whose rows are written as they come
  std::map<std::size_t, std::string> waiting_;  ///< rows of members behind it
  std::map<std::size_t, bool> finished_;
};

/// Hears of each epoch, from any thread, and tells of it: in the log with -v, as a bar on a
/// terminal, in the history, and in the checkpoint that --resume continues from. The first rank of
/// a crew does so; the others report to it.
class TrainingProgress {
 public:
  TrainingProgress(const Settings& settings, const obkit::cli::ProgressOptions& progress,
                   History& history, Crew& crew);

  /// Before the first epoch; `subject` and `states` are the checkpoint's, `fresh` is a member that
  /// begins.
  void begin(std::string subject, const std::vector<obkit::neural::TrainingState>& states,
             const obkit::neural::TrainingState& fresh);
  void epoch(std::size_t member, const obkit::neural::Epoch& epoch,
             const obkit::neural::TrainingState& state);
  void finish_member(std::size_t member);
  /// Each epoch of the walk-forward.
  void fold_epoch(std::size_t fold, std::size_t member, const obkit::neural::Epoch& epoch);
  /// Once this rank has trained its last network; returns when the first rank has heard it, and
  /// that when it has heard all.
  void finish_own();
  /// When a signal ends this process: writes the checkpoint that would be due in a moment, and says
  /// what it holds. Throws nothing. Other threads may go on.
  void save();
  /// After the last epoch: takes the bar away and writes the last checkpoint.
  void finish();

  /// Of all epochs so far, but those of the walk-forward. Pre: no epoch comes any more.
  [[nodiscard]] const Losses& losses() const { return losses_; }

 private:
  /// What one rank reports to the first.
  struct Report;

  /// Empty where there is only one.
  [[nodiscard]] std::string name_of(std::size_t member) const;
  void take(std::size_t member, const obkit::neural::Epoch& epoch,
            const obkit::neural::TrainingState* state);
  void report(const Report& report, const obkit::neural::TrainingState* state);
  void report_state(std::size_t member);
  void take_report(const std::string& message);
  void hear();
  void show(const std::string& what, const obkit::neural::Epoch& epoch);
  void write_due_checkpoint();
  void write_checkpoint();

  const Settings& settings_;
  History& history_;
  Crew& crew_;
  std::optional<obkit::neural::TrainingState> fresh_;
  std::size_t ranks_to_hear_;                                       ///< that may still report
  std::map<std::size_t, obkit::neural::TrainingState> unreported_;  ///< of members
  std::chrono::steady_clock::time_point reported_;
  Losses losses_;
  obkit::cli::StatusLine bar_;
  std::mutex mutex_;
  std::vector<int> member_epochs_;  ///< run so far
  std::vector<int> fold_epochs_;    ///< of each member of each fold
  obkit::neural::Checkpoint checkpoint_;
  bool checkpoint_is_stale_ = false;
  std::chrono::steady_clock::time_point written_;
};

}  // namespace obkit::obtrain
