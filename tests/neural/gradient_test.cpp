#include <cmath>
#include <random>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "obkit/neural/loss.hpp"
#include "obkit/neural/network.hpp"
#include "obkit/neural/random.hpp"

namespace obkit::neural {
namespace {

using Doubles = Eigen::MatrixXd;

/// The formulas once more, in double and without the library: what gradients are checked against.
Doubles reference_activation(Activation activation, const Doubles& z) {
  switch (activation) {
    case Activation::sigmoid:
      return z.unaryExpr([](double v) { return 1 / (1 + std::exp(-v)); });
    case Activation::tanh:
      return z.unaryExpr([](double v) { return std::tanh(v); });
    case Activation::relu:
      return z.cwiseMax(0.0);
    case Activation::linear:
      return z;
    case Activation::softmax:
      break;
  }
  Doubles y = z.array().exp();
  for (auto column : y.colwise()) column /= column.sum();
  return y;
}

double reference_loss(const Network& network, const std::vector<Doubles>& weights,
                      const std::vector<Doubles>& biases, const Matrix& x,
                      std::span<const std::uint8_t> classes,
                      std::span<const float> sample_weights) {
  Doubles y = x.cast<double>();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Doubles z = (weights[i] * y).colwise() + Eigen::VectorXd(biases[i].col(0));
    y = reference_activation(network.layers()[i].activation(), z);
  }
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const double weight = sample_weights.empty() ? 1.0 : double{sample_weights[i]};
    sum -= weight * std::log(y(classes[i], static_cast<Index>(i)));
    total += weight;
  }
  return sum / total;
}

/// Hidden activation, number of classes, whether samples are weighted.
using Case = std::tuple<Activation, Index, bool>;

/// Five samples of four inputs through layers of 6, 5 and 2 or 3 units.
class Gradient : public testing::TestWithParam<Case> {
 protected:
  Gradient() {
    for (float& value : x_.reshaped()) value = uniform(random_, -1, 1);
    for (auto block : network_.parameters())  // biases too
      for (float& value : block) value = uniform(random_, -0.9f, 0.9f);
    for (auto& sample_class : classes_)
      if (sample_class >= network_.classes()) sample_class = 0;
    for (const Dense& layer : network_.layers()) {
      weights_.emplace_back(layer.weights().cast<double>());
      biases_.emplace_back(layer.biases().cast<double>());
    }
  }

  double loss() const {
    double penalty = 0;
    for (const Doubles& weights : weights_) penalty += l2_ * weights.squaredNorm();
    return penalty + reference_loss(network_, weights_, biases_, x_, classes_, sample_weights_);
  }
  /// dL/dvalue by central differences.
  double slope(double& value) const {
    constexpr double step = 1e-6;
    const double middle = value;
    value = middle + step;
    const double above = loss();
    value = middle - step;
    const double below = loss();
    value = middle;
    return (above - below) / (2 * step);
  }

  void expect_slopes(const BatchPass& pass) {
    for (std::size_t layer = 0; layer < weights_.size(); ++layer) {
      const auto weights = weights_[layer].reshaped();
      const auto gradient = pass.gradient[layer].weights.reshaped();
      for (Index i = 0; i < weights.size(); ++i)
        EXPECT_NEAR(gradient[i], slope(weights_[layer].data()[i]), 2e-6) << layer << ' ' << i;
      for (Index i = 0; i < biases_[layer].size(); ++i)
        EXPECT_NEAR(pass.gradient[layer].biases[i], slope(biases_[layer].data()[i]), 2e-6);
    }
  }

  std::mt19937 random_{7};
  std::vector<Index> units_{6, 5, std::get<1>(GetParam())};
  Network network_{4, units_, std::get<0>(GetParam()), random_};
  Matrix x_{4, 5};
  std::vector<std::uint8_t> classes_{0, 1, 2, 1, 0};
  std::vector<float> sample_weights_ =
      std::get<2>(GetParam()) ? std::vector{1.0f, 0.0f, 2.5f, 0.5f, 1.0f} : std::vector<float>{};
  double l2_ = 0;
  std::vector<Doubles> weights_, biases_;
};

TEST_P(Gradient, of_every_weight_and_bias_is_the_slope_of_the_loss) {
  BatchPass pass;
  EXPECT_NEAR(network_.backward(x_, classes_, sample_weights_, pass), loss(), 1e-6);
  expect_slopes(pass);
}

