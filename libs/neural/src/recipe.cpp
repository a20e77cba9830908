#include "obkit/neural/recipe.hpp"

#include <cassert>
#include <cstddef>
#include <memory>
#include <random>

namespace obkit::neural {
namespace {

std::unique_ptr<Optimizer> make_optimizer(const Recipe& recipe) {
  if (recipe.optimizer == OptimizerKind::rmsprop) {
    RmsProp::Options options;
    options.learning_rate = recipe.learning_rate;
    return std::make_unique<RmsProp>(options);
  }
  AdamW::Options options;
  options.learning_rate = recipe.learning_rate;
  return std::make_unique<AdamW>(options);
}

}  // namespace

std::string_view to_string(OptimizerKind kind) {
  return kind == OptimizerKind::adam ? "adam" : "rmsprop";
}

std::optional<OptimizerKind> parse_optimizer(std::string_view name) {
  for (const auto kind : {OptimizerKind::adam, OptimizerKind::rmsprop})
    if (to_string(kind) == name) return kind;
  return std::nullopt;
}

Fitted fit(const Recipe& recipe, std::span<const Samples> parts, const Samples& validation,
           const std::function<void(const Epoch&)>& observer) {
  assert(!parts.empty());
  std::mt19937 random{recipe.seed};
  Fitted fitted{.network = {parts.front().inputs.rows(), recipe.units, recipe.hidden, random},
                .result = {}};
  const auto optimizer = make_optimizer(recipe);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto observe = [&](Epoch epoch) {
      epoch.part = i;
      observer(epoch);
    };
    fitted.result =
        train(fitted.network, *optimizer, parts[i], validation, recipe.training, random, observe);
    if (fitted.result.stop == Stop::diverged) break;
  }
  return fitted;
}

}  // namespace obkit::neural
