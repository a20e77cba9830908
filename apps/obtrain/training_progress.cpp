#include "obtrain/training_progress.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
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

struct TrainingProgress::Report {
  enum class Kind : std::uint8_t { member, state, end_of_member, fold, end };

  Kind kind = Kind::end;
  std::uint64_t index = 0;  ///< of the member, or in fold_epochs_
  std::uint64_t part = 0;
  int number = 0;
  bool has_validation = false;
  double training_loss = 0, validation_loss = 0;

  static Report of(Kind kind, std::size_t index, const obkit::neural::Epoch& epoch = {}) {
    return {kind,
            index,
            epoch.part,
            epoch.number,
            epoch.validation_loss.has_value(),
            epoch.training_loss,
            epoch.validation_loss.value_or(0)};
  }
  [[nodiscard]] obkit::neural::Epoch epoch() const {
    return {.part = part,
            .number = number,
            .training_loss = training_loss,
            .validation_loss = has_validation ? std::optional{validation_loss} : std::nullopt};
  }
};

TrainingProgress::TrainingProgress(const Settings& settings,
                                   const obkit::cli::ProgressOptions& progress, History& history,
                                   Crew& crew)
    : settings_{settings},
      history_{history},
      crew_{crew},
      ranks_to_hear_{crew.size() - 1},
      bar_{progress.wish()},
      member_epochs_(settings.members),
      fold_epochs_(settings.folds * settings.members) {}

void TrainingProgress::begin(std::string subject,
                             const std::vector<obkit::neural::TrainingState>& states,
                             const obkit::neural::TrainingState& fresh) {
  const std::lock_guard lock{mutex_};
  fresh_ = fresh;
  checkpoint_.subject = std::move(subject);
  checkpoint_.members.resize(settings_.members);
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states[i].epochs > 0) checkpoint_.members[i] = states[i];
}

void TrainingProgress::epoch(std::size_t member, const obkit::neural::Epoch& epoch,
                             const obkit::neural::TrainingState& state) {
  const std::lock_guard lock{mutex_};
  if (crew_.rank() == 0) {
    take(member, epoch, &state);
    return hear();
  }
  report(Report::of(Report::Kind::member, member, epoch), nullptr);
  if (settings_.checkpoint.empty()) return;
  unreported_.insert_or_assign(member, state);
  const auto now = std::chrono::steady_clock::now();
  if (now - reported_ < between_checkpoints || !crew_.has_reported(Wait::no)) return;
  report_state(member);
  reported_ = now;
}

std::string TrainingProgress::name_of(std::size_t member) const {
  return settings_.members > 1 ? fmt::format("member {}, ", member + 1) : "";
}

void TrainingProgress::take(std::size_t member, const obkit::neural::Epoch& epoch,
                            const obkit::neural::TrainingState* state) {
  const std::string who = name_of(member);
  spdlog::debug("{}epoch {}: training loss {:.5f}, validation loss {}", who, epoch.number,
                epoch.training_loss, loss(epoch.validation_loss));
  history_.add(member, epoch);
  losses_.add(member, epoch);
  member_epochs_[member] = epoch.number;
  show(who, epoch);
  if (settings_.checkpoint.empty() || state == nullptr) return;
  checkpoint_.members[member] = *state;
  checkpoint_is_stale_ = true;
  write_due_checkpoint();
}

void TrainingProgress::finish_member(std::size_t member) {
  const std::lock_guard lock{mutex_};
  if (crew_.rank() == 0) return history_.finish(member);
  report_state(member);
  report(Report::of(Report::Kind::end_of_member, member), nullptr);
}

void TrainingProgress::fold_epoch(std::size_t fold, std::size_t member,
                                  const obkit::neural::Epoch& epoch) {
  const std::lock_guard lock{mutex_};
  const std::size_t network = fold * settings_.members + member;
  if (crew_.rank() > 0) return report(Report::of(Report::Kind::fold, network, epoch), nullptr);
  hear();
  fold_epochs_[network] = epoch.number;
  show(fmt::format("fold {}, {}", fold + 1, name_of(member)), epoch);
}

void TrainingProgress::report(const Report& report, const obkit::neural::TrainingState* state) {
  std::string message(sizeof report, '\0');
  std::memcpy(message.data(), &report, sizeof report);
  if (state != nullptr) message += obkit::neural::to_bytes({.subject = "", .members = {*state}});
  crew_.report(std::move(message));
}

void TrainingProgress::report_state(std::size_t member) {
  const auto found = unreported_.find(member);
  if (found == unreported_.end()) return;
  report(Report::of(Report::Kind::state, member), &found->second);
  unreported_.erase(found);
}

void TrainingProgress::take_report(const std::string& message) {
  Report report;
  assert(message.size() >= sizeof report);
  std::memcpy(&report, message.data(), sizeof report);
  switch (report.kind) {
    case Report::Kind::member:
      return take(report.index, report.epoch(), nullptr);
    case Report::Kind::state:
      checkpoint_.members[report.index] =
          obkit::neural::read_checkpoint(std::string_view{message}.substr(sizeof report),
                                         "a report", "", {&*fresh_, 1})
              .front();
      checkpoint_is_stale_ = true;
      return;
    case Report::Kind::end_of_member:
      return history_.finish(report.index);
    case Report::Kind::fold:
      fold_epochs_[report.index] = report.number;
      return;
    case Report::Kind::end:
      --ranks_to_hear_;
      return;
  }
}

void TrainingProgress::hear() {
  while (const auto message = crew_.hear(Wait::no)) take_report(*message);
}

void TrainingProgress::finish_own() {
  if (crew_.rank() > 0) {
    report(Report::of(Report::Kind::end, 0), nullptr);
    (void)crew_.has_reported(Wait::yes);
  }
  while (crew_.rank() == 0 && ranks_to_hear_ > 0) {
    const auto message = crew_.hear(Wait::yes);
    const std::lock_guard lock{mutex_};
    take_report(*message);
    write_due_checkpoint();
  }
}

void TrainingProgress::save() {
  const std::lock_guard lock{mutex_};
  try {
    if (checkpoint_is_stale_) write_checkpoint();
  } catch (const obkit::IoError& error) {
    return spdlog::error("{}", error.what());
  }
  const bool holds_something = std::ranges::any_of(
      checkpoint_.members, [](const auto& member) { return member.has_value(); });
  if (holds_something)
    spdlog::warn("ended by a signal: --resume {} goes on from the last epoch",
                 settings_.checkpoint);
  else
    spdlog::warn("ended by a signal, before the first epoch");
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

void TrainingProgress::write_due_checkpoint() {
  if (checkpoint_is_stale_ && std::chrono::steady_clock::now() - written_ >= between_checkpoints)
    write_checkpoint();
}

void TrainingProgress::write_checkpoint() {
  const auto sink = obkit::open_sink(settings_.checkpoint, obkit::Existing::overwrite);
  sink->write(to_bytes(checkpoint_));
  sink->close();
  written_ = std::chrono::steady_clock::now();
  checkpoint_is_stale_ = false;
}

}  // namespace obkit::obtrain
