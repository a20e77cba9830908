#include "obkit/neural/recipe.hpp"

#include <gtest/gtest.h>

#include "stored.hpp"

namespace obkit::neural {
namespace {

void add_noise(Stored& stored, std::size_t count, std::uint32_t seed) {
  std::mt19937 random{seed + 100};
  add_drawn(stored, count, 4, seed, [&](const auto&) { return random() % 2; });
}

const auto ignore = [](const Epoch&, const TrainingState&) {};

class Recipes : public testing::Test {
 protected:
  Recipes() {
    add_noise(first_, 50, 1);
    add_noise(second_, 30, 2);
    recipe_.units = {3, 2};
    recipe_.training.epochs = 2;
  }

  TrainingData data(Stored& stored) { return {stored.view(), {}, none_}; }
  Matrix first_weights(std::size_t member = 0) {
    const std::vector<TrainingData> parts{data(first_)};
    TrainingState state = begin_training(recipe_, 4, member);
    (void)fit(recipe_, parts, member, state, ignore);
    return state.network.layers()[0].weights();
  }

  Stored first_, second_;
  InputTransform none_;
  Recipe recipe_;
};

TEST_F(Recipes, defaults_are_the_ones_that_proved_themselves) {
  const Recipe recipe;
  EXPECT_EQ(recipe.units, (std::vector<Index>{100, 50, 2}));
  EXPECT_EQ(recipe.hidden, Activation::sigmoid);
  EXPECT_EQ(recipe.optimizer, OptimizerKind::adam);
  EXPECT_EQ(recipe.learning_rate, 1e-3f);
  EXPECT_EQ(recipe.weight_decay, 2);
  EXPECT_EQ(recipe.training.batch, 64U);
  EXPECT_EQ(recipe.training.epochs, 60);
  EXPECT_EQ(recipe.training.patience, 8);
  EXPECT_EQ(recipe.training.min_delta, 1e-4);
  EXPECT_EQ(recipe.training.mirror, Mirror::on);
}

TEST_F(Recipes, optimizer_names_read_back) {
  for (const auto kind : {OptimizerKind::adam, OptimizerKind::rmsprop, OptimizerKind::sgd})
    EXPECT_EQ(parse_optimizer(to_string(kind)), kind);
  EXPECT_EQ(parse_optimizer("adagrad"), std::nullopt);
}

TEST_F(Recipes, the_seed_decides_all) {
  const Matrix weights = first_weights();
  EXPECT_EQ(first_weights(), weights);
  recipe_.seed = 2;
  EXPECT_NE(first_weights(), weights);
}

TEST_F(Recipes, each_member_takes_its_own_way) {
  EXPECT_EQ(first_weights(1), first_weights(1));
  EXPECT_NE(first_weights(1), first_weights(0));
  EXPECT_NE(first_weights(2), first_weights(1));
}

TEST_F(Recipes, each_optimizer_takes_its_own_way) {
  const Matrix adam = first_weights();
  recipe_.optimizer = OptimizerKind::rmsprop;
  const Matrix rmsprop = first_weights();
  EXPECT_NE(adam, rmsprop);
  recipe_.optimizer = OptimizerKind::sgd;
  EXPECT_NE(first_weights(), adam);
}

TEST_F(Recipes, parts_are_learnt_in_turn_by_one_optimizer) {
  const std::vector<TrainingData> parts{data(first_), data(second_)};
  std::vector<std::pair<std::size_t, int>> epochs;
  TrainingState both = begin_training(recipe_, 4, 0);
  (void)fit(recipe_, parts, 0, both,
            [&](const Epoch& e, const TrainingState&) { epochs.emplace_back(e.part, e.number); });
  EXPECT_EQ(epochs, (decltype(epochs){{0, 1}, {0, 2}, {1, 1}, {1, 2}}));
  EXPECT_EQ(both.optimizer.steps, 2U * 2 + 2U * 1);  // 100 and 60 views in batches of 64
}

TEST_F(Recipes, goes_on_after_any_epoch_as_if_it_had_not_stopped) {
  const std::vector<TrainingData> parts{data(first_), data(second_)};
  std::vector<TrainingState> after;
  TrainingState straight = begin_training(recipe_, 4, 0);
  (void)fit(recipe_, parts, 0, straight,
            [&](const Epoch&, const TrainingState& state) { after.push_back(state); });
  ASSERT_EQ(after.size(), 4U);
  for (TrainingState& state : after) {
    (void)fit(recipe_, parts, 0, state, ignore);
    for (std::size_t i = 0; i < straight.network.layers().size(); ++i) {
      EXPECT_EQ(state.network.layers()[i].weights(), straight.network.layers()[i].weights());
      EXPECT_EQ(state.network.layers()[i].biases(), straight.network.layers()[i].biases());
    }
  }
}

TEST_F(Recipes, a_part_that_diverges_ends_it) {
  const std::vector<TrainingData> parts{data(first_), data(second_)};
  recipe_.learning_rate = 1e38f;
  recipe_.hidden = Activation::relu;
  TrainingState state = begin_training(recipe_, 4, 0);
  EXPECT_EQ(fit(recipe_, parts, 0, state, ignore).stop, Stop::diverged);
}

}  // namespace
}  // namespace obkit::neural
