#include "obkit/neural/activation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include <gtest/gtest.h>

namespace obkit::neural {
namespace {

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

}  // namespace
}  // namespace obkit::neural
