#include "obkit/neural/roc_curve.hpp"

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "obkit/neural/evaluation.hpp"

namespace obkit::neural {
namespace {

struct Scored {
  std::vector<double> scores;
  std::vector<std::uint8_t> classes;
};

/// Scores of few values, so that many are tied.
Scored random_samples(std::uint32_t seed, std::size_t count) {
  std::mt19937 random{seed};
  Scored samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.classes.push_back(static_cast<std::uint8_t>(random() % 3));
    samples.scores.push_back(static_cast<double>(random() % 20) + samples.classes.back());
  }
  return samples;
}

TEST(RocCurve, of_a_rule_that_is_never_wrong_goes_up_at_once) {
  const std::vector<double> scores{3, 1, 2, 0};
  const std::vector<std::uint8_t> classes{1, 0, 1, 0};
  EXPECT_EQ(roc_curve(scores, classes), (RocCurve{{0, 0}, {0, 0.5}, {0, 1}, {0.5, 1}, {1, 1}}));
}

TEST(RocCurve, scores_that_are_equal_are_one_step) {
  EXPECT_EQ(roc_curve(std::vector<double>{1, 1, 1}, std::vector<std::uint8_t>{1, 0, 2}),
            (RocCurve{{0, 0}, {1, 1}}));
}

TEST(RocCurve, of_one_class_is_unknown) {
  EXPECT_TRUE(roc_curve(std::vector<double>{1, 2}, std::vector<std::uint8_t>{1, 1}).empty());
  EXPECT_TRUE(mean_curve({}, 10).empty());
}

RC_GTEST_PROP(RocCurve, has_the_area_that_ranks_give, ()) {
  const Scored samples =
      random_samples(*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::inRange<std::size_t>(1, 300));
  const auto area = area_under_curve(samples.scores, samples.classes);
  const RocCurve curve = roc_curve(samples.scores, samples.classes);
  RC_ASSERT(area.has_value() == !curve.empty());
  if (area) RC_ASSERT(std::abs(area_below(curve) - *area) < 1e-12);
}

RC_GTEST_PROP(RocCurve, a_mean_has_the_mean_area, ()) {
  std::vector<WeightedCurve> curves;
  double area = 0, weight = 0;
  for (int i = 0; i < 3; ++i) {
    const Scored samples = random_samples(*rc::gen::arbitrary<std::uint32_t>(), 100);
    curves.push_back({roc_curve(samples.scores, samples.classes), 1.0 + i});
    if (curves.back().curve.empty()) continue;
    area += curves.back().weight * area_below(curves.back().curve);
    weight += curves.back().weight;
  }
  const RocCurve mean = mean_curve(curves, 400);
  RC_ASSERT(!mean.empty());
  RC_ASSERT(mean.back() == (RocPoint{1, 1}));
  RC_ASSERT(std::abs(area_below(mean) - area / weight) <= 1.0 / 400);
}

}  // namespace
}  // namespace obkit::neural
