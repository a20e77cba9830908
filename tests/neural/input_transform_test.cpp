#include "obkit/neural/input_transform.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace obkit::neural {
namespace {

TEST(InputTransform, none_leaves_samples_alone) {
  Vector sample{{1, 2, 3, 4}};
  InputTransform{}.apply(sample);
  EXPECT_EQ(sample, (Vector{{1, 2, 3, 4}}));
}

TEST(InputTransform, relative_takes_the_median_over_both_sides_by_distance) {
  // Rows from the outside in and out again: distance 1, 0, 0, 1.
  const Matrix samples{{10, 30}, {1, 2}, {3, 9}, {20, 50}};
  const auto transform = InputTransform::relative_to(samples);
  // Distance 0: 1 2 3 9, between 2 and 3. Distance 1: 10 20 30 50, between 20 and 30.
  EXPECT_EQ(transform.scale(), (std::vector<float>{2.5f, 25.0f}));
}

TEST(InputTransform, relative_is_the_log_of_the_ratio_quieter_with_distance) {
  const InputTransform transform{{2, 20}, 0.05f};
  Vector sample{{20, 0, 2, 60}};
  transform.apply(sample);
  EXPECT_NEAR(sample[0], std::log(1.05) / 2, 1e-6);
  EXPECT_NEAR(sample[1], std::log(0.05), 1e-6);
  EXPECT_NEAR(sample[2], std::log(1.05), 1e-6);
  EXPECT_NEAR(sample[3], std::log(3.05) / 2, 1e-6);
}

TEST(InputTransform, a_median_of_zero_gives_way_to_that_of_the_positive_values) {
  const Matrix samples{{0, 0, 0, 6}, {0, 0, 4, 8}};
  EXPECT_EQ(InputTransform::relative_to(samples).scale(), (std::vector<float>{6}));
}

TEST(InputTransform, a_level_without_any_value_counts_as_one) {
  const Matrix samples = Matrix::Zero(2, 3);
  EXPECT_EQ(InputTransform::relative_to(samples).scale(), (std::vector<float>{1}));
}

TEST(InputTransform, a_batch_gets_the_bits_of_each_sample_alone) {
  const Matrix samples = 1000 * Matrix::Random(14, 9).cwiseAbs();
  const auto transform = InputTransform::relative_to(samples);
  Matrix batch = samples;
  transform.apply(batch);
  for (Index i = 0; i < samples.cols(); ++i) {
    Vector sample = samples.col(i);
    transform.apply(sample);
    EXPECT_EQ(Vector{batch.col(i)}, sample);
  }
}

TEST(InputTransform, inputs_beyond_reason_are_limited) {
  const std::vector<double> sample{0, 1e300};
  EXPECT_EQ(to_input(sample), (Vector{{0, 1e30f}}));
}

}  // namespace
}  // namespace obkit::neural
