#include "obkit/neural/network.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/neural/dense.hpp"

#include "net/cross_entropy.hpp"
#include "net/random.hpp"
#include "support/each_target.hpp"
#include "support/random_models.hpp"
#include "synthetic.hpp"

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

Vector activated(Activation activation, std::initializer_list<float> values) {
  Vector z(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), z.begin());
  activate(activation, z);
  return z;
}

TEST(Activation, names_read_back) {
  for (const auto activation : {Activation::sigmoid, Activation::tanh, Activation::relu,
                                Activation::linear, Activation::softmax})
    EXPECT_EQ(parse_activation(to_string(activation)), activation);
  EXPECT_EQ(parse_activation("Sigmoid"), std::nullopt);
}

TEST(Activation, each_is_its_formula) {
  for (const float z : {-20.0f, -3.0f, -0.5f, 0.0f, 0.1f, 2.0f, 15.0f}) {
    const auto of = [&](Activation activation) { return activated(activation, {z})[0]; };
    EXPECT_NEAR(of(Activation::sigmoid), 1 / (1 + std::exp(-double{z})), 2e-7);
    EXPECT_NEAR(of(Activation::tanh), std::tanh(double{z}), 2e-7);
    EXPECT_EQ(of(Activation::relu), z > 0 ? z : 0);
    EXPECT_EQ(of(Activation::linear), z);
  }
}

TEST(Activation, sigmoid_stays_finite_far_out) {
  const Vector y = activated(Activation::sigmoid, {-1e30f, 1e30f});
  EXPECT_NEAR(y[0], 0, 1e-30);
  EXPECT_EQ(y[1], 1);
}

TEST(Activation, softmax_is_exponentials_by_their_sum) {
  const Vector y = activated(Activation::softmax, {0.0f, std::log(3.0f)});
  EXPECT_NEAR(y[0], 0.25, 1e-7);
  EXPECT_NEAR(y[1], 0.75, 1e-7);
}

TEST(Activation, softmax_of_huge_inputs_is_finite_and_adds_up_to_one) {
  for (const auto& z : {std::array{1e30f, 1e30f, -1e30f}, std::array{-1e30f, -1e30f, -1e30f},
                        std::array{88.0f, 100.0f, 1000.0f}}) {
    const Vector y = activated(Activation::softmax, {z[0], z[1], z[2]});
    EXPECT_TRUE(y.allFinite());
    EXPECT_NEAR(y.sum(), 1, 1e-6);
  }
}

TEST(Activation, softmax_of_a_batch_is_that_of_each_column) {
  Matrix z{{1.0f, 2.0f}, {3.0f, 5.0f}};
  activate(Activation::softmax, z);
  EXPECT_NEAR(z(1, 0), 1 / (1 + std::exp(-2.0)), 1e-6);
  EXPECT_NEAR(z(1, 1), 1 / (1 + std::exp(-3.0)), 1e-6);
}

using NetworkBatch = EachTarget;

TEST_P(NetworkBatch, of_any_size_gives_each_sample_the_bits_that_it_gets_alone) {
  for (const Index width : {1, 2, 3, 7, 15, 16, 17, 33, 50, 64, 100, 129}) {
    std::mt19937 random{static_cast<std::uint32_t>(width)};
    const std::vector<Index> units{width, 5, 3};
    const Network network{width, units, Activation::sigmoid, random};
    const Matrix x = synthetic_samples(width, 2, 100).inputs;
    Matrix alone(3, 100);
    for (Index i = 0; i < 100; ++i) alone.col(i) = network.forward(Vector{x.col(i)});
    for (Index n = 1; n <= 100; ++n)
      ASSERT_EQ(network.forward(Matrix{x.leftCols(n)}), alone.leftCols(n)) << width << ' ' << n;
  }
}

/// Scores as bits: 0 and -0 differ.
std::vector<std::uint64_t> scores_in_parts(const Model& model, Model::Samples samples,
                                           std::size_t most) {
  std::vector<double> scores(samples.size());
  for (std::size_t begin = 0; begin < samples.size(); begin += most) {
    const std::size_t count = std::min(most, samples.size() - begin);
    model.score(samples.subspan(begin, count), std::span{scores}.subspan(begin, count));
  }
  std::vector<std::uint64_t> bits;
  for (const double score : scores) bits.push_back(std::bit_cast<std::uint64_t>(score));
  return bits;
}

TEST_P(NetworkBatch, of_raw_samples_gives_each_the_score_that_it_has_alone_whatever_the_model) {
  for (const auto& [inputs, members] : {std::pair{Index{10}, 2U}, std::pair{Index{100}, 1U}}) {
    std::mt19937 random{11};
    std::vector<std::vector<double>> volumes(100);
    for (auto& each : volumes) each = random_volumes(random, static_cast<std::size_t>(inputs));
    const std::vector<std::span<const double>> samples{volumes.begin(), volumes.end()};
    for (const ModelParts& parts : varied_models(members, inputs)) {
      const Model model{parts};
      const auto alone = scores_in_parts(model, samples, 1);
      for (const std::size_t most : {2U, 3U, 5U, 15U, 16U, 31U, 32U, 33U, 64U, 65U, 100U})
        ASSERT_EQ(scores_in_parts(model, samples, most), alone)
            << inputs << ' ' << most << ' ' << to_string(parts.transform.kind());
      for (std::size_t i = 0; i < samples.size(); ++i)
        ASSERT_EQ(std::bit_cast<std::uint64_t>(model.score(samples[i])), alone[i]);
    }
  }
}

