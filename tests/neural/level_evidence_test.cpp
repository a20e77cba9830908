#include "level_evidence.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "obkit/neural/random.hpp"

namespace obkit::neural {
namespace {

/// Normal enough: the sum of twelve.
float bell(std::mt19937& random) {
  float sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform(random, 0, 1);
  return sum;
}

/// Samples whose direction depends on the best level and, as strongly as `knowledge` says, on level
/// 4; all of it drawn.
struct Market {
  Market(std::size_t count, float knowledge, std::size_t copies = 1) {
    std::mt19937 random{7};
    inputs.resize(16, static_cast<Index>(count * copies));
    for (std::size_t i = 0; i < count; ++i) {
      Vector sample(16);
      for (float& value : sample) value = bell(random);
      const float best = sample[7] - sample[8], fourth = sample[3] - sample[12];
      const bool rises = best + knowledge * fourth + bell(random) > 0;
      for (std::size_t copy = 0; copy < copies; ++copy) {
        inputs.col(static_cast<Index>(classes.size())) = sample;
        classes.push_back(rises);
        blocks.push_back(static_cast<std::uint32_t>(i));
      }
    }
  }
  [[nodiscard]] std::vector<float> evidence() const {
    return level_evidence(inputs, classes, blocks);
  }

  Matrix inputs;
  std::vector<std::uint8_t> classes;
  std::vector<std::uint32_t> blocks;
};

TEST(LevelEvidence, is_high_where_a_level_knows_more_and_low_where_it_is_noise) {
  const auto evidence = Market{4000, 1}.evidence();
  ASSERT_EQ(evidence.size(), 8U);
  EXPECT_EQ(evidence[0], 1);
  EXPECT_LT(evidence[1], 0.85);
  EXPECT_LT(evidence[2], 0.85);
  EXPECT_EQ(evidence[2], evidence[3]);  // a band has one
  EXPECT_GT(evidence[4], 0.97);
  EXPECT_EQ(evidence[4], evidence[7]);
}

TEST(LevelEvidence, does_not_count_a_sample_twice_that_came_twice) {
  const auto once = Market{500, 0.3f}.evidence(), often = Market{500, 0.3f, 5}.evidence();
  for (std::size_t k = 0; k < once.size(); ++k) EXPECT_NEAR(often[k], once[k], 1e-4);
}

TEST(LevelEvidence, does_not_depend_on_which_side_is_which) {
  Market market{500, 0.5f};
  const auto straight = market.evidence();
  market.inputs = market.inputs.colwise().reverse().eval();
  for (auto& sample_class : market.classes)
    sample_class = static_cast<std::uint8_t>(1 - sample_class);
  const auto mirrored = market.evidence();
  for (std::size_t k = 0; k < straight.size(); ++k) EXPECT_NEAR(mirrored[k], straight[k], 1e-5);
}

TEST(LevelEvidence, leaves_out_samples_that_neither_rise_nor_fall) {
  Market market{500, 0.5f};
  const auto before = market.evidence();
  market.inputs.conservativeResize(16, 600);
  market.inputs.rightCols(100).setConstant(9);
  for (std::uint32_t i = 0; i < 100; ++i) {
    market.classes.push_back(2);
    market.blocks.push_back(1000 + i);
  }
  EXPECT_EQ(market.evidence(), before);
  std::fill(market.classes.begin(), market.classes.end(), std::uint8_t{2});
  for (const float level : market.evidence()) EXPECT_TRUE(level == 0 || level == 1);
}

TEST(LevelEvidence, by_hand) {
  const Matrix inputs{{1, -1, 1, -1}, {1, 1, -1, -1}, {-1, -1, 1, 1}, {-1, 1, -1, 1}};
  const std::vector<std::uint8_t> classes{1, 0, 1, 0};
  const std::vector<std::uint32_t> blocks{0, 1, 2, 3};
  // d_0 = 2, 2, -2, -2 is not correlated with the direction: the slope is 0, p = 1/2, r = ±1/2.
  // d_1 = 2, -2, 2, -2 = ±1 in its deviations is the direction: Σ r·d = 2, Σ (r·d)² = 1: t² = 4.
  EXPECT_NEAR(level_evidence(inputs, classes, blocks)[1], 4.0 / 5, 1e-6);
}

}  // namespace
}  // namespace obkit::neural
