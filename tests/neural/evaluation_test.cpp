#include "obkit/neural/evaluation.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace obkit::neural {
namespace {

using Classes = std::vector<std::uint8_t>;
using Scores = std::vector<double>;

/// Each sample a block of its own.
Truth apart(Classes classes) {
  Truth truth{.classes = std::move(classes), .blocks = {}};
  for (std::size_t i = 0; i < truth.classes.size(); ++i)
    truth.blocks.push_back(static_cast<std::uint32_t>(i));
  return truth;
}

TEST(Evaluation, area_under_curve_is_the_share_of_pairs_in_order) {
  // Class 1 scores .8 and .4, class 0 scores .6 and .2: of four pairs only (.6, .4) is wrong.
  EXPECT_EQ(area_under_curve(Scores{.8, .6, .4, .2}, Classes{1, 0, 1, 0}), 0.75);
}

TEST(Evaluation, a_tie_counts_half) {
  // Class 1: 3, 2, 2; class 0: 2, 1. Pairs: 3>2, 3>1, 2=2, 2>1, 2=2, 2>1: (4 + 2·½) / 6.
  EXPECT_EQ(area_under_curve(Scores{3, 2, 2, 2, 1}, Classes{1, 1, 0, 1, 0}), 5.0 / 6);
  EXPECT_EQ(area_under_curve(Scores{0, 0, 0}, Classes{1, 0, 0}), 0.5);
}

TEST(Evaluation, one_class_has_no_area) {
  EXPECT_EQ(area_under_curve(Scores{1, 2}, Classes{1, 1}), std::nullopt);
  EXPECT_EQ(area_under_curve(Scores{1, 2}, Classes{0, 0}), std::nullopt);
}

TEST(Evaluation, the_third_class_does_not_count_in_the_area) {
  EXPECT_EQ(area_under_curve(Scores{.8, 9, .6, .4, -9, .2}, Classes{1, 2, 0, 1, 2, 0}), 0.75);
}

TEST(Evaluation, of_two_classes_by_hand) {
  // Predicted 1, 1, 0, 0 where 1, 0, 0, 1 came: one of each cell.
  const Matrix p{{0.2f, 0.4f, 0.9f, 0.75f}, {0.8f, 0.6f, 0.1f, 0.25f}};
  const Evaluation evaluation = measure(predictions_of(p), apart({1, 0, 0, 1}), 2);
  EXPECT_EQ(evaluation.samples, 4U);
  EXPECT_EQ(evaluation.blocks, 4U);
  EXPECT_EQ(evaluation.accuracy, 0.5);
  EXPECT_NEAR(evaluation.accuracy_error.value(), std::sqrt(4.0 / 3 * 4 * 0.25) / 4, 1e-12);
  EXPECT_EQ(evaluation.auc, 0.75);  // .8 before both, .25 before .1 alone
  EXPECT_EQ(evaluation.mcc, 0);
  EXPECT_EQ(evaluation.confusion, (std::vector<std::vector<std::uint64_t>>{{1, 1}, {1, 1}}));
  EXPECT_NEAR(evaluation.log_loss.value(),
              -(std::log(0.8) + std::log(0.4) + std::log(0.9) + std::log(0.25)) / 4, 1e-6);
  EXPECT_NEAR(evaluation.brier.value(), 2 * (0.2 * 0.2 + 0.6 * 0.6 + 0.1 * 0.1 + 0.75 * 0.75) / 4,
              1e-6);
}

TEST(Evaluation, of_three_classes_by_hand) {
  // Rows: class; predicted 0, 1, 2, 2, 0 where 0, 1, 2, 1, 2 came.
  const Matrix p{{0.6f, 0.2f, 0.1f, 0.3f, 0.5f},
                 {0.3f, 0.7f, 0.2f, 0.3f, 0.1f},
                 {0.1f, 0.1f, 0.7f, 0.4f, 0.4f}};
  const Evaluation evaluation = measure(predictions_of(p), apart({0, 1, 2, 1, 2}), 3);
  EXPECT_EQ(evaluation.accuracy, 0.6);
  EXPECT_EQ(evaluation.confusion,
            (std::vector<std::vector<std::uint64_t>>{{1, 0, 0}, {0, 1, 1}, {1, 0, 1}}));
  // Gorodkin's R_K: (c·s - Σ p·t) / sqrt((s² - Σ p²)(s² - Σ t²)), c = 3, s = 5, t = 1 2 2,
  // p = 2 1 2.
  EXPECT_NEAR(evaluation.mcc.value(), (3.0 * 5 - 8) / std::sqrt((25.0 - 9) * (25 - 9)), 1e-12);
  // Σ over the classes: .26, .14, .14, .74, .62, halved nowhere.
  EXPECT_NEAR(evaluation.brier.value(), (0.26 + 0.14 + 0.14 + 0.74 + 0.62) / 5, 1e-6);
}

TEST(Evaluation, predictions_all_alike_have_no_correlation) {
  EXPECT_EQ(measure(predictions_of(Scores{1, 1}, 2), apart({0, 1}), 2).mcc, std::nullopt);
}

TEST(Evaluation, a_rule_predicts_by_the_sign_of_its_score) {
  EXPECT_EQ(predictions_of(Scores{1, -1, 0}, 2).predicted, (Classes{1, 0, 0}));
  EXPECT_EQ(predictions_of(Scores{1, -1, 0}, 3).predicted, (Classes{1, 0, 2}));
  const Evaluation evaluation =
      measure(predictions_of(Scores{1, -1, 0, 0.5}, 2), apart({1, 1, 0, 0}), 2);
  EXPECT_EQ(evaluation.accuracy, 0.5);
  EXPECT_EQ(evaluation.log_loss, std::nullopt);
  EXPECT_EQ(evaluation.brier, std::nullopt);
  EXPECT_TRUE(evaluation.reliability.empty());
}

TEST(Evaluation, reliability_sets_predictions_beside_what_came_in_tenths) {
  const Matrix p{{1.0f, 0.95f, 0.5f, 0.45f, 0}, {0, 0.05f, 0.5f, 0.55f, 1.0f}};
  const Evaluation evaluation = measure(predictions_of(p), apart({0, 1, 0, 1, 1}), 2);
  ASSERT_EQ(evaluation.reliability.size(), 10U);
  EXPECT_EQ(evaluation.reliability[0].samples, 2U);
  EXPECT_NEAR(evaluation.reliability[0].mean_prediction, 0.025, 1e-7);
  EXPECT_EQ(evaluation.reliability[0].share_of_rises, 0.5);
  EXPECT_EQ(evaluation.reliability[5].samples, 2U);
  EXPECT_EQ(evaluation.reliability[9].samples, 1U);
  EXPECT_EQ(evaluation.reliability[9].mean_prediction, 1);
  EXPECT_EQ(evaluation.reliability[3], ReliabilityBin{});
}

TEST(StandardError, of_blocks_of_one_is_the_usual_one) {
  const Scores values{1, 0, 1, 1};
  // Sample variance 0.25, by n: sqrt(0.25 / 4).
  EXPECT_NEAR(standard_error(values, std::vector<std::uint32_t>{0, 1, 2, 3}).value(), 0.25, 1e-12);
}

TEST(StandardError, counts_equal_neighbours_as_one) {
  const Scores four{1, 0, 1, 1}, eight{1, 1, 0, 0, 1, 1, 1, 1};
  const std::vector<std::uint32_t> pairs{0, 0, 1, 1, 2, 2, 3, 3};
  EXPECT_NEAR(standard_error(eight, pairs).value(),
              standard_error(four, std::vector<std::uint32_t>{0, 1, 2, 3}).value(), 1e-12);
  EXPECT_EQ(standard_error(four, std::vector<std::uint32_t>{7, 7, 7, 7}), std::nullopt);
}

TEST(Lead, compares_on_the_same_samples) {
  // Right where 1 1 1 0 and 1 0 1 0: one sample of four ahead.
  const Truth truth = apart({1, 1, 0, 0});
  const auto first = predictions_of(Scores{1, 1, -1, 1}, 2);
  const auto second = predictions_of(Scores{1, -1, -1, 1}, 2);
  EXPECT_EQ(lead(first, second, truth).share, 0.25);
  EXPECT_NEAR(lead(first, second, truth).standard_error.value(), 0.25, 1e-12);
  EXPECT_EQ(lead(first, first, truth).standard_error, 0);
}

}  // namespace
}  // namespace obkit::neural