TEST_P(NetworkBatch, may_be_part_of_a_larger_matrix) {
  const auto samples = synthetic_samples(10, 2, 40);
  Network network = synthetic_network(10, std::vector<Index>{6, 2}, Activation::tanh);
  Matrix wide(13, 40);
  wide.topRows(10) = samples.inputs;
  BatchPass part, whole;
  EXPECT_EQ(network.backward(wide.topRows(10), samples.classes, {}, part),
            network.backward(samples.inputs, samples.classes, {}, whole));
  for (std::size_t i = 0; i < part.gradient.size(); ++i)
    EXPECT_EQ(part.gradient[i].weights, whole.gradient[i].weights);
  Matrix y(2, 40);
  network.forward(wide.topRows(10), y);
  EXPECT_EQ(y, network.forward(samples.inputs));
}

TEST_P(NetworkBatch, that_is_worked_on_in_parts_has_the_gradient_of_its_parts) {
  const auto samples = synthetic_samples(20, 3, 150);  // more than is worked on at once
  const Network network = synthetic_network(20, std::vector<Index>{17, 3}, Activation::sigmoid);
  BatchPass whole, one;
  const double loss = network.backward(samples.inputs, samples.classes, samples.weights, whole);
  double sum = 0, total = 0;
  Matrix gradient = Matrix::Zero(17, 20);
  for (Index i = 0; i < 150; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float weight = samples.weights[at];
    sum += weight * network.backward(samples.inputs.col(i), {&samples.classes[at], 1}, {}, one);
    gradient += weight * one.gradient[0].weights;
    total += weight;
  }
  EXPECT_NEAR(loss, sum / total, 1e-6);
  gradient /= static_cast<float>(total);
  EXPECT_LT((gradient - whole.gradient[0].weights).cwiseAbs().maxCoeff(), 1e-7);
}

TEST_P(NetworkBatch, of_many_samples_has_the_sum_over_blocks_of_256_in_their_order) {
  const auto samples = synthetic_samples(20, 3, 700);
  const Network network = synthetic_network(20, std::vector<Index>{17, 3}, Activation::sigmoid);
  BatchPass whole, block;
  const double loss = network.backward(samples.inputs, samples.classes, samples.weights, whole);
  double sum = 0, total = 0;
  for (const float weight : samples.weights) total += double{weight};
  Matrix weights;
  Vector biases;
  for (const auto& [begin, n] : {std::pair{0, 256}, std::pair{256, 256}, std::pair{512, 188}}) {
    const auto first = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(n);
    sum += network.backward(samples.inputs.middleCols(begin, n),
                            std::span{samples.classes}.subspan(first, count),
                            std::span{samples.weights}.subspan(first, count), total, block);
    const DenseGradient& gradient = block.gradient[0];
    weights = begin == 0 ? gradient.weights : Matrix{weights + gradient.weights};
    biases = begin == 0 ? gradient.biases : Vector{biases + gradient.biases};
  }
  EXPECT_EQ(loss, sum);
  EXPECT_EQ(whole.gradient[0].weights, weights);
  EXPECT_EQ(whole.gradient[0].biases, biases);
}

TEST_P(NetworkBatch, agrees_with_every_other_instruction_set_to_a_millionth) {
  const auto samples = synthetic_samples(100, 2, 33);
  const Network network =
      synthetic_network(100, std::vector<Index>{100, 50, 2}, Activation::sigmoid);
  const Matrix here = network.forward(samples.inputs);
  const UseTarget use{InstructionSet::baseline};
  EXPECT_LT((network.forward(samples.inputs) - here).cwiseAbs().maxCoeff(), 1e-6);
}

TEST_P(NetworkBatch, of_which_one_value_is_nan_has_no_finite_loss) {
  auto samples = synthetic_samples(10, 2, 40);
  const Network network = synthetic_network(10, std::vector<Index>{6, 2}, Activation::sigmoid);
  samples.inputs(3, 17) = std::numeric_limits<float>::quiet_NaN();
  BatchPass pass;
  EXPECT_TRUE(std::isnan(network.backward(samples.inputs, samples.classes, {}, pass)));
  EXPECT_FALSE(pass.gradient[0].weights.allFinite());
}

INSTANTIATE_TEST_SUITE_P(With, NetworkBatch, testing::ValuesIn(instruction_sets()), target_name);

}  // namespace

}  // namespace obkit::neural
