#include "obkit/neural/training.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/neural/checkpoint.hpp"

#include "net/prediction.hpp"
#include "stored.hpp"

namespace obkit::neural {
namespace {

/// Class 1 when the second input is the larger.
void add_larger_of_two(Stored& stored, std::size_t count, std::uint32_t seed) {
  add_drawn(stored, count, 2, seed,
            [](const auto& raw) { return static_cast<std::uint8_t>(raw[1] > raw[0]); });
}

Network small_network(std::uint32_t seed = 1) {
  std::mt19937 random{seed};
  const std::vector<Index> units{4, 2};
  return {2, units, Activation::tanh, random};
}

class Training : public testing::Test {
 protected:
  Training() {
    add_larger_of_two(samples_, 300, 1);
    add_larger_of_two(validation_, 100, 2);
  }

  enum class Validation { with, without };

  TrainingResult run(TrainingState& state, Validation validation) {
    AdamW adam{{.learning_rate = rate_, .weight_decay = 0}};
    const TrainingData data{
        samples_.view(), validation == Validation::with ? validation_.view() : SampleView{}, none_};
    return train(state, adam, data, options_, 1,
                 [this](const Epoch& epoch, const TrainingState&) { epochs_.push_back(epoch); });
  }
  double loss(const Network& network) {
    return mean_cross_entropy(network, {validation_.view(), none_, 0}, options_.mirror);
  }

