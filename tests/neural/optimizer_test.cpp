#include "obkit/neural/optimizer.hpp"

#include <cmath>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/each_target.hpp"
#include "synthetic.hpp"

namespace obkit::neural {
namespace {

/// One softmax layer, two inputs, two classes:
///   W = [[0.5, -0.5], [0, 1]], b = (0.1, -0.1), x = (1, 2), class 0
///   z = W·x + b = (0.5 - 1 + 0.1, 2 - 0.1) = (-0.4, 1.9)
///   p0 = 1 / (1 + e^2.3) = 0.09112296, p1 = 0.90887704
///   dz = (p0 - 1, p1) = (-0.90887704, 0.90887704)
///   dW = dz·xᵀ = [[-0.90887704, -1.81775408], [0.90887704, 1.81775408]], db = dz
class OneStep : public testing::Test {
 protected:
  OneStep() { (void)network_.backward(Matrix{{1.0f}, {2.0f}}, classes_, {}, pass_); }

  void step(Optimizer& optimizer) { optimizer.step(network_.parameters(), pass_.blocks()); }
  const Matrix& weights() { return network_.layers()[0].weights(); }
  const Vector& biases() { return network_.layers()[0].biases(); }

  Network network_{
      {Dense{Matrix{{0.5f, -0.5f}, {0.0f, 1.0f}}, Vector{{0.1f, -0.1f}}, Activation::softmax}}};
  std::vector<std::uint8_t> classes_{0};
  BatchPass pass_;
};

TEST_F(OneStep, gradient_is_the_one_worked_out_above) {
  EXPECT_NEAR(pass_.gradient[0].weights(0, 0), -0.90887704, 1e-6);
  EXPECT_NEAR(pass_.gradient[0].weights(1, 1), 1.81775408, 1e-6);
  EXPECT_NEAR(pass_.gradient[0].biases[0], -0.90887704, 1e-6);
}

TEST_F(OneStep, rmsprop_follows_keras) {
  // First step: a = 0.1·g², so the change is rate·g / (|g|·sqrt(0.1) + 1e-7) = rate / 0.31622777
  // against the sign of g, less a part in three million: 0.01 · 3.1622766 = 0.031622766.
  RmsProp rmsprop{{.learning_rate = 0.01f, .rho = 0.9f, .epsilon = 1e-7f}};
  step(rmsprop);
  EXPECT_NEAR(weights()(0, 0), 0.5 + 0.0316227, 1e-6);
  EXPECT_NEAR(weights()(0, 1), -0.5 + 0.0316227, 1e-6);
  EXPECT_NEAR(weights()(1, 0), 0 - 0.0316227, 1e-6);
  EXPECT_NEAR(weights()(1, 1), 1 - 0.0316227, 1e-6);
  EXPECT_NEAR(biases()[0], 0.1 + 0.0316227, 1e-6);
  // Second step, the same gradient: a = 0.09·g² + 0.1·g² = 0.19·g²; change 0.01 / sqrt(0.19).
  step(rmsprop);
  EXPECT_NEAR(weights()(0, 0), 0.5 + 0.0316227 + 0.0229415, 2e-6);
}

TEST_F(OneStep, rmsprop_adds_epsilon_outside_the_root) {
  // With epsilon 1: 0.01·0.90887704 / (0.90887704·0.31622777 + 1) = 0.0070598. Inside the root it
  // would be 0.01·0.90887704 / sqrt(0.1·0.82605748 + 1) = 0.0087353.
  RmsProp rmsprop{{.learning_rate = 0.01f, .rho = 0.9f, .epsilon = 1.0f}};
  step(rmsprop);
  EXPECT_NEAR(weights()(0, 0), 0.5 + 0.0070598, 1e-6);
}

TEST_F(OneStep, adamw_follows_pytorch) {
  // First step: w·(1 - rate·decay) = w·(1 - 0.01·0.1) = 0.999·w; then m̂ = g, v̂ = g², so the change
  // is rate·g / (|g| + 1e-8) = 0.01 against the sign of g.
  AdamW adam{{.learning_rate = 0.01f,
              .weight_decay = 0.1f,
              .beta1 = 0.9f,
              .beta2 = 0.999f,
              .epsilon = 1e-8f}};
  step(adam);
  EXPECT_NEAR(weights()(0, 0), 0.999 * 0.5 + 0.01, 1e-6);
  EXPECT_NEAR(weights()(0, 1), 0.999 * -0.5 + 0.01, 1e-6);
  EXPECT_NEAR(weights()(1, 0), 0 - 0.01, 1e-6);
  EXPECT_NEAR(weights()(1, 1), 0.999 - 0.01, 1e-6);
  EXPECT_NEAR(biases()[0], 0.999 * 0.1 + 0.01, 1e-6);  // biases decay too
}

TEST(AdamW, second_step_corrects_its_bias) {
  // w = 1, no decay, gradients 1 and then -3, rate 0.1:
  //   step 1: m = 0.1, v = 0.001, m̂ = v̂ = 1: w = 0.9
  //   step 2: m = 0.09 - 0.3 = -0.21, v = 0.000999 + 0.009 = 0.009999
  //           m̂ = -0.21 / 0.19 = -1.1052632, v̂ = 0.009999 / 0.001999 = 5.0020010
  //           w = 0.9 + 0.1·1.1052632 / 2.2365153 = 0.9494190
  AdamW adam{
      {.learning_rate = 0.1f, .weight_decay = 0, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f}};
  std::vector<float> w{1}, g{1};
  adam.step({w}, {g});
  EXPECT_NEAR(w[0], 0.9, 1e-6);
  g[0] = -3;
  adam.step({w}, {g});
  EXPECT_NEAR(w[0], 0.9494190, 2e-6);
}

TEST(Sgd, follows_pytorch) {
  // w = 1, rate 0.1, momentum 0.5, gradients 1 and then -3:
  //   step 1: v = 1, w = 0.9;  step 2: v = 0.5 - 3 = -2.5, w = 1.15
  Sgd sgd{{.learning_rate = 0.1f, .momentum = 0.5f}};
  std::vector<float> w{1}, g{1};
  sgd.step({w}, {g});
  EXPECT_NEAR(w[0], 0.9, 1e-7);
  g[0] = -3;
  sgd.step({w}, {g});
  EXPECT_NEAR(w[0], 1.15, 2e-7);
}

TEST(Sgd, without_momentum_follows_the_gradient_alone) {
  Sgd sgd{{.learning_rate = 0.1f, .momentum = 0}};
  std::vector<float> w{1}, g{1};
  sgd.step({w}, {g});
  sgd.step({w}, {g});
  EXPECT_NEAR(w[0], 0.8, 1e-7);
}

template <class Kind>
class EachOptimizer : public testing::Test {};
using Kinds = testing::Types<Sgd, RmsProp, AdamW>;
TYPED_TEST_SUITE(EachOptimizer, Kinds);

TYPED_TEST(EachOptimizer, goes_on_from_its_state_to_the_bit) {
  TypeParam whole{{}}, first{{}}, second{{}};
  std::vector<float> w(19, 1), resumed;
  std::vector<float> g(19);
  for (int step = 0; step < 10; ++step) {
    for (std::size_t i = 0; i < g.size(); ++i)
      g[i] = std::sin(static_cast<float>(step * 19) + static_cast<float>(i));
    if (step == 5) {
      resumed = w;
      second.restore(whole.state());
    }
    whole.step({w}, {g});
    if (step >= 5) second.step({resumed}, {g});
  }
  EXPECT_EQ(w, resumed);
  EXPECT_EQ(second.state().steps, 10U);
  for (std::size_t i = 0; i < second.state().slots.size(); ++i)
    EXPECT_EQ(second.state().slots[i], whole.state().slots[i]);
  EXPECT_TRUE(first.state().slots.empty());
}

/// What PyTorch 1.13 made of the same weights and batches; data/make_parity.py wrote it.
const nlohmann::json& golden() {
  static const nlohmann::json json =
      nlohmann::json::parse(std::ifstream{OBKIT_SOURCE_DIR "/tests/neural/data/parity.json"});
  return json;
}

std::unique_ptr<Optimizer> make(const std::string& name) {
  if (name == "sgd")
    return std::make_unique<Sgd>(Sgd::Options{.learning_rate = 0.1f, .momentum = 0.9f});
  if (name == "rmsprop")
    return std::make_unique<RmsProp>(RmsProp::Options{.learning_rate = 0.003f});
  return std::make_unique<AdamW>(AdamW::Options{.learning_rate = 0.003f, .weight_decay = 0.01f});
}

double squares(std::span<const float> block) {
  return std::accumulate(block.begin(), block.end(), 0.0,
                         [](double sum, float w) { return sum + double{w} * double{w}; });
}

// Single precision in another order: after 100 steps PyTorch itself ends up to 2e-6 (parameters)
// and 4e-7 (losses) from what it computes in double precision; twice that between two such, and
// some room.
constexpr double parameter_tolerance = 1e-5, loss_tolerance = 2e-6;

class Parity : public EachTarget {
 protected:
  static void expect_parity(const nlohmann::json& golden_case) {
    const auto units = golden_case["units"].get<std::vector<Index>>();
    const auto losses = golden_case["losses"].get<std::vector<double>>();
    const auto inputs = golden_case["inputs"].get<Index>();
    const auto batch = golden()["batch"].get<std::size_t>();
    const auto samples = synthetic_samples(inputs, units.back(), losses.size() * batch);
    Network network = synthetic_network(
        inputs, units, *parse_activation(golden_case["hidden"].get<std::string>()));
    const auto optimizer = make(golden_case["optimizer"]);
    BatchPass pass;
    for (std::size_t i = 0; i < losses.size(); ++i) {
      const auto x =
          samples.inputs.middleCols(static_cast<Index>(i * batch), static_cast<Index>(batch));
      const auto part = [&](const auto& of) { return std::span{of}.subspan(i * batch, batch); };
      const double loss = network.backward(
          x, part(samples.classes),
          golden_case["weighted"] ? part(samples.weights) : std::span<const float>{}, pass);
      ASSERT_NEAR(loss, losses[i], loss_tolerance) << "step " << i;
      optimizer->step(network.parameters(), pass.blocks());
    }
    expect_parameters(network.parameters(), golden_case["parameters"]);
  }

  static void expect_parameters(const ParameterBlocks& blocks, const nlohmann::json& summaries) {
    ASSERT_EQ(blocks.size(), summaries.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_NEAR(blocks[i].front(), summaries[i]["first"].get<double>(), parameter_tolerance);
      EXPECT_NEAR(blocks[i].back(), summaries[i]["last"].get<double>(), parameter_tolerance);
      const auto sum = summaries[i]["squares"].get<double>();
      EXPECT_NEAR(squares(blocks[i]), sum, parameter_tolerance * (1 + sum)) << "block " << i;
    }
  }
};

TEST_P(Parity, with_pytorch_holds_for_100_steps_of_each_optimizer) {
  ASSERT_EQ(golden()["cases"].size(), 9U);
  for (const nlohmann::json& golden_case : golden()["cases"]) {
    SCOPED_TRACE(golden_case["optimizer"].dump() + golden_case["units"].dump());
    expect_parity(golden_case);
  }
}

INSTANTIATE_TEST_SUITE_P(With, Parity, testing::ValuesIn(instruction_sets()), target_name);

}  // namespace

}  // namespace obkit::neural
