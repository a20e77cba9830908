#include "obkit/neural/recipe.hpp"

#include <gtest/gtest.h>

#include "obkit/neural/random.hpp"

namespace obkit::neural {
namespace {

Samples noise(std::size_t count, std::uint32_t seed) {
  std::mt19937 random{seed};
  Samples samples;
  samples.inputs.resize(4, static_cast<Index>(count));
  for (float& value : samples.inputs.reshaped()) value = uniform(random, -1, 1);
  for (std::size_t i = 0; i < count; ++i) samples.classes.push_back(random() % 2);
  return samples;
}

Recipe small_recipe() {
  Recipe recipe;
  recipe.units = {3, 2};
  recipe.training.epochs = 2;
  return recipe;
}

const auto ignore = [](const Epoch&) {};

TEST(Recipe, defaults_are_the_ones_that_proved_themselves) {
  const Recipe recipe;
  EXPECT_EQ(recipe.units, (std::vector<Index>{100, 50, 2}));
  EXPECT_EQ(recipe.hidden, Activation::sigmoid);
  EXPECT_EQ(recipe.optimizer, OptimizerKind::adam);
  EXPECT_EQ(recipe.learning_rate, 1e-3f);
  EXPECT_EQ(AdamW::Options{}.weight_decay, 1e-3f);
  EXPECT_EQ(recipe.training.batch, 64U);
  EXPECT_EQ(recipe.training.epochs, 60);
  EXPECT_EQ(recipe.training.patience, 8);
  EXPECT_EQ(recipe.training.min_delta, 1e-4);
  EXPECT_EQ(recipe.training.mirror, Mirror::on);
}

TEST(Recipe, optimizer_names_read_back) {
  EXPECT_EQ(parse_optimizer("adam"), OptimizerKind::adam);
  EXPECT_EQ(parse_optimizer("rmsprop"), OptimizerKind::rmsprop);
  EXPECT_EQ(parse_optimizer("sgd"), std::nullopt);
}

TEST(Recipe, the_seed_decides_all) {
  const std::vector<Samples> parts{noise(50, 1)};
  Recipe recipe = small_recipe();
  const auto first = fit(recipe, parts, {}, ignore), second = fit(recipe, parts, {}, ignore);
  EXPECT_EQ(first.network.layers()[0].weights(), second.network.layers()[0].weights());
  recipe.seed = 2;
  const auto other = fit(recipe, parts, {}, ignore);
  EXPECT_NE(first.network.layers()[0].weights(), other.network.layers()[0].weights());
}

TEST(Recipe, parts_are_learnt_in_turn_by_one_optimizer) {
  const std::vector<Samples> parts{noise(50, 1), noise(30, 2)};
  const Recipe recipe = small_recipe();
  std::vector<std::pair<std::size_t, int>> epochs;
  const auto both =
      fit(recipe, parts, {}, [&](const Epoch& e) { epochs.emplace_back(e.part, e.number); });
  EXPECT_EQ(epochs, (decltype(epochs){{0, 1}, {0, 2}, {1, 1}, {1, 2}}));
  std::mt19937 random{recipe.seed};
  Network network{4, recipe.units, recipe.hidden, random};
  AdamW adam{{}};
  for (const Samples& part : parts)
    (void)train(network, adam, part, {}, recipe.training, random, ignore);
  EXPECT_EQ(both.network.layers()[0].weights(), network.layers()[0].weights());
}

TEST(Recipe, each_optimizer_takes_its_own_way) {
  const std::vector<Samples> parts{noise(50, 1)};
  Recipe recipe = small_recipe();
  const auto adam = fit(recipe, parts, {}, ignore);
  recipe.optimizer = OptimizerKind::rmsprop;
  const auto rmsprop = fit(recipe, parts, {}, ignore);
  EXPECT_NE(adam.network.layers()[0].weights(), rmsprop.network.layers()[0].weights());
}

TEST(Recipe, a_part_that_diverges_ends_it) {
  const std::vector<Samples> parts{noise(50, 1), noise(50, 2)};
  Recipe recipe = small_recipe();
  recipe.learning_rate = 1e38f;
  recipe.hidden = Activation::relu;
  EXPECT_EQ(fit(recipe, parts, {}, ignore).result.stop, Stop::diverged);
}

}  // namespace
}  // namespace obkit::neural