  float rate_ = 0.01f;
  TrainingOptions options_{.epochs = 40, .batch = 16};
  Stored samples_, validation_;
  InputTransform none_;
  std::vector<Epoch> epochs_;
};

TEST_F(Training, learns_what_there_is_to_learn) {
  TrainingState state{small_network()};
  const double before = loss(state.network);
  (void)run(state, Validation::with);
  EXPECT_LT(loss(state.network), before / 3);
}

TEST_F(Training, tells_the_observer_of_each_epoch) {
  TrainingState state{small_network()};
  options_.patience = 0;
  const auto result = run(state, Validation::without);
  EXPECT_EQ(result.stop, Stop::all_epochs);
  EXPECT_EQ(result.epochs, 40);
  EXPECT_EQ(result.best_epoch, 40);
  ASSERT_EQ(epochs_.size(), 40U);
  EXPECT_EQ(epochs_.front().number, 1);
  EXPECT_EQ(epochs_.front().validation_loss, std::nullopt);
  EXPECT_LT(epochs_.back().training_loss, epochs_.front().training_loss);
}

TEST_F(Training, stops_without_improvement_and_goes_back_to_the_best_weights) {
  TrainingState state{small_network()};
  options_.patience = 3;
  options_.min_delta = 0.2;  // soon out of reach
  const auto result = run(state, Validation::with);
  EXPECT_EQ(result.stop, Stop::no_improvement);
  EXPECT_EQ(result.epochs, result.best_epoch + 3);
  const auto best = static_cast<std::size_t>(result.best_epoch - 1);
  EXPECT_EQ(loss(state.network), epochs_[best].validation_loss);
}

TEST_F(Training, goes_back_to_the_best_weights_when_epochs_run_out_too) {
  TrainingState state{small_network()};
  options_.epochs = 3;
  options_.min_delta = 10;  // nothing after the first epoch counts as better
  const auto result = run(state, Validation::with);
  EXPECT_EQ(result.stop, Stop::all_epochs);
  EXPECT_EQ(result.best_epoch, 1);
  EXPECT_EQ(loss(state.network), epochs_[0].validation_loss);
}

TEST_F(Training, without_patience_validation_only_reports) {
  TrainingState watched{small_network()}, alone{small_network()};
  options_.patience = 0;
  (void)run(watched, Validation::with);
  (void)run(alone, Validation::without);
  EXPECT_EQ(watched.network.layers()[0].weights(), alone.network.layers()[0].weights());
}

TEST_F(Training, repeats_to_the_bit) {
  TrainingState first{small_network()}, second{small_network()};
  (void)run(first, Validation::with);
  (void)run(second, Validation::with);
  for (std::size_t i = 0; i < first.network.layers().size(); ++i)
    EXPECT_EQ(first.network.layers()[i].weights(), second.network.layers()[i].weights());
}

TEST_F(Training, that_stopped_early_has_nothing_to_go_on_with) {
  options_.patience = 3;
  options_.min_delta = 0.2;
  TrainingState last{small_network()};
  TrainingState state{small_network()};
  AdamW adam{{.learning_rate = rate_, .weight_decay = 0}},
      again{{.learning_rate = rate_, .weight_decay = 0}};
  const TrainingData data{samples_.view(), validation_.view(), none_};
  const auto result = train(state, adam, data, options_, 1,
                            [&](const Epoch&, const TrainingState& s) { last = s; });
  options_.epochs = 1000;
  const auto resumed =
      train(last, again, data, options_, 1, [](const Epoch&, const auto&) { FAIL(); });
  EXPECT_EQ(resumed.stop, Stop::no_improvement);
  EXPECT_EQ(resumed.best_epoch, result.best_epoch);
  EXPECT_EQ(last.network.layers()[0].weights(), state.network.layers()[0].weights());
}

TEST_F(Training, weights_decide_which_samples_count) {
  // The second half tells the opposite of the first, and counts for next to nothing.
  Stored both;
  add_larger_of_two(both, 300, 1);
  add_drawn(both, 300, 2, 5,
            [](const auto& raw) { return static_cast<std::uint8_t>(raw[1] <= raw[0]); });
  SampleView view = both.view();
  std::vector<float> weights(600, 1.0f);
  std::fill(weights.begin() + 300, weights.end(), 0.001f);
  view.weights = weights;
  AdamW adam{{.learning_rate = rate_, .weight_decay = 0}};
  TrainingState state{small_network()};
  const double before = loss(state.network);
  (void)train(state, adam, {view, {}, none_}, options_, 1, [](const Epoch&, const auto&) {});
  EXPECT_LT(loss(state.network), before / 3);
}

TEST_F(Training, a_penalty_keeps_weights_small) {
  TrainingState free{small_network()}, held{small_network()};
  (void)run(free, Validation::without);
  options_.l2 = 0.1f;
  (void)run(held, Validation::without);
  EXPECT_LT(held.network.layers()[0].weights().norm(),
            free.network.layers()[0].weights().norm() / 2);
}

TEST_F(Training, says_that_it_diverged) {
  TrainingState state{small_network()};
  rate_ = INFINITY;
  EXPECT_EQ(run(state, Validation::with).stop, Stop::diverged);
}

TEST_F(Training, says_that_it_diverged_in_the_last_step) {
  TrainingState state{small_network()};
  options_ = {.epochs = 1, .batch = 600, .patience = 0};  // one step: its loss comes before it
  rate_ = INFINITY;
  EXPECT_EQ(run(state, Validation::without).stop, Stop::diverged);
  EXPECT_TRUE(std::isfinite(epochs_[0].training_loss));
}

TEST_F(Training, a_mirrored_sample_is_learnt_with_the_other_class) {
  // All samples have class 1; only the mirrored ones teach what class 0 looks like.
  Stored rising;
  std::mt19937 random{1};
  for (int i = 0; i < 300; ++i) {
    const auto a = double{uniform(random, 0, 1)}, b = double{uniform(random, 0, 1)};
    rising.add({std::min(a, b), std::max(a, b)}, 1);
  }
  AdamW adam{{.learning_rate = rate_, .weight_decay = 0}};
  TrainingState state{small_network()};
  (void)train(state, adam, {rising.view(), {}, none_}, options_, 1,
              [](const Epoch&, const auto&) {});
  const Matrix p = state.network.forward(Matrix{{0.9f, 0.1f}, {0.1f, 0.9f}});
  EXPECT_GT(p(0, 0), 0.8f);
  EXPECT_GT(p(1, 1), 0.8f);
}

TEST(Prediction, with_a_mirror_is_the_mean_of_both_views) {
  const Network network = small_network();
  const Matrix x{{0.3f}, {0.8f}}, reversed{{0.8f}, {0.3f}};
  const Matrix p = network.forward(x), q = network.forward(reversed);
  const Matrix both = predict(network, x, Mirror::on);
  EXPECT_FLOAT_EQ(both(0, 0), (p(0, 0) + q(1, 0)) / 2);
  EXPECT_FLOAT_EQ(both(1, 0), (p(1, 0) + q(0, 0)) / 2);
  EXPECT_EQ(predict(network, x, Mirror::off), p);
}

TEST(Prediction, loss_over_many_blocks_is_that_of_the_whole) {
  const Network network = small_network();
  Stored samples;
  add_larger_of_two(samples, 2500, 3);
  double sum = 0;
  for (std::size_t i = 0; i < 2500; ++i) {
    const Matrix p = network.forward(Matrix{samples.store().sample(i)});
    sum -= std::log(double{p(samples.store().class_of(i), 0)});
  }
  const InputTransform none;
  const TransformedSamples anew{samples.view(), none, 0}, kept{samples.view(), none, 1 << 20};
  EXPECT_NEAR(mean_cross_entropy(network, anew, Mirror::off), sum / 2500, 1e-6);
  for (const Mirror mirror : {Mirror::off, Mirror::on})
    EXPECT_EQ(mean_cross_entropy(network, kept, mirror), mean_cross_entropy(network, anew, mirror));
}

TEST(Stop, reasons_read_well) {
  EXPECT_EQ(to_string(Stop::all_epochs), "all epochs run");
  EXPECT_EQ(to_string(Stop::no_improvement), "no better validation loss");
  EXPECT_EQ(to_string(Stop::diverged), "loss not finite");
}

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
    (void)train_parts(recipe_, parts, member, state, ignore);
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
  EXPECT_EQ(recipe.training.patience, 4);
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
  (void)train_parts(recipe_, parts, 0, both, [&](const Epoch& e, const TrainingState&) {
    epochs.emplace_back(e.part, e.number);
  });
  EXPECT_EQ(epochs, (decltype(epochs){{0, 1}, {0, 2}, {1, 1}, {1, 2}}));
  EXPECT_EQ(both.optimizer.steps, 2U * 2 + 2U * 1);  // 100 and 60 views in batches of 64
}

TEST_F(Recipes, goes_on_after_any_epoch_as_if_it_had_not_stopped) {
  const std::vector<TrainingData> parts{data(first_), data(second_)};
  std::vector<TrainingState> after;
  TrainingState straight = begin_training(recipe_, 4, 0);
  (void)train_parts(recipe_, parts, 0, straight,
                    [&](const Epoch&, const TrainingState& state) { after.push_back(state); });
  ASSERT_EQ(after.size(), 4U);
  for (TrainingState& state : after) {
    (void)train_parts(recipe_, parts, 0, state, ignore);
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
  EXPECT_EQ(train_parts(recipe_, parts, 0, state, ignore).stop, Stop::diverged);
}

class Checkpoints : public testing::Test {
 protected:
  Checkpoints() {
    recipe_.units = {3, 2};
    for (std::size_t i = 0; i < 2; ++i) fresh_.push_back(begin_training(recipe_, 4, i));
    Stored samples;
    add_drawn(samples, 60, 4, 1, [](const auto& raw) { return raw[0] > raw[3]; });
    const InputTransform none;
    const std::vector<TrainingData> parts{{samples.view(), samples.view(), none}};
    TrainingState state = fresh_[1];
    recipe_.training.epochs = 3;
    (void)train_parts(recipe_, parts, 1, state,
                      [&](const Epoch&, const TrainingState& after) { trained_ = after; });
  }

  std::vector<TrainingState> read(std::string_view bytes, std::string_view subject = "a=1\nb=2\n") {
    return read_checkpoint(bytes, "m.checkpoint", subject, fresh_);
  }
  std::string complaint(std::string_view bytes, std::string_view subject = "a=1\nb=2\n") {
    try {
      (void)read(bytes, subject);
      return "";
    } catch (const DataError& error) {
      return error.what();
    }
  }

  Recipe recipe_;
  std::vector<TrainingState> fresh_;
  std::optional<TrainingState> trained_;
};

TEST_F(Checkpoints, give_everything_back_to_the_bit) {
  const std::string bytes =
      to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, trained_}});
  auto states = read(bytes);
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].epochs, 0);
  EXPECT_EQ(states[1].epochs, 3);
  EXPECT_EQ(states[1].best_loss, trained_->best_loss);
  EXPECT_EQ(states[1].optimizer.steps, trained_->optimizer.steps);
  EXPECT_EQ(to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, states[1]}}), bytes);
}

