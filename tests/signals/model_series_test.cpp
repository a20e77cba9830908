#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/signals/strategy.hpp"

namespace obkit::signals {
namespace {

/// Gives every book the same score.
class Constant final : public Rule {
 public:
  explicit Constant(double value) : value_{value} {}
  void score(const Books& /*books*/, std::span<double> scores) const override {
    for (double& score : scores) score = value_;
  }

 private:
  double value_;
};

DatedModel model(double score, DateTime last) {
  return {.name = "model", .last = last, .rule = std::make_unique<Constant>(score)};
}

/// Trained until noon of 1, 2 and 3 August: scores 0.1, 0.2 and 0.3.
ModelSeries series(int day_of_second = 20240802) {
  std::vector<DatedModel> models;
  models.push_back(model(0.3, {20240803, 120'000'000}));
  models.push_back(model(0.1, {20240801, 120'000'000}));
  models.push_back(model(0.2, {day_of_second, 120'000'001}));
  return ModelSeries{std::move(models)};
}

std::vector<double> scores(const ModelSeries& models, const std::vector<DateTime>& times) {
  std::vector<OrderBook> books(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) books[i].time = times[i];
  std::vector<double> result(books.size());
  models.score(Books{books}, result);
  return result;
}

TEST(ModelSeries, judges_by_the_newest_model_of_the_past_alone) {
  const std::vector<DateTime> times{{20240731, 235'959'999}, {20240801, 120'000'000},
                                    {20240801, 120'000'001}, {20240802, 120'000'000},
                                    {20240802, 120'000'002}, {20240803, 120'000'000},
                                    {20240803, 120'000'001}, {20240901, 0}};
  EXPECT_EQ(scores(series(), times), (std::vector<double>{0, 0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3}));
}

TEST(ModelSeries, whose_times_are_moved_by_a_day_judges_otherwise) {
  const std::vector<DateTime> times{{20240802, 180'000'000}, {20240803, 180'000'000}};
  EXPECT_EQ(scores(series(20240802), times), (std::vector<double>{0.2, 0.3}));
  EXPECT_EQ(scores(series(20240803), times), (std::vector<double>{0.1, 0.2}));
}

TEST(ModelSeries, takes_books_in_any_order) {
  const std::vector<DateTime> times{{20240901, 0}, {20240731, 0}, {20240802, 0}};
  EXPECT_EQ(scores(series(), times), (std::vector<double>{0.3, 0, 0.1}));
}

TEST(ModelSeries, with_two_models_that_end_together_is_refused) {
  std::vector<DatedModel> models;
  models.push_back(model(0.1, {20240801, 0}));
  models.push_back(model(0.2, {20240801, 0}));
  EXPECT_THROW((ModelSeries{std::move(models)}), DataError);
}

}  // namespace
}  // namespace obkit::signals
