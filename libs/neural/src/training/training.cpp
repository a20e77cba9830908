#include "obkit/neural/training.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <random>
#include <span>

#include "net/cross_entropy.hpp"
#include "net/prediction.hpp"
#include "training/shared_steps.hpp"

namespace obkit::neural {
namespace {

/// One epoch over shuffled mini-batches. Returns the mean loss.
double run_epoch(Network& network, Optimizer& optimizer, ShuffledBatches& batches, float l2,
                 const Team& team) {
  const ParameterBlocks parameters = network.parameters();
  BatchPass pass;
  Batch batch;
  SharedSteps shared{team};
  double sum = 0, weights = 0;
  while (batches.next(batch)) {
    const double weight = batches.whole().weight;
    if (team.size() > 1)
      shared.backward(network, batch, batches.whole(), pass);
    else
      sum += network.backward(batch.inputs, batch.classes, batch.weights, weight, pass) * weight;
    weights += weight;
    if (l2 > 0) network.add_l2(l2, pass);
    optimizer.step(parameters, pass.blocks());
  }
  return team.size() > 1 ? shared.mean_loss() : sum / weights;
}

/// What transformed samples may take, for training and for validation each.
constexpr std::size_t most_kept_bytes = std::size_t{256} << 20U;

/// Samples that lie on a disk stay there, and one epoch uses each of them once.
std::size_t kept_bytes(const TrainingOptions& options, int epochs) {
  return options.window || epochs < 2 ? 0 : most_kept_bytes;
}

bool is_finite(const Epoch& epoch, const Network& network) {
  const auto finite = [](const Dense& layer) {
    return layer.weights().allFinite() && layer.biases().allFinite();
  };
  return std::isfinite(epoch.training_loss) && std::isfinite(epoch.validation_loss.value_or(0)) &&
         std::all_of(network.layers().begin(), network.layers().end(), finite);
}

void note_best(TrainingState& state, double loss, double min_delta) {
  if (!(loss < state.best_loss - min_delta)) return;
  state.best_loss = loss;
  state.best_epoch = state.epochs;
  state.best = state.network;
}

constexpr std::array<std::string_view, 3> optimizer_names{"adam", "rmsprop", "sgd"};

/// The first member has the seed as it was given.
std::uint32_t seed_of(const Recipe& recipe, std::size_t member) {
  if (member == 0) return recipe.seed;
  std::seed_seq mixed{recipe.seed, static_cast<std::uint32_t>(member)};
  std::array<std::uint32_t, 1> seed{};
  mixed.generate(seed.begin(), seed.end());
  return seed[0];
}

}  // namespace

std::string_view to_string(Stop stop) {
  switch (stop) {
    case Stop::all_epochs:
      return "all epochs run";
    case Stop::no_improvement:
      return "no better validation loss";
    case Stop::diverged:
      break;
  }
  return "loss not finite";
}

TrainingResult train(TrainingState& state, Optimizer& optimizer, const TrainingData& data,
                     const TrainingOptions& options, std::uint64_t seed,
                     const std::function<void(const Epoch&, const TrainingState&)>& observer) {
  assert(!data.training.empty() && data.training.store->inputs() == state.network.inputs());
  const bool has_validation = !data.validation.empty();
  const bool stops_early = has_validation && options.patience > 0;
  const std::size_t kept = kept_bytes(options, options.epochs - state.epochs);
  const TransformedSamples validation{data.validation, data.transform, kept};
  ShuffledBatches batches{data.training,
                          data.transform,
                          {.batch = options.batch,
                           .mirror = options.mirror,
                           .seed = seed,
                           .rank = data.team.rank(),
                           .ranks = data.team.size(),
                           .window = options.window,
                           .most_kept_bytes = kept}};
  optimizer.restore(state.optimizer);
  const auto is_patient = [&] {
    return !stops_early || state.epochs - state.best_epoch < options.patience;
  };
  while (state.epochs < options.epochs && is_patient()) {
    batches.begin(static_cast<std::uint64_t>(++state.epochs));
    Epoch epoch{.part = state.part, .number = state.epochs, .validation_loss = std::nullopt};
    epoch.training_loss = run_epoch(state.network, optimizer, batches, options.l2, data.team);
    if (has_validation)
      epoch.validation_loss =
          mean_cross_entropy(state.network, validation, options.mirror, data.team);
    if (stops_early) note_best(state, *epoch.validation_loss, options.min_delta);
    state.optimizer = optimizer.state();
    observer(epoch, state);
    if (!is_finite(epoch, state.network)) return {state.epochs, 0, Stop::diverged};
  }
  const bool has_best = stops_early && state.best_epoch > 0;
  if (has_best) state.network = state.best;
  return {.epochs = state.epochs,
          .best_epoch = has_best ? state.best_epoch : state.epochs,
          .stop = is_patient() ? Stop::all_epochs : Stop::no_improvement};
}

std::string_view to_string(OptimizerKind kind) {
  return optimizer_names.at(static_cast<std::size_t>(kind));
}

std::optional<OptimizerKind> parse_optimizer(std::string_view name) {
  for (const auto kind : {OptimizerKind::adam, OptimizerKind::rmsprop, OptimizerKind::sgd})
    if (to_string(kind) == name) return kind;
  return std::nullopt;
}

std::unique_ptr<Optimizer> make_optimizer(const Recipe& recipe) {
  switch (recipe.optimizer) {
    case OptimizerKind::rmsprop: {
      RmsProp::Options options;
      options.learning_rate = recipe.learning_rate;
      return std::make_unique<RmsProp>(options);
    }
    case OptimizerKind::sgd:
      return std::make_unique<Sgd>(
          Sgd::Options{.learning_rate = recipe.learning_rate, .momentum = recipe.momentum});
    case OptimizerKind::adam:
      break;
  }
  AdamW::Options options;
  options.learning_rate = recipe.learning_rate;
  options.weight_decay = recipe.weight_decay;
  return std::make_unique<AdamW>(options);
}

TrainingState begin_training(const Recipe& recipe, Index inputs, std::size_t member) {
  std::mt19937 random{seed_of(recipe, member)};
  return TrainingState{Network{inputs, recipe.units, recipe.hidden, random, recipe.initializer}};
}

TrainingResult train_parts(
    const Recipe& recipe, const PartSource& parts, std::size_t member, TrainingState& state,
    const std::function<void(const Epoch&, const TrainingState&)>& observer) {
  const auto optimizer = make_optimizer(recipe);
  const TrainingData* part = parts(state.part);
  assert(part != nullptr);
  for (;;) {
    const std::uint64_t seed = std::uint64_t{seed_of(recipe, member)} + (state.part << 32U);
    const auto result = train(state, *optimizer, *part, recipe.training, seed, observer);
    if (result.stop == Stop::diverged) return result;
    part = parts(state.part + 1);
    if (part == nullptr) return result;
    ++state.part;
    state.epochs = state.best_epoch = 0;
    state.best_loss = std::numeric_limits<double>::infinity();
  }
}

TrainingResult train_parts(
    const Recipe& recipe, std::span<const TrainingData> parts, std::size_t member,
    TrainingState& state, const std::function<void(const Epoch&, const TrainingState&)>& observer) {
  const PartSource source = [&](std::size_t part) {
    return part < parts.size() ? &parts[part] : nullptr;
  };
  return train_parts(recipe, source, member, state, observer);
}

}  // namespace obkit::neural
