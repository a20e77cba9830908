#include "obkit/neural/training.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

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
    return forecast_loss(network, validation_.view(), none_, options_.mirror);
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

TEST(Forecast, with_a_mirror_is_the_mean_of_both_views) {
  const Network network = small_network();
  const Matrix x{{0.3f}, {0.8f}}, reversed{{0.8f}, {0.3f}};
  const Matrix p = network.forward(x), q = network.forward(reversed);
  const Matrix both = forecast(network, x, Mirror::on);
  EXPECT_FLOAT_EQ(both(0, 0), (p(0, 0) + q(1, 0)) / 2);
  EXPECT_FLOAT_EQ(both(1, 0), (p(1, 0) + q(0, 0)) / 2);
  EXPECT_EQ(forecast(network, x, Mirror::off), p);
}

TEST(Forecast, loss_over_many_blocks_is_that_of_the_whole) {
  const Network network = small_network();
  Stored samples;
  add_larger_of_two(samples, 2500, 3);
  double sum = 0;
  for (std::size_t i = 0; i < 2500; ++i) {
    const Matrix p = network.forward(Matrix{samples.store().sample(i)});
    sum -= std::log(double{p(samples.store().class_of(i), 0)});
  }
  EXPECT_NEAR(forecast_loss(network, samples.view(), InputTransform{}, Mirror::off), sum / 2500,
              1e-6);
}

TEST(Stop, reasons_read_well) {
  EXPECT_EQ(to_string(Stop::all_epochs), "all epochs run");
  EXPECT_EQ(to_string(Stop::no_improvement), "no better validation loss");
  EXPECT_EQ(to_string(Stop::diverged), "loss not finite");
}

}  // namespace
}  // namespace obkit::neural
