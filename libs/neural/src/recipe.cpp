#include "obkit/neural/recipe.hpp"

#include <array>
#include <cassert>
#include <cstddef>
#include <random>

namespace obkit::neural {
namespace {

constexpr std::array<std::string_view, 3> names{"adam", "rmsprop", "sgd"};

/// The first member has the seed as it was given.
std::uint32_t seed_of(const Recipe& recipe, std::size_t member) {
  if (member == 0) return recipe.seed;
  std::seed_seq mixed{recipe.seed, static_cast<std::uint32_t>(member)};
  std::array<std::uint32_t, 1> seed{};
  mixed.generate(seed.begin(), seed.end());
  return seed[0];
}

}  // namespace

std::string_view to_string(OptimizerKind kind) { return names.at(static_cast<std::size_t>(kind)); }

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

TrainingResult fit(const Recipe& recipe, const PartSource& parts, std::size_t member,
                   TrainingState& state,
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

TrainingResult fit(const Recipe& recipe, std::span<const TrainingData> parts, std::size_t member,
                   TrainingState& state,
                   const std::function<void(const Epoch&, const TrainingState&)>& observer) {
  const PartSource source = [&](std::size_t part) {
    return part < parts.size() ? &parts[part] : nullptr;
  };
  return fit(recipe, source, member, state, observer);
}

}  // namespace obkit::neural
