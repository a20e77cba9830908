#include "obtrain/division_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "obkit/core/error.hpp"
#include "obkit/core/version.hpp"

namespace obkit::obtrain {

using namespace obkit::neural;

bool is_balanced(const Settings& settings, std::size_t classes) {
  return settings.class_weights == ClassWeights::balanced ||
         (settings.class_weights == ClassWeights::balanced_of_three && classes > 2);
}

namespace {

constexpr std::size_t most_test_vectors = 4;

/// Penalties of the squared weights, by the number of moves: the best level proves itself with few,
/// the others have to.
constexpr double best_level_penalty = 0.1, flow_penalty = 300;

/// Fitted on the training samples alone.
InputTransform fit_volumes(const Settings& settings, const Division& division) {
  if (settings.transform == TransformKind::none) return {};
  TransformFitter fitter;
  std::uint32_t first_block = 0;
  for (const Selection& part : division.training) {
    const SampleStore& store = part.table->store();
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

/// Root mean squares of the training samples' flow; 1 where a number is always 0.
std::vector<float> flow_scale(const Division& division) {
  Eigen::ArrayXd squares;
  double count = 0;
  for (const Selection& part : division.training) {
    const SampleStore& flow = part.table->flow();
    if (squares.size() == 0) squares = Eigen::ArrayXd::Zero(flow.inputs());
    for (const std::uint32_t index : part.order)
      squares += flow.sample(index).cast<double>().array().square();
    count += static_cast<double>(part.size());
  }
  std::vector<float> scale;
  for (const double square : squares)
    scale.push_back(square > 0
                        ? std::clamp(static_cast<float>(std::sqrt(square / count)),
                                     InputTransform::least_scale, InputTransform::greatest_scale)
                        : 1.0f);
  return scale;
}

InputTransform fit_transform(const Settings& settings, const Division& division, InputKind takes) {
  InputTransform volumes = fit_volumes(settings, division);
  if (takes == InputKind::volumes) return volumes;
  InputTransform::Constants constants = volumes.constants();
  constants.flow_scale = flow_scale(division);
  return {std::move(constants), division.training.front().table->store().inputs()};
}

/// A few raw training samples of the store, spread over time.
std::vector<Vector> pick_test_inputs(const SampleStore& store, const Selection& part) {
  std::vector<Vector> picked;
  const std::size_t step = std::max<std::size_t>(1, part.size() / most_test_vectors);
  for (std::size_t i = 0; i < part.size() && picked.size() < most_test_vectors; i += step)
    picked.emplace_back(store.sample(part.order[i]));
  return picked;
}

[[noreturn]] void refuse_divergence(const Settings& settings) {
  throw UsageError{fmt::format(
      "training diverged, the loss is no longer finite: try a --learning-rate below {}{}",
      settings.learning_rate,
      settings.transform == TransformKind::none ? " or --transform relative" : "")};
}

void refuse_size(const Recipe& recipe, std::size_t members, Index depth) {
  const Index count = count_parameters(depth, recipe.units) * static_cast<Index>(members);
  if (count > Network::max_parameters) {
    throw UsageError{fmt::format("--layers: {} weights are more than the {} that a model may have",
                                 count, Network::max_parameters)};
  }
}

SampleView view_of(const Selection& selection, InputKind takes, std::span<const float> weights) {
  if (selection.empty()) return {};
  return {.store = &selection.table->store(takes), .order = selection.order, .weights = weights};
}

/// What a sample counts by its class, so that each class counts as much as another; empty where all
/// samples count alike. Mirrored, a fall is as frequent as a rise.
std::vector<double> class_weights(const Settings& settings, const Division& division,
                                  std::size_t classes) {
  if (!is_balanced(settings, classes)) return {};
  const std::vector<std::uint64_t> counts = division.count_classes(classes);
  std::vector<double> samples{counts.begin(), counts.end()};
  if (settings.recipe.training.mirror == Mirror::on)
    samples[0] = samples[1] = (samples[0] + samples[1]) / 2;
  const double all = std::accumulate(samples.begin(), samples.end(), 0.0);
  for (double& of_class : samples)
    of_class = of_class > 0 ? all / (static_cast<double>(classes) * of_class) : 1;
  return samples;
}

}  // namespace

DivisionTrainer::DivisionTrainer(const Settings& settings, const SampleSets& sets,
                                 const Division& division, InputKind takes)
    : settings_{settings},
      sets_{sets},
      division_{division},
      takes_{takes},
      transform_{fit_transform(settings, division, takes)} {
  const bool is_same = division.validation.table == &sets.samples;
  std::span<const float> weights = sets.weights;
  if (const auto by_class = class_weights(settings, division, sets.classes()); !by_class.empty()) {
    weights = weights_ = weigh_classes(sets.samples, sets.weights, by_class);
    if (!is_same && !division.validation.empty())
      validation_weights_ = weigh_classes(*division.validation.table, {}, by_class);
  }
  // Samples of other files count alike but for their class: they may have come from another place.
  const SampleView validation = view_of(
      division.validation, takes, is_same ? weights : std::span<const float>{validation_weights_});
  for (const Selection& part : division.training)
    parts_.push_back({view_of(part, takes, weights), validation, transform_});
}

Recipe DivisionTrainer::network() const {
  Recipe recipe = settings_.recipe;
  const auto classes = static_cast<Index>(sets_.classes());
  if (!settings_.layers_as_given) recipe.units.back() = classes;
  if (recipe.units.back() != classes) {
    throw UsageError{
        fmt::format("--layers: the samples (label rule '{}') have {} classes, expected as many "
                    "units in the last layer, found {}",
                    sets_.samples.label(), classes, recipe.units.back())};
  }
  refuse_size(recipe, settings_.members, sets_.samples.store(takes_).inputs());
  return recipe;
}

Recipe DivisionTrainer::logistic() const {
  Recipe recipe = settings_.recipe;
  recipe.units = {static_cast<Index>(sets_.classes())};
  return recipe;
}

TrainedNetwork DivisionTrainer::train(const Recipe& recipe, std::size_t member,
                                      std::optional<TrainingState> state,
                                      const EpochObserver& observer, const Team& team) const {
  if (!state) state = begin_training(recipe, sets_.samples.store(takes_).inputs(), member);
  std::vector<TrainingData> parts;
  for (const TrainingData& part : parts_)
    parts.push_back({part.training, part.validation, part.transform, team});
  const auto result = train_parts(recipe, parts, member, *state,
                                  [&](const Epoch& epoch, const TrainingState& reached) {
                                    if (observer) observer(epoch, reached);
                                  });
  if (result.stop == Stop::diverged) refuse_divergence(settings_);
  return {std::move(state->network),
          {result.epochs, result.best_epoch, std::string{to_string(result.stop)}}};
}

TrainedMembers DivisionTrainer::model_of(std::vector<TrainedNetwork> trained) const {
  std::vector<Network> networks;
  std::vector<MemberRecord> records;
  for (TrainedNetwork& one : trained) {
    networks.push_back(std::move(one.network));
    records.push_back(std::move(one.record));
  }
  return {make_model(std::move(networks)), std::move(records)};
}

Model DivisionTrainer::make_model(std::vector<Network> networks) const {
  ModelParts parts{
      .tool = "obtrain " + std::string{version()},
      .transform = transform_,
      .mirror = settings_.recipe.training.mirror,
      .members = std::move(networks),
      .classes = {"fall", "rise"},
      .label = sets_.samples.label(),
      .training = {},
      .test_inputs = pick_test_inputs(sets_.samples.store(takes_), division_.training.front()),
      .takes = takes_};
  if (takes_ == InputKind::both) {
    const LinearFit fit = fit_flow();
    for (const double weight : fit.weights) parts.linear.push_back(static_cast<float>(weight));
  }
  if (sets_.classes() > 2) parts.classes.emplace_back("stay");
  Model model{std::move(parts)};
  for (const Vector& input : model.parts().test_inputs)
    if (!std::isfinite(model.score(std::vector<double>(input.begin(), input.end()))))
      refuse_divergence(settings_);
  return model;
}

TrainedMembers DivisionTrainer::train_linear() const {
  const LinearFit fit = fit_flow();
  const MemberRecord record{fit.steps, fit.steps, fit.converged ? "converged" : "not converged"};
  return {make_linear(fit), {record}};
}

LinearFit DivisionTrainer::fit_flow() const {
  const Selection& samples = division_.training.front();
  const SampleTable& table = *samples.table;
  const double count = std::ranges::max(moves(table, samples.order)) + 1.0;
  std::vector<double> penalties(static_cast<std::size_t>(table.flow().inputs()),
                                flow_penalty / count);
  penalties.front() = best_level_penalty / count;
  const auto weights = sample_weights(table, samples.order, settings_.sample_weights);
  return fit_linear({.store = &table.flow(), .order = samples.order, .weights = weights},
                    penalties);
}

/// Two units whose difference is the score of the regression: softmax makes P(rise) of them.
Model DivisionTrainer::make_linear(const LinearFit& fit) const {
  const auto inputs = static_cast<Index>(fit.weights.size());
  const Vector half =
      (Eigen::Map<const Eigen::VectorXd>{fit.weights.data(), inputs} / 2).cast<float>();
  Matrix weights(2, inputs);
  weights << -half.transpose(), half.transpose();
  Dense layer{std::move(weights), Vector::Zero(2), Activation::softmax};
  return Model{{.tool = "obtrain " + std::string{version()},
                .transform = {},
                .mirror = Mirror::off,
                .members = {Network{{std::move(layer)}}},
                .classes = {"fall", "rise"},
                .label = sets_.samples.label(),
                .training = {},
                .test_inputs = pick_test_inputs(sets_.samples.flow(), division_.training.front()),
                .takes = InputKind::flow,
                .flow_depth = sets_.samples.depth()}};
}

}  // namespace obkit::obtrain
