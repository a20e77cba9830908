#include "obkit/neural/linear_fit.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stored.hpp"

namespace obkit::neural {
namespace {

/// So many samples of a single input, 1, that fall and rise.
void add_ones(Stored& stored, int falls, int rises) {
  for (int i = 0; i < falls; ++i) stored.add({1}, 0);
  for (int i = 0; i < rises; ++i) stored.add({1}, 1);
}

TEST(LinearFit, of_one_input_is_where_the_penalty_meets_the_odds) {
  // p = 3/4 without penalty. At v = log 2 p is 2/3, and the penalty makes up for the 1/12.
  Stored stored;
  add_ones(stored, 10, 30);
  const double penalty = 1. / 12 / std::log(2.);
  const LinearFit fit = fit_linear(stored.view(), std::vector{penalty});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.weights.at(0), std::log(2.), 1e-9);
  EXPECT_EQ(fit.slope, 1);  // the samples themselves ask for more
}

TEST(LinearFit, is_made_less_sure_where_samples_that_count_little_are_others) {
  constexpr double hardly = 1e-9;
  for (const int rises : {6, 4}) {  // of ten samples
    Stored stored;
    add_ones(stored, 10 - rises, rises);
    SampleView view = stored.view();
    // Weighted, nine of ten rise.
    std::vector<float> weights(10, 0.1f / static_cast<float>(10 - rises));
    std::fill(weights.end() - rises, weights.end(), 0.9f / static_cast<float>(rises));
    view.weights = weights;
    const LinearFit fit = fit_linear(view, std::vector{hardly});
    const double odds = static_cast<double>(rises) / (10 - rises);
    EXPECT_NEAR(fit.slope, std::log(odds) / std::log(9.), 1e-6);
    EXPECT_NEAR(fit.weights.at(0), std::log(odds), 1e-6);
  }
}

/// The same minimum by small steps downhill, every sum as the comment of fit_linear() has it.
std::vector<double> downhill(const std::vector<std::vector<double>>& inputs,
                             const std::vector<int>& signs, const std::vector<double>& weights,
                             const std::vector<double>& penalties) {
  const std::size_t count = penalties.size();
  std::vector<double> rms(count), v(count);
  for (std::size_t j = 0; j < count; ++j) {
    for (const auto& x : inputs) rms[j] += x[j] * x[j];
    rms[j] = std::sqrt(rms[j] / static_cast<double>(inputs.size()));
  }
  double total = 0;
  for (const double weight : weights) total += weight;
  for (int step = 0; step < 20'000; ++step) {
    std::vector<double> gradient(count);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      double z = 0;
      for (std::size_t j = 0; j < count; ++j) z += v[j] * inputs[i][j] / rms[j];
      const double slope = -signs[i] / (1 + std::exp(signs[i] * z));
      for (std::size_t j = 0; j < count; ++j)
        gradient[j] += weights[i] * slope * inputs[i][j] / rms[j] / total;
    }
    for (std::size_t j = 0; j < count; ++j) v[j] -= 0.5 * (gradient[j] + penalties[j] * v[j]);
  }
  for (std::size_t j = 0; j < count; ++j) v[j] /= rms[j];
  return v;
}

TEST(LinearFit, agrees_with_small_steps_downhill) {
  std::mt19937 random{7};
  Stored stored;
  std::vector<std::vector<double>> inputs;
  std::vector<int> signs;
  std::vector<double> weights;
  std::vector<float> float_weights;
  for (int i = 0; i < 120; ++i) {
    std::vector<double> x;
    for (const double scale : {1., 50., 0.01}) x.push_back(scale * (uniform(random, 0, 1) - 0.5f));
    for (double& value : x) value = static_cast<float>(value);
    const bool rises = x[0] + x[1] / 50 + uniform(random, -1, 1) > 0;
    stored.add(x, rises ? 1 : 0);
    inputs.push_back(x);
    signs.push_back(rises ? 1 : -1);
    float_weights.push_back(0.25f * static_cast<float>(1 + random() % 4));
    weights.push_back(float_weights.back());
  }
  SampleView view = stored.view();
  view.weights = float_weights;
  const std::vector<double> penalties{0.01, 0.2, 0.05};
  const LinearFit fit = fit_linear(view, penalties);
  EXPECT_TRUE(fit.converged);
  const auto expected = downhill(inputs, signs, weights, penalties);
  for (std::size_t j = 0; j < expected.size(); ++j)
    EXPECT_NEAR(fit.weights[j] / fit.slope, expected[j], 1e-6 * std::abs(expected[j])) << j;
}

TEST(LinearFit, is_finite_where_the_classes_are_told_apart_for_sure) {
  Stored stored;
  for (int i = 1; i < 50; ++i) {
    stored.add({1e6 * i, 0}, 1);
    stored.add({-1e6 * i, 0}, 0);
  }
  const LinearFit fit = fit_linear(stored.view(), std::vector{1e-6, 1e-6});
  EXPECT_TRUE(fit.converged);
  EXPECT_TRUE(std::isfinite(fit.weights[0]));
  EXPECT_GT(fit.weights[0], 0);
  EXPECT_EQ(fit.weights[1], 0);
}

TEST(LinearFit, of_mirrored_samples_is_the_same) {
  std::mt19937 random{9};
  Stored straight, mirror;
  for (int i = 0; i < 200; ++i) {
    const double a = uniform(random, -1, 1), b = uniform(random, -1, 1);
    const bool rises = a + uniform(random, -1, 1) > 0;
    straight.add({a, b}, rises ? 1 : 0);
    mirror.add({-a, -b}, rises ? 0 : 1);
  }
  const std::vector<double> penalties{0.001, 0.1};
  const LinearFit one = fit_linear(straight.view(), penalties);
  const LinearFit other = fit_linear(mirror.view(), penalties);
  for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(one.weights[j], other.weights[j], 1e-12);
}

}  // namespace
}  // namespace obkit::neural
