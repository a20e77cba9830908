#include "obkit/neural/metrics.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace obkit::neural {
namespace {

using Classes = std::vector<std::uint8_t>;
using Scores = std::vector<double>;

TEST(Metrics, area_under_curve_is_the_share_of_pairs_in_order) {
  // Class 1 scores .8 and .4, class 0 scores .6 and .2: of four pairs only (.6, .4) is wrong.
  EXPECT_EQ(area_under_curve(Scores{.8, .6, .4, .2}, Classes{1, 0, 1, 0}), 0.75);
}

TEST(Metrics, a_tie_counts_half) {
  // Class 1: 3, 2, 2; class 0: 2, 1. Pairs: 3>2, 3>1, 2=2, 2>1, 2=2, 2>1: (4 + 2·½) / 6.
  EXPECT_EQ(area_under_curve(Scores{3, 2, 2, 2, 1}, Classes{1, 1, 0, 1, 0}), 5.0 / 6);
  EXPECT_EQ(area_under_curve(Scores{0, 0, 0}, Classes{1, 0, 0}), 0.5);
}

TEST(Metrics, one_class_has_no_area) {
  EXPECT_EQ(area_under_curve(Scores{1, 2}, Classes{1, 1}), std::nullopt);
  EXPECT_EQ(area_under_curve(Scores{1, 2}, Classes{0, 0}), std::nullopt);
}

TEST(Metrics, accuracy_counts_a_score_of_zero_as_class_zero) {
  const Metrics metrics = measure_scores(Scores{1, -1, 0, 0.5}, Classes{1, 1, 0, 0});
  EXPECT_EQ(metrics.accuracy, 0.5);
  EXPECT_EQ(metrics.samples, 4U);
  EXPECT_EQ(metrics.log_loss, std::nullopt);
  EXPECT_EQ(metrics.standard_error(), 0.25);  // sqrt(.5 · .5 / 4)
}

TEST(Metrics, log_loss_is_that_of_the_probabilities_behind_the_scores) {
  // P(1) = (1 + score) / 2: .75 for a sample of class 1, .25 for one of class 0.
  const Metrics metrics = measure_forecasts(Scores{.5, -.5}, Classes{1, 0});
  EXPECT_DOUBLE_EQ(metrics.log_loss.value(), -std::log(.75));
  EXPECT_DOUBLE_EQ(measure_forecasts(Scores{-1}, Classes{1}).log_loss.value(), -std::log(1e-7));
}

}  // namespace
}  // namespace obkit::neural