TEST_F(Checkpoints, of_another_subject_name_what_differs) {
  const std::string bytes =
      to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, trained_}});
  EXPECT_EQ(complaint(bytes, "a=1\nb=3\n"),
            "m.checkpoint: no checkpoint to go on from: it was made with b=2, this is b=3");
}

TEST_F(Checkpoints, cut_anywhere_or_with_any_bit_flipped_are_refused) {
  const std::string bytes =
      to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, trained_}});
  for (std::size_t length = 0; length < bytes.size(); ++length)
    ASSERT_THAT(complaint(bytes.substr(0, length)), testing::StartsWith("m.checkpoint: no"));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 3) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    ASSERT_THAT(complaint(damaged), testing::StartsWith("m.checkpoint: no")) << bit;
  }
}

TEST_F(Checkpoints, of_other_shapes_are_refused) {
  const std::string bytes =
      to_bytes({.subject = "a=1\nb=2\n", .members = {std::nullopt, trained_}});
  recipe_.units = {4, 2};
  fresh_[1] = begin_training(recipe_, 4, 1);
  EXPECT_THAT(complaint(bytes), testing::HasSubstr("the layers have other shapes"));
  fresh_.pop_back();
  EXPECT_THAT(complaint(bytes), testing::HasSubstr("another number of members"));
}

}  // namespace

}  // namespace obkit::neural
