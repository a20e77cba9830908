#include "obtrain/training_progress.hpp"

#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/number.hpp"

namespace obkit::obtrain {
namespace {

/// Empty where there is no number.
std::string cell(std::optional<double> value) {
  std::string text;
  if (value && std::isfinite(*value)) obkit::append_real(text, *value);
  return text;
}

}  // namespace

History::History(std::unique_ptr<obkit::ByteSink> sink) : sink_{std::move(sink)} {
  if (sink_) sink_->write("member,part,epoch,training_loss_nats,validation_loss_nats\n");
}

void History::add(std::size_t member, const obkit::neural::Epoch& epoch) {
  if (!sink_) return;
  const std::string row = fmt::format("{},{},{},{},{}\n", member + 1, epoch.part + 1, epoch.number,
                                      cell(epoch.training_loss), cell(epoch.validation_loss));
  if (member == current_)
    sink_->write(row);
  else
    waiting_[member] += row;
}

void History::finish(std::size_t member) {
  if (!sink_) return;
  finished_[member] = true;
  while (finished_[current_]) sink_->write(waiting_[++current_]);
}

void History::close() {
  if (sink_) sink_->close();
}

namespace {

constexpr std::chrono::seconds between_checkpoints{1};

std::string loss(std::optional<double> value) {
  return value ? fmt::format("{:.5f}", *value) : "-";
}

}  // namespace

TrainingProgress::TrainingProgress(const Settings& settings,
                                   const obkit::cli::ProgressOptions& progress, History& history)
    : settings_{settings},
      history_{history},
      bar_{progress.wish()},
      member_epochs_(settings.members),
      fold_epochs_(settings.folds) {}

void TrainingProgress::begin(std::string subject,
                             const std::vector<obkit::neural::TrainingState>& states) {
  checkpoint_.subject = std::move(subject);
  checkpoint_.members.resize(settings_.members);
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states[i].epochs > 0) checkpoint_.members[i] = states[i];
}

void TrainingProgress::epoch(std::size_t member, const obkit::neural::Epoch& epoch,
                             const obkit::neural::TrainingState& state) {
  const std::lock_guard lock{mutex_};
  const std::string who = settings_.members > 1 ? fmt::format("member {}, ", member + 1) : "";
  spdlog::debug("{}epoch {}: training loss {:.5f}, validation loss {}", who, epoch.number,
                epoch.training_loss, loss(epoch.validation_loss));
  history_.add(member, epoch);
  losses_.add(member, epoch);
  member_epochs_[member] = epoch.number;
  show(who, epoch);
  if (settings_.checkpoint.empty()) return;
  checkpoint_.members[member] = state;
  checkpoint_is_stale_ = true;
  if (std::chrono::steady_clock::now() - written_ >= between_checkpoints) write_checkpoint();
}

void TrainingProgress::finish_member(std::size_t member) {
  const std::lock_guard lock{mutex_};
  history_.finish(member);
}

void TrainingProgress::fold_epoch(std::size_t fold, const obkit::neural::Epoch& epoch) {
  const std::lock_guard lock{mutex_};
  fold_epochs_[fold] = std::max(fold_epochs_[fold], epoch.number);
  show(fmt::format("fold {}, ", fold + 1), epoch);
}

void TrainingProgress::finish() {
  const std::lock_guard lock{mutex_};
  obkit::cli::StatusLine::hide();
  if (checkpoint_is_stale_) write_checkpoint();
}

void TrainingProgress::show(const std::string& what, const obkit::neural::Epoch& epoch) {
  if (!bar_.is_active()) return;
  const auto sum = [](const std::vector<int>& epochs) {
    return std::accumulate(epochs.begin(), epochs.end(), 0);
  };
  const double all = static_cast<double>(member_epochs_.size() + fold_epochs_.size()) *
                     settings_.recipe.training.epochs;
  const double share = (sum(member_epochs_) + sum(fold_epochs_)) / all;
  bar_.show(fmt::format("{} {}epoch {}, loss {:.5f}, validation {}",
                        obkit::cli::progress_bar(share), what, epoch.number, epoch.training_loss,
                        loss(epoch.validation_loss)));
}

void TrainingProgress::write_checkpoint() {
  const auto sink = obkit::open_sink(settings_.checkpoint, obkit::Existing::overwrite);
  sink->write(to_bytes(checkpoint_));
  sink->close();
  written_ = std::chrono::steady_clock::now();
  checkpoint_is_stale_ = false;
}

}  // namespace obkit::obtrain
