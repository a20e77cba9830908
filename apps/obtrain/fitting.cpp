#include "fitting.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "obkit/cli/run_jobs.hpp"
#include "obkit/core/error.hpp"

namespace obtrain {
namespace {

using namespace obkit::neural;

constexpr std::size_t most_test_vectors = 4;

/// Fitted on the training samples alone.
InputTransform fit_transform(const Settings& settings, const Division& division) {
  if (settings.transform == TransformKind::none) return {};
  TransformFitter fitter;
  std::uint32_t first_block = 0;
  for (const Selection& part : division.training) {
    const obkit::neural::SampleStore& store = part.table->store();
    const auto numbers = blocks(*part.table, part.order);
    for (std::size_t i = 0; i < part.size(); ++i)
      fitter.add(store.sample(part.order[i]), store.class_of(part.order[i]),
                 first_block + numbers[i]);
    first_block += numbers.back() + 1;
  }
  return fitter.fit({.kind = settings.transform,
                     .level_decay = settings.level_decay,
                     .by_evidence = settings.by_evidence});
}

/// A few raw training samples, spread over time.
std::vector<Vector> pick_test_inputs(const Selection& part) {
  std::vector<Vector> picked;
  const std::size_t step = std::max<std::size_t>(1, part.size() / most_test_vectors);
  for (std::size_t i = 0; i < part.size() && picked.size() < most_test_vectors; i += step)
    picked.emplace_back(part.table->store().sample(part.order[i]));
  return picked;
}

[[noreturn]] void refuse_divergence(const Settings& settings) {
  throw obkit::UsageError{fmt::format(
      "training diverged, the loss is no longer finite: try a --learning-rate below {}{}",
      settings.learning_rate,
      settings.transform == TransformKind::none ? " or --transform relative" : "")};
}

void refuse_size(const Recipe& recipe, std::size_t members, Index depth) {
  const Index count = count_parameters(depth, recipe.units) * static_cast<Index>(members);
  if (count > Network::max_parameters) {
    throw obkit::UsageError{
        fmt::format("--layers: {} weights are more than the {} that a model may have", count,
                    Network::max_parameters)};
  }
}

SampleView view_of(const Selection& selection, std::span<const float> weights = {}) {
  if (selection.empty()) return {};
  return {.store = &selection.table->store(), .order = selection.order, .weights = weights};
}

}  // namespace

Fitting::Fitting(const Settings& settings, const Split& split, const Division& division)
    : settings_{settings},
      split_{split},
      division_{division},
      transform_{fit_transform(settings, division)} {
  for (const Selection& part : division.training) {
    // Samples of other files count alike: they may have come from another place.
    const bool is_same = division.validation.table == part.table;
    parts_.push_back({view_of(part, split.weights),
                      view_of(division.validation, is_same ? std::span<const float>{split.weights}
                                                           : std::span<const float>{}),
                      transform_});
  }
}

Recipe Fitting::network() const {
  Recipe recipe = settings_.recipe;
  const auto classes = static_cast<Index>(split_.classes());
  if (!settings_.layers_as_given) recipe.units.back() = classes;
  if (recipe.units.back() != classes) {
    throw obkit::UsageError{
        fmt::format("--layers: the samples (label rule '{}') have {} classes, expected as many "
                    "units in the last layer, found {}",
                    split_.samples.label(), classes, recipe.units.back())};
  }
  return recipe;
}

Recipe Fitting::logistic() const {
  Recipe recipe = settings_.recipe;
  recipe.units = {static_cast<Index>(split_.classes())};
  return recipe;
}

Fitted Fitting::fit(const Recipe& recipe, std::size_t members, std::vector<TrainingState> states,
                    std::size_t jobs, const EpochObserver& observer) const {
  const Index depth = split_.samples.store().inputs();
  refuse_size(recipe, members, depth);
  for (std::size_t i = states.size(); i < members; ++i)
    states.push_back(begin_training(recipe, depth, i));
  std::vector<MemberRecord> records(members);
  obkit::cli::run_jobs(members, jobs, [&](std::size_t i) {
    const auto result = obkit::neural::train_parts(
        recipe, parts_, i, states[i],
        [&](const Epoch& epoch, const TrainingState& state) { observer(i, epoch, state); });
    if (result.stop == Stop::diverged) refuse_divergence(settings_);
    records[i] = {result.epochs, result.best_epoch, std::string{to_string(result.stop)}};
  });
  return {make_model(std::move(states)), std::move(records)};
}

Model Fitting::make_model(std::vector<TrainingState> states) const {
  ModelParts parts{.tool = "obtrain " OBKIT_VERSION,
                   .transform = transform_,
                   .mirror = settings_.recipe.training.mirror,
                   .members = {},
                   .classes = {"fall", "rise"},
                   .label = split_.samples.label(),
                   .training = {},
                   .test_inputs = pick_test_inputs(division_.training.front())};
  if (split_.classes() > 2) parts.classes.emplace_back("stay");
  for (TrainingState& state : states) parts.members.push_back(std::move(state.network));
  Model model{std::move(parts)};
  for (const Vector& input : model.parts().test_inputs)
    if (!std::isfinite(model.score(std::vector<double>(input.begin(), input.end()))))
      refuse_divergence(settings_);
  return model;
}

}  // namespace obtrain
