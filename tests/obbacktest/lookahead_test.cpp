#include "obbacktest/lookahead.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/signals/strategy.hpp"
#include "obkit/store/book_format.hpp"

#include "obbacktest/run.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obbacktest {
namespace {

/// Books whose mid price wanders, a second apart.
std::string wandering_books(int count) {
  std::string text;
  std::uint32_t x = 7;
  for (int i = 0, mid = 1000; i < count; ++i) {
    mid += static_cast<int>((x = x * 1664525 + 1013904223) >> 30U) - 1;
    const auto price = [&](int offset) { return std::to_string(mid + offset); };
    const int time = i / 60 % 60 * 100'000 + i % 60 * 1000 + i / 3600 * 10'000'000;
    text += R"({"date":20240808,"time":)" + std::to_string(time) + R"(,"prices":[)" + price(-2) +
            "," + price(-1) + "," + price(1) + "," + price(2) + R"(],"volumes":[5,)" +
            std::to_string(1 + (x >> 8U) % 9) + "," + std::to_string(1 + (x >> 16U) % 9) + ",5]}\n";
  }
  return text;
}

/// Scores books some at a time; `judge` sees all that are there, and which one it is asked for.
class BatchRule final : public signals::Rule {
 public:
  using Judge = std::function<double(std::span<const OrderBook>, std::size_t)>;
  explicit BatchRule(Judge judge) : judge_{std::move(judge)} {}

  using Rule::score;
  void score(const signals::Books& books, std::span<double> scores) const override {
    for (std::size_t i = 0; i < books.size(); ++i) scores[i] = judge_(books.books, i);
  }
  [[nodiscard]] std::size_t best_batch() const override { return 16; }

 private:
  Judge judge_;
};

double rise(const OrderBook& from, const OrderBook& to) {
  return to.double_mid() > from.double_mid() ? 1 : to.double_mid() < from.double_mid() ? -1 : 0;
}

double of_itself(std::span<const OrderBook> books, std::size_t i) {
  return signals::imbalance(books[i].volumes, 1);
}
/// Knows the next book, where it was read.
double of_the_next(std::span<const OrderBook> books, std::size_t i) {
  return rise(books[i], books[std::min(i + 1, books.size() - 1)]);
}
double of_the_last(std::span<const OrderBook> books, std::size_t i) {
  return rise(books[i], books.back());
}

class Lookahead : public testing::TestWithParam<std::size_t> {
 protected:
  /// With so many threads.
  Plan plan_of(BatchRule::Judge judge, std::string books = wandering_books(2000)) {
    Plan plan;
    plan.files = {folder_.file("XBT_20240808.txt", std::move(books))};
    plan.input.inputs = plan.files;
    plan.jobs = GetParam();
    plan.thresholds = {0, 0.5};
    plan.strategies.resize(1);
    plan.strategies[0].own = std::make_shared<BatchRule>(std::move(judge));
    return plan;
  }

 private:
  ScratchFolder folder_;
};

Trail trail_of(const Plan& plan) {
  Trail trail;
  Listener listener;
  trail.follow(listener);
  (void)run(plan, listener);
  return trail;
}

TEST_P(Lookahead, who_knows_the_past_alone_decides_the_same_without_the_future) {
  for (const auto fill : {backtest::FillRule::taker, backtest::FillRule::queue}) {
    Plan plan = plan_of(of_itself);
    plan.options.fill = fill;
    const Trail whole = trail_of(plan);
    EXPECT_EQ(whole.past().books, 2000);
    EXPECT_GT(whole.past().trades, 10);
    EXPECT_EQ(check_lookahead(plan, whole), 8);
  }
}

TEST_P(Lookahead, who_knows_one_book_of_the_future_is_found) {
  const Plan plan = plan_of(of_the_next);
  EXPECT_THROW(check_lookahead(plan, trail_of(plan)), std::logic_error);
}

TEST_P(Lookahead, who_knows_some_books_of_the_future_is_found) {
  const Plan plan = plan_of(of_the_last);
  EXPECT_THROW(check_lookahead(plan, trail_of(plan)), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Jobs, Lookahead, testing::Values(1, 2));

/// The books that a run keeps.
std::vector<std::uint64_t> kept_of(std::uint64_t books) {
  Trail trail;
  Listener listener;
  trail.follow(listener);
  const double score = 0.5;
  for (std::uint64_t i = 1; i <= books; ++i) listener.read(i, {&score, 1});
  std::vector<std::uint64_t> kept;
  for (const Past& past : trail.kept()) kept.push_back(past.books);
  return kept;
}

TEST(Trail, keeps_all_books_but_the_last_of_a_few) {
  EXPECT_THAT(kept_of(0), testing::IsEmpty());
  EXPECT_THAT(kept_of(1), testing::IsEmpty());
  EXPECT_THAT(kept_of(4), testing::ElementsAre(1, 2, 3));
}

TEST(Trail, keeps_books_of_all_parts_of_a_run) {
  for (const std::uint64_t books : {100U, 1000U, 10'000U, 100'000U}) {
    const auto kept = kept_of(books);
    EXPECT_GE(kept.size(), Trail::most_kept - 1);
    EXPECT_TRUE(std::ranges::is_sorted(kept, std::less_equal<>{}));
    EXPECT_LT(kept.front(), books / 2);
    EXPECT_GT(kept.back(), books / 2);
    EXPECT_LT(kept.back(), books);
  }
}

/// Equal numbers of books are equal samples: what differs is their books.
TEST(Trail, a_past_knows_scores) {
  const auto hash_of = [](double second) {
    Trail trail;
    Listener listener;
    trail.follow(listener);
    for (const double score : {0.5, second, 0.25}) listener.read(1, {&score, 1});
    return trail.past().hash;
  };
  EXPECT_EQ(hash_of(0.1), hash_of(0.1));
  EXPECT_NE(hash_of(0.1), hash_of(0.2));
}

}  // namespace
}  // namespace obkit::obbacktest
