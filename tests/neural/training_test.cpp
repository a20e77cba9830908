#include "obkit/neural/training.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "obkit/neural/random.hpp"

namespace obkit::neural {
namespace {

/// Class 1 when the second input is the larger.
Samples larger_of_two(std::size_t count, std::uint32_t seed) {
  std::mt19937 random{seed};
  Samples samples;
  samples.inputs.resize(2, static_cast<Index>(count));
  for (float& value : samples.inputs.reshaped()) value = uniform(random, 0, 1);
  for (const auto column : samples.inputs.colwise())
    samples.classes.push_back(column[1] > column[0]);
  return samples;
}

Network small_network(std::uint32_t seed = 1) {
  std::mt19937 random{seed};
  const std::vector<Index> units{4, 2};
  return {2, units, Activation::tanh, random};
}

class Training : public testing::Test {
 protected:
  TrainingResult run(Network& network, const Samples& validation) {
    AdamW adam{{.learning_rate = rate_, .weight_decay = 0}};
    std::mt19937 random{1};
    return train(network, adam, samples_, validation, options_, random,
                 [this](const Epoch& epoch) { epochs_.push_back(epoch); });
  }

  float rate_ = 0.01f;
  TrainingOptions options_{.epochs = 40, .batch = 16};
  Samples samples_ = larger_of_two(300, 1), validation_ = larger_of_two(100, 2);
  std::vector<Epoch> epochs_;
};

TEST_F(Training, learns_what_there_is_to_learn) {
  Network network = small_network();
  const double before = forecast_loss(network, validation_, options_.mirror);
  (void)run(network, validation_);
  EXPECT_LT(forecast_loss(network, validation_, options_.mirror), before / 3);
}

TEST_F(Training, tells_the_observer_of_each_epoch) {
  Network network = small_network();
  options_.patience = 0;
  const auto result = run(network, {});
  EXPECT_EQ(result.stop, Stop::all_epochs);
  EXPECT_EQ(result.epochs, 40);
  EXPECT_EQ(result.best_epoch, 40);
  ASSERT_EQ(epochs_.size(), 40U);
  EXPECT_EQ(epochs_.front().number, 1);
  EXPECT_EQ(epochs_.front().validation_loss, std::nullopt);
  EXPECT_LT(epochs_.back().training_loss, epochs_.front().training_loss);
}

TEST_F(Training, stops_without_improvement_and_goes_back_to_the_best_weights) {
  Network network = small_network();
  options_.patience = 3;
  options_.min_delta = 0.2;  // soon out of reach
  const auto result = run(network, validation_);
  EXPECT_EQ(result.stop, Stop::no_improvement);
  EXPECT_EQ(result.epochs, result.best_epoch + 3);
  const auto best = static_cast<std::size_t>(result.best_epoch - 1);
  EXPECT_EQ(forecast_loss(network, validation_, options_.mirror), epochs_[best].validation_loss);
}

TEST_F(Training, goes_back_to_the_best_weights_when_epochs_run_out_too) {
  Network network = small_network();
  options_.epochs = 3;
  options_.min_delta = 10;  // nothing after the first epoch counts as better
  const auto result = run(network, validation_);
  EXPECT_EQ(result.stop, Stop::all_epochs);
  EXPECT_EQ(result.best_epoch, 1);
  EXPECT_EQ(forecast_loss(network, validation_, options_.mirror), epochs_[0].validation_loss);
}

TEST_F(Training, without_patience_validation_only_reports) {
  Network watched = small_network(), alone = small_network();
  options_.patience = 0;
  (void)run(watched, validation_);
  (void)run(alone, {});
  EXPECT_EQ(watched.layers()[0].weights(), alone.layers()[0].weights());
}

TEST_F(Training, repeats_to_the_bit) {
  Network first = small_network(), second = small_network();
  (void)run(first, validation_);
  (void)run(second, validation_);
  for (std::size_t i = 0; i < first.layers().size(); ++i)
    EXPECT_EQ(first.layers()[i].weights(), second.layers()[i].weights());
}

TEST_F(Training, says_that_it_diverged) {
  Network network = small_network();
  rate_ = INFINITY;
  EXPECT_EQ(run(network, validation_).stop, Stop::diverged);
}

TEST_F(Training, says_that_it_diverged_in_the_last_step) {
  Network network = small_network();
  options_ = {.epochs = 1, .batch = 600, .patience = 0};  // one step: its loss comes before it
  rate_ = INFINITY;
  EXPECT_EQ(run(network, {}).stop, Stop::diverged);
  EXPECT_TRUE(std::isfinite(epochs_[0].training_loss));
}

TEST_F(Training, a_mirrored_sample_is_learnt_with_the_other_class) {
  // All samples have class 1; only the mirrored ones teach what class 0 looks like.
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    auto column = samples_.inputs.col(static_cast<Index>(i));
    if (samples_.classes[i] == 0) std::swap(column[0], column[1]);
    samples_.classes[i] = 1;
  }
  Network network = small_network();
  (void)run(network, validation_);
  const Matrix p = network.forward(Matrix{{0.9f, 0.1f}, {0.1f, 0.9f}});
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
  const Samples samples = larger_of_two(2500, 3);
  double sum = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Matrix p = network.forward(Matrix{samples.inputs.col(static_cast<Index>(i))});
    sum -= std::log(double{p(samples.classes[i], 0)});
  }
  EXPECT_NEAR(forecast_loss(network, samples, Mirror::off), sum / 2500, 1e-6);
}

TEST(Stop, reasons_read_well) {
  EXPECT_EQ(to_string(Stop::all_epochs), "all epochs run");
  EXPECT_EQ(to_string(Stop::no_improvement), "no better validation loss");
  EXPECT_EQ(to_string(Stop::diverged), "loss not finite");
}

}  // namespace
}  // namespace obkit::neural
