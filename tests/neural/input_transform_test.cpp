#include "obkit/neural/input_transform.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "net/random.hpp"
#include "support/random_models.hpp"

namespace obkit::neural {
namespace {

InputTransform fitted(const Matrix& samples, TransformKind kind, double level_decay) {
  TransformFitter fitter;
  for (const auto column : samples.colwise()) fitter.add(column, 0, 0);
  return fitter.fit({.kind = kind, .level_decay = level_decay});
}

Vector transformed(const InputTransform& transform, const Vector& sample) {
  Matrix result = sample;
  transform.apply(result);
  return result;
}

// Rows from the outside in and out again: distance 1, 0, 0, 1.
const Matrix four_levels{{10, 30}, {1, 2}, {3, 9}, {20, 50}};

TEST(InputTransform, none_leaves_samples_alone) {
  const Vector sample{{1, 2, 3, 4}};
  EXPECT_EQ(transformed(InputTransform{}, sample), sample);
}

TEST(InputTransform, relative_takes_the_median_over_both_sides_by_distance) {
  const auto transform = fitted(four_levels, TransformKind::relative, 1);
  // Distance 0: 1 2 3 9, between 2 and 3. Distance 1: 10 20 30 50, between 20 and 30.
  EXPECT_EQ(transform.constants().scale, (std::vector<float>{2.5f, 25.0f}));
}

TEST(InputTransform, relative_takes_no_level_for_less_than_the_best) {
  const Matrix dust{{1, 2}, {10, 30}, {30, 50}, {3, 4}};
  const auto transform = fitted(dust, TransformKind::relative, 1);
  EXPECT_EQ(transform.constants().scale, (std::vector<float>{30, 30}));
}

TEST(InputTransform, relative_is_the_log_of_the_ratio_quieter_with_distance) {
  const InputTransform transform{{.kind = TransformKind::relative,
                                  .level_decay = 1,
                                  .offset = {0.05f, 0.5f},
                                  .scale = {2, 20}},
                                 4};
  const Vector y = transformed(transform, Vector{{20, 0, 2, 60}});
  EXPECT_NEAR(y[0], std::log(1.5) / 2, 1e-6);
  EXPECT_NEAR(y[1], std::log(0.05), 1e-6);
  EXPECT_NEAR(y[2], std::log(1.05), 1e-6);
  EXPECT_NEAR(y[3], std::log(3.5) / 2, 1e-6);
}

TEST(InputTransform, the_level_decay_is_an_exponent) {
  const InputTransform transform{{.kind = TransformKind::log, .level_decay = 2}, 6};
  const Vector y = transformed(transform, Vector{{1, 2, 3, 4, 5, 6}});
  EXPECT_NEAR(y[0], std::log(2.0) / 9, 1e-6);
  EXPECT_NEAR(y[1], std::log(3.0) / 4, 1e-6);
  EXPECT_NEAR(y[2], std::log(4.0), 1e-6);
  EXPECT_NEAR(y[5], std::log(7.0) / 9, 1e-6);
}

TEST(InputTransform, zscore_centres_and_scales_by_distance_over_both_sides) {
  const auto transform = fitted(four_levels, TransformKind::zscore, 0);
  EXPECT_EQ(transform.constants().center, (std::vector<float>{3.75f, 27.5f}));
  const Vector y = transformed(transform, Vector{{27.5f, 4.75f, 3.75f, 42.5f}});
  EXPECT_EQ(y[0], 0);
  EXPECT_NEAR(y[1], 1 / std::sqrt(9.6875), 1e-6);  // variance of 1, 2, 3, 9
  EXPECT_EQ(y[2], 0);
  EXPECT_NEAR(y[3], 15 / std::sqrt(218.75), 1e-6);  // of 10, 20, 30, 50
}

TEST(InputTransform, zscore_of_a_level_that_never_changes_is_finite) {
  const auto transform = fitted(Matrix::Constant(2, 5, 7), TransformKind::zscore, 0);
  EXPECT_EQ(transformed(transform, Vector{{7, 8}}), (Vector{{0, 1}}));
}

TEST(InputTransform, share_is_the_part_of_the_whole_book) {
  const auto transform = fitted(four_levels, TransformKind::share, 0);
  EXPECT_EQ(transformed(transform, Vector{{1, 2, 3, 4}}), (Vector{{0.4f, 0.8f, 1.2f, 1.6f}}));
  EXPECT_EQ(transformed(transform, Vector::Zero(4)), Vector{Vector::Zero(4)});
}

TEST(InputTransform, a_median_of_zero_gives_way_to_that_of_the_positive_values) {
  const Matrix samples{{0, 0, 0, 6}, {0, 0, 4, 8}};
  EXPECT_EQ(fitted(samples, TransformKind::relative, 1).constants().scale, std::vector<float>{6});
}

TEST(InputTransform, a_level_without_any_value_counts_as_one) {
  const auto transform = fitted(Matrix::Zero(2, 3), TransformKind::relative, 1);
  EXPECT_EQ(transform.constants().scale, std::vector<float>{1});
}

TEST(InputTransform, a_batch_gets_the_bits_of_each_sample_alone) {
  const Matrix samples = 1000 * Matrix::Random(14, 9).cwiseAbs();
  for (const auto kind :
       {TransformKind::relative, TransformKind::log, TransformKind::zscore, TransformKind::share}) {
    const auto transform = fitted(samples, kind, 1);
    Matrix batch = samples;
    transform.apply(batch);
    for (Index i = 0; i < samples.cols(); ++i)
      EXPECT_EQ(Vector{batch.col(i)}, transformed(transform, samples.col(i)));
  }
}

TEST(InputTransform, a_mirrored_sample_is_transformed_to_the_mirrored_bits) {
  const Matrix samples = 1000 * Matrix::Random(14, 9).cwiseAbs();
  for (const auto kind :
       {TransformKind::relative, TransformKind::log, TransformKind::zscore, TransformKind::share}) {
    const auto transform = fitted(samples, kind, 1);
    const Vector sample = samples.col(3), straight = transformed(transform, sample);
    EXPECT_EQ(transformed(transform, sample.reverse()), Vector{straight.reverse()});
  }
}

TEST(InputTransform, names_read_back) {
  for (const auto kind : {TransformKind::none, TransformKind::relative, TransformKind::log,
                          TransformKind::zscore, TransformKind::share})
    EXPECT_EQ(parse_transform(to_string(kind)), kind);
  EXPECT_EQ(parse_transform("sqrt"), std::nullopt);
}

TEST(InputTransform, inputs_beyond_reason_are_limited) {
  const std::vector<double> sample{0, 1e300};
  EXPECT_EQ(to_input(sample), (Vector{{0, 1e30f}}));
}

TEST(TransformFitter, takes_every_second_sample_beyond_its_limit) {
  constexpr std::size_t count = TransformFitter::most_samples + 2;
  TransformFitter all, half;
  for (std::size_t i = 0; i < count; ++i) {
    const float value = i % 2 == 0 ? static_cast<float>(i) : 1e6f;  // only the even ones count
    all.add(Vector::Constant(2, value), 0, 0);
    if (i % 2 == 0) half.add(Vector::Constant(2, value), 0, 0);
  }
  EXPECT_EQ(all.fit({}).constants().scale, half.fit({}).constants().scale);
}

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

TEST(InputTransform, leaves_volumes_as_without_the_numbers_behind_them_and_scales_and_cuts_those) {
  std::mt19937 random{31};
  for (const char* name : {"none", "relative", "log", "zscore", "share"}) {
    TransformFitter fitter;
    for (std::uint32_t i = 0; i < 20; ++i)
      fitter.add(to_input(random_volumes(random, 6)), static_cast<std::uint8_t>(i % 2), i);
    const InputTransform volumes = fitter.fit({.kind = parse_transform(name).value()});
    InputTransform::Constants constants = volumes.constants();
    constants.flow_scale = {2, 0.5f};
    const InputTransform both{std::move(constants), 6};
    EXPECT_EQ(both.flow(), 2);
    Matrix bare = to_input(random_volumes(random, 6)), all(8, 1);
    all << bare, -3, 100;
    volumes.apply(bare);
    both.apply(all);
    EXPECT_TRUE(all.topRows(6) == bare) << name;
    EXPECT_EQ(all(6), -1.5f);
    EXPECT_EQ(all(7), InputTransform::largest_flow);
  }
}

TEST(InputTransform, the_mirror_image_is_reversed_volumes_and_negated_numbers_behind_them) {
  Matrix sample(6, 1), image(6, 1);
  sample << 1, 2, 3, 4, 5, -6;
  mirror_into(sample, 2, image);
  EXPECT_TRUE(image == (Vector{{4, 3, 2, 1, -5, 6}}));
  mirror_into(sample, 0, image);
  EXPECT_TRUE(image == (Vector{{-6, 5, 4, 3, 2, 1}}));
}

}  // namespace
}  // namespace obkit::neural
