#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "obkit/cli/progress.hpp"
#include "obkit/neural/checkpoint.hpp"
#include "obkit/neural/training.hpp"

#include "history.hpp"
#include "settings.hpp"

namespace obtrain {

/// Hears of each epoch, from any thread, and tells of it: in the log with -v, as a bar on a
/// terminal, in the history, and in the checkpoint that --resume goes on from.
class Watcher {
 public:
  Watcher(const Settings& settings, const obkit::cli::ProgressOptions& progress, History& history);

  /// Before the first epoch; `subject` and `states` are the checkpoint's.
  void begin(std::string subject, const std::vector<obkit::neural::TrainingState>& states);
  void epoch(std::size_t member, const obkit::neural::Epoch& epoch,
             const obkit::neural::TrainingState& state);
  void finish_member(std::size_t member);
  /// Each epoch of the walk-forward.
  void fold_epoch(std::size_t fold, const obkit::neural::Epoch& epoch);
  /// After the last epoch: takes the bar away and writes the last checkpoint.
  void finish();

 private:
  void show(const std::string& what, const obkit::neural::Epoch& epoch);
  void write_checkpoint();

  const Settings& settings_;
  History& history_;
  obkit::cli::StatusLine bar_;
  std::mutex mutex_;
  std::vector<int> member_epochs_, fold_epochs_;  ///< run so far
  obkit::neural::Checkpoint checkpoint_;
  bool checkpoint_is_stale_ = false;
  std::chrono::steady_clock::time_point written_;
};

}  // namespace obtrain