TEST_P(Gradient, of_the_penalty_is_added_for_weights_and_not_for_biases) {
  BatchPass pass;
  const double data_loss = network_.backward(x_, classes_, sample_weights_, pass);
  const double penalty = network_.add_l2(0.1f, pass);
  l2_ = double{0.1f};
  EXPECT_NEAR(data_loss + penalty, loss(), 1e-6);
  expect_slopes(pass);
}

TEST_P(Gradient, memory_of_an_earlier_larger_batch_does_not_show) {
  BatchPass fresh, reused;
  (void)network_.backward(x_, classes_, sample_weights_, reused);
  const Matrix part = x_.leftCols(2);
  const std::vector<std::uint8_t> classes{0, 1};
  EXPECT_EQ(network_.backward(part, classes, {}, reused),
            network_.backward(part, classes, {}, fresh));
  for (std::size_t i = 0; i < fresh.gradient.size(); ++i)
    EXPECT_EQ(fresh.gradient[i].weights, reused.gradient[i].weights);
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  const auto& [hidden, classes, weighted] = info.param;
  return std::string{to_string(hidden)} + "_" + std::to_string(classes) + "_classes" +
         (weighted ? "_weighted" : "");
}

INSTANTIATE_TEST_SUITE_P(Of, Gradient,
                         testing::Combine(testing::Values(Activation::sigmoid, Activation::tanh,
                                                          Activation::relu, Activation::linear),
                                          testing::Values(2, 3), testing::Bool()),
                         name_of);

TEST(Loss, is_minus_the_log_of_the_probability_of_the_class) {
  const Matrix probabilities{{0.25f, 0.5f}, {0.75f, 0.5f}};
  const std::vector<std::uint8_t> classes{1, 0};
  EXPECT_NEAR(cross_entropy(probabilities, classes), -(std::log(0.75) + std::log(0.5)) / 2, 1e-7);
}

TEST(Loss, weighs_samples) {
  const Matrix probabilities{{0.25f, 0.5f}, {0.75f, 0.5f}};
  const std::vector<std::uint8_t> classes{1, 0};
  const std::vector<float> weights{3, 1};
  EXPECT_NEAR(cross_entropy(probabilities, classes, weights),
              -(3 * std::log(0.75) + std::log(0.5)) / 4, 1e-7);
}

TEST(Loss, of_the_impossible_is_large_but_finite) {
  const std::vector<std::uint8_t> classes{1};
  EXPECT_NEAR(cross_entropy(Matrix{{1.0f}, {0.0f}}, classes), -std::log(1e-7), 1e-12);
}

TEST(Loss, of_nan_is_nan) {
  const std::vector<std::uint8_t> classes{0};
  EXPECT_TRUE(std::isnan(cross_entropy(Matrix{{NAN}, {NAN}}, classes)));
}

TEST(Network, counts_its_weights_and_biases) {
  const std::vector<Index> units{100, 50, 2};
  EXPECT_EQ(count_parameters(100, units), 100 * 100 + 100 + 100 * 50 + 50 + 50 * 2 + 2);
}

TEST(Network, begins_within_glorots_limits_and_without_bias) {
  std::mt19937 random{1};
  const Dense layer{30, 20, Activation::linear, random};
  const float limit = std::sqrt(6.0f / 50);
  EXPECT_LE(layer.weights().cwiseAbs().maxCoeff(), limit);
  EXPECT_GT(layer.weights().maxCoeff(), 0.9f * limit);
  EXPECT_LT(layer.weights().minCoeff(), -0.9f * limit);
  EXPECT_TRUE(layer.biases().isZero(0));
}

TEST(Network, begins_within_hes_limits_where_asked) {
  std::mt19937 random{1};
  const std::vector<Index> units{20, 2};
  const Network network{30, units, Activation::relu, random, Initializer::he};
  const float limit = std::sqrt(6.0f / 30);
  const Matrix& weights = network.layers()[0].weights();
  EXPECT_LE(weights.cwiseAbs().maxCoeff(), limit);
  EXPECT_GT(weights.cwiseAbs().maxCoeff(), 0.95f * limit);
  EXPECT_EQ(parse_initializer(to_string(Initializer::he)), Initializer::he);
  EXPECT_EQ(parse_initializer("Glorot"), std::nullopt);
}

TEST(Network, copies_share_nothing) {
  std::mt19937 random{1};
  const std::vector<Index> units{2};
  Network network{2, units, Activation::sigmoid, random};
  const Network copy = network;
  const float before = copy.layers()[0].weights()(0, 0);
  network.parameters()[0][0] += 1;
  EXPECT_EQ(copy.layers()[0].weights()(0, 0), before);
}

}  // namespace
}  // namespace obkit::neural
