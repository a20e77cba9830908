#include "train_model.hpp"

#include <optional>
#include <utility>

#include "obkit/cli/run_jobs.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/neural/checkpoint.hpp"

#include "fitting.hpp"
#include "record.hpp"
#include "scoring.hpp"

namespace obtrain {
namespace {

using namespace obkit::neural;

const EpochObserver unobserved = [](std::size_t, const Epoch&, const TrainingState&) {};

/// What each member of the checkpoint goes on from.
std::vector<TrainingState> resume(const Settings& settings, const Split& split,
                                  const Recipe& recipe) {
  std::vector<TrainingState> fresh;
  for (std::size_t i = 0; i < settings.members; ++i)
    fresh.push_back(begin_training(recipe, split.samples.store().inputs(), i));
  auto states = read_checkpoint(obkit::read_all(settings.resume, Checkpoint::max_file_bytes),
                                settings.resume, subject(settings, split), fresh);
  for (const TrainingState& state : states) {
    if (state.part >= split.division.training.size() ||
        state.epochs > settings.recipe.training.epochs)
      throw obkit::DataError{{.name = settings.resume},
                             "more epochs have been run than --epochs allows"};
  }
  return states;
}

Fitted fit_members(const Settings& settings, const Split& split, const Fitting& fitting,
                   std::vector<TrainingState> states, Watcher& watcher) {
  const Recipe recipe = fitting.network();
  if (!settings.resume.empty()) states = resume(settings, split, recipe);
  watcher.begin(subject(settings, split), states);
  const auto observer = [&](std::size_t member, const Epoch& epoch, const TrainingState& state) {
    watcher.epoch(member, epoch, state);
  };
  Fitted fitted = fitting.fit(recipe, settings.members, std::move(states), settings.jobs, observer);
  for (std::size_t i = 0; i < settings.members; ++i) watcher.finish_member(i);
  return fitted;
}

/// How a model of the past alone, and the baselines, foretold one fold.
Contest foretell_fold(const Settings& settings, const Split& split, std::size_t index,
                      Watcher& watcher) {
  const Fold& fold = split.folds[index];
  const Fitting fitting{settings, split, fold.division};
  const auto observer = [&](std::size_t, const Epoch& epoch, const TrainingState&) {
    watcher.fold_epoch(index, epoch);
  };
  const Fitted network = fitting.fit(fitting.network(), settings.members, {}, 1, observer);
  const Fitted logistic = fitting.fit(fitting.logistic(), 1, {}, 1, unobserved);
  const auto training = fold.division.count_classes(split.classes());
  return foretell({network.model, logistic.model, training}, fold.foretold);
}

Contest walk_forward(const Settings& settings, const Split& split, Watcher& watcher) {
  std::vector<std::optional<Contest>> folds(split.folds.size());
  obkit::cli::run_jobs(folds.size(), settings.jobs, [&](std::size_t i) {
    folds[i] = foretell_fold(settings, split, i, watcher);
  });
  Contest all;
  for (auto& fold : folds) all.append(*std::move(fold));
  return all;
}

}  // namespace

TrainedModel train_model(const Settings& settings, const Split& split,
                         std::vector<TrainingState> states, Watcher& watcher) {
  const Fitting fitting{settings, split, split.division};
  TrainingRecord record = begin_record(settings, split);
  Fitted network = fit_members(settings, split, fitting, std::move(states), watcher);
  record.members = std::move(network.members);
  Verdicts verdicts;
  if (!split.folds.empty()) {
    const Contest contest = walk_forward(settings, split, watcher);
    record.walk_forward = contest.evaluate();
    verdicts.walk_forward = contest.verdict("samples, each foretold from its past alone");
  }
  if (!split.division.validation.empty() || !split.test.empty()) {
    const Fitted logistic = fitting.fit(fitting.logistic(), 1, {}, 1, unobserved);
    const Contenders contenders{network.model, logistic.model, record.class_samples};
    if (!split.division.validation.empty()) {
      const Contest contest = foretell(contenders, split.division.validation);
      record.validation = contest.evaluate();
      verdicts.validation = contest.verdict("validation samples");
    }
    if (!split.test.empty()) {
      const Contest contest = foretell(contenders, split.test);
      record.test = contest.evaluate();
      verdicts.test = contest.verdict("test samples");
    }
  }
  watcher.finish();
  ModelParts parts = network.model.parts();
  parts.training = std::move(record);
  return {Model{std::move(parts)}, std::move(verdicts)};
}

}  // namespace obtrain
