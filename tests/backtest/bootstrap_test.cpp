#include "obkit/backtest/bootstrap.hpp"

#include <cmath>
#include <numbers>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace obkit::backtest {
namespace {

/// Standard normal values, the same on every machine (Box and Muller).
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : random_{seed} {}

  double next() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  /// In (0, 1].
  double uniform() { return (static_cast<double>(random_() >> 11U) + 1) / 9007199254740992.0; }

  std::mt19937_64 random_;
};

/// Each value is `memory` times the one before, and news.
std::vector<double> series(std::size_t count, double memory, std::uint64_t seed) {
  Normal normal{seed};
  std::vector<double> values{normal.next() / std::sqrt(1 - memory * memory)};
  while (values.size() < count) values.push_back(memory * values.back() + normal.next());
  return values;
}

/// How many of so many intervals hold the true mean, 0.
int covered(int seeds, std::size_t count, double memory) {
  int result = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const auto values = series(count, memory, static_cast<std::uint64_t>(seed));
    const Interval interval = bootstrap_mean(values).value();
    result += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
  }
  return result;
}

/// ± 1.96 standard errors, as if the values did not depend on each other.
double naive_width(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return 2 * 1.96 * std::sqrt(squares / (count - 1) / count);
}

TEST(BootstrapMean, holds_the_true_mean_of_independent_values_nearly_as_often_as_it_says) {
  // 95 % but for what the blocks and the percentiles lose with 200 values.
  const int hits = covered(300, 200, 0);
  EXPECT_GE(hits, 270);
  EXPECT_LE(hits, 294);
}

TEST(BootstrapMean, holds_the_true_mean_of_dependent_values_more_often_than_a_naive_interval) {
  int naive = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto values = series(500, 0.5, seed);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 500;
    naive += std::abs(mean) <= naive_width(values) / 2 ? 1 : 0;
  }
  const int hits = covered(200, 500, 0.5);
  EXPECT_GE(hits, naive + 15);
  EXPECT_GE(hits, 170);
}

TEST(BootstrapMean, is_as_wide_as_theory_says_for_independent_values) {
  double ratio = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto values = series(1000, 0, seed);
    const Interval interval = bootstrap_mean(values, seed).value();
    ratio += (interval.high - interval.low) / naive_width(values) / 50;
  }
  EXPECT_NEAR(ratio, 1, 0.05);
}

TEST(BootstrapMean, is_wider_where_neighbours_are_alike_and_narrower_where_they_are_opposites) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto alike = series(1000, 0.7, seed);
    const Interval wide = bootstrap_mean(alike).value();
    EXPECT_GT(wide.high - wide.low, 1.4 * naive_width(alike));
    const auto opposite = series(1000, -0.7, seed);
    const Interval narrow = bootstrap_mean(opposite).value();
    EXPECT_LT(narrow.high - narrow.low, 0.8 * naive_width(opposite));
  }
}

TEST(BootstrapMean, is_the_same_for_the_same_seed_alone) {
  const auto values = series(100, 0.3, 7);
  const Interval first = bootstrap_mean(values, 3).value();
  const Interval again = bootstrap_mean(values, 3).value();
  const Interval other = bootstrap_mean(values, 4).value();
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_NE(first.low, other.low);
  EXPECT_NEAR(first.low, other.low, 0.1);
}

TEST(BootstrapMean, of_constant_values_is_that_value) {
  const std::vector<double> values(20, 2.5);
  const Interval interval = bootstrap_mean(values).value();
  EXPECT_EQ(interval.low, 2.5);
  EXPECT_EQ(interval.high, 2.5);
}

TEST(BootstrapMean, stays_within_the_means_of_its_blocks) {
  // 27 values, blocks of three: no mean is outside of -2 (the block 0, -7, 1) and 4 (3, 4, 5).
  std::vector<double> values{0, -7, 1, 2, 3, 4, 5, 1};
  values.resize(27, 1);
  const Interval interval = bootstrap_mean(values).value();
  EXPECT_GE(interval.low, -2);
  EXPECT_LE(interval.high, 4);
  EXPECT_LT(interval.low, 28.0 / 27);
  EXPECT_GT(interval.high, 28.0 / 27);
}

TEST(BootstrapMean, of_few_values_is_not_known) {
  const std::vector<double> values(19, 1);
  EXPECT_FALSE(bootstrap_mean(values));
  EXPECT_FALSE(bootstrap_mean({}));
  EXPECT_TRUE(bootstrap_mean(std::vector<double>(20, 1)));
}

}  // namespace
}  // namespace obkit::backtest
