#include "obkit/dataset/next_move_labeller.hpp"

#include <random>
#include <vector>

#include <gmock/gmock.h>

namespace obkit::dataset {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A book of one bid and one ask, in tenths.
OrderBook book(int time, int bid, int ask, bool gap = false) {
  const auto price = [](int tenths) { return Price::from_units(tenths * 100'000'000LL, 1); };
  return {.time = {.date = 20190823, .time = time},
          .prices = {price(bid), price(ask)},
          .volumes = {static_cast<double>(time), 0.5},
          .recv = {},
          .gap = gap};
}

std::vector<Sample> samples_of(const std::vector<OrderBook>& books) {
  NextMoveLabeller labeller;
  std::vector<Sample> samples;
  for (const auto& each : books)
    if (auto sample = labeller.push(each)) samples.push_back(std::move(*sample));
  return samples;
}

/// "time:direction" of each sample.
std::vector<std::string> labels(const std::vector<OrderBook>& books) {
  std::vector<std::string> result;
  for (const auto& sample : samples_of(books))
    result.push_back(std::to_string(sample.time->time) + ":" + std::to_string(sample.direction));
  return result;
}

TEST(NextMoveLabeller, a_book_before_a_move_is_a_sample_with_its_own_volumes_and_time) {
  const auto samples = samples_of({book(1, 100, 105), book(2, 100, 105), book(3, 105, 110)});
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_THAT(samples[0].volumes, ElementsAre(2, 0.5));
  EXPECT_EQ(samples[0].direction, 1);
  EXPECT_EQ(samples[0].time, (DateTime{.date = 20190823, .time = 2}));
  EXPECT_EQ(samples[0].label, "");
}

TEST(NextMoveLabeller, direction_is_1_for_a_rise_and_0_for_a_fall) {
  EXPECT_THAT(labels({book(1, 100, 105), book(2, 101, 105), book(3, 100, 105)}),
              ElementsAre("1:1", "2:0"));
}

TEST(NextMoveLabeller, best_prices_that_move_around_the_same_mid_are_no_move) {
  EXPECT_THAT(labels({book(1, 100, 106), book(2, 101, 105), book(3, 103, 103)}), IsEmpty());
}

TEST(NextMoveLabeller, never_looks_across_a_gap_or_the_end) {
  EXPECT_THAT(labels({book(1, 100, 105), book(2, 200, 205, true), book(3, 100, 105)}),
              ElementsAre("2:0"));
  EXPECT_THAT(labels({book(1, 100, 105)}), IsEmpty());
}

TEST(NextMoveLabeller, mid_prices_are_compared_exactly) {
  // In doubles 0.1 + 0.7 and 0.3 + 0.5 differ.
  EXPECT_THAT(labels({book(1, 1, 7), book(2, 3, 5)}), IsEmpty());
}

TEST(NextMoveLabeller, agrees_with_a_naive_labeller_on_random_books) {
  std::mt19937 random{1};
  std::vector<OrderBook> books;
  for (int i = 0; i < 5000; ++i) {
    const int bid = static_cast<int>(random() % 4), ask = static_cast<int>(random() % 4);
    books.push_back(book(i, bid, ask, random() % 20 == 0));
  }
  std::vector<std::string> expected;
  for (std::size_t i = 0; i + 1 < books.size(); ++i) {
    const auto mid = [&](std::size_t at) {
      return books[at].prices[0].units() + books[at].prices[1].units();
    };
    if (books[i + 1].gap || mid(i) == mid(i + 1)) continue;
    expected.push_back(std::to_string(i) + (mid(i + 1) > mid(i) ? ":1" : ":0"));
  }
  EXPECT_EQ(labels(books), expected);
}

}  // namespace
}  // namespace obkit::dataset
