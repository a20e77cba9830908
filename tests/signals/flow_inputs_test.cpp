#include "obkit/signals/flow_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/core/level_update.hpp"

namespace obkit::signals {
namespace {

using Numbers = FlowInputs::Numbers;
using Level = std::pair<int, double>;  ///< price and volume

enum : std::size_t { x0, i2, i5, i20, e8, e64, f2, f8, f32, f128, g2, g8, g32, g128 };

/// Levels of either side, the best first.
OrderBook book_with(const std::vector<Level>& bids, const std::vector<Level>& asks,
                    bool gap = false) {
  OrderBook book{.time = {.date = 20190823, .time = 101112345},
                 .prices = {},
                 .volumes = {},
                 .recv = {},
                 .gap = gap};
  const auto add = [&](const Level& level) {
    book.prices.push_back(Price::from_units(level.first * Price::units_per_one, 0));
    book.volumes.push_back(level.second);
  };
  std::for_each(bids.rbegin(), bids.rend(), add);
  std::for_each(asks.begin(), asks.end(), add);
  return book;
}

std::vector<Numbers> numbers_of(const std::vector<OrderBook>& books) {
  FlowInputs flow;
  std::vector<Numbers> all;
  for (const OrderBook& book : books) all.push_back(flow.next(book));
  return all;
}

const std::vector<OrderBook> three_books{book_with({{100, 3}, {99, 1}}, {{101, 1}, {102, 3}}),
                                         book_with({{100, 4}, {99, 2}}, {{102, 5}, {103, 1}}),
                                         book_with({{101, 2}, {100, 1}}, {{102, 5}, {103, 1}})};

TEST(FlowInputs, of_a_first_book_are_its_imbalances) {
  const Numbers first = numbers_of(three_books).front();
  EXPECT_THAT(first, testing::ElementsAre(0.5, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(FlowInputs, worked_out_by_hand) {
  const auto all = numbers_of(three_books);
  // Second book. The best bid grew by 1; the best ask of 1 is gone, and the next is worse: the flow
  // is 1 - -1. The usual volume was 2 and moves a little towards (4 + 5) / 2.
  EXPECT_DOUBLE_EQ(all[1][x0], -1. / 9);
  EXPECT_DOUBLE_EQ(all[1][i2], (6. - 6) / 12);
  const double eighth = std::pow(0.5, 1. / 8), sixty_fourth = std::pow(0.5, 1. / 64);
  EXPECT_NEAR(all[1][e8], 0.5 * eighth - (1 - eighth) / 9, 1e-15);
  EXPECT_NEAR(all[1][e64], 0.5 * sixty_fourth - (1 - sixty_fourth) / 9, 1e-15);
  const double slow = std::pow(0.5, 1. / 256);
  const double usual = 2 * slow + 4.5 * (1 - slow);
  EXPECT_NEAR(all[1][f2], 2 / usual / std::sqrt(2), 1e-14);
  EXPECT_NEAR(all[1][f8], 2 / usual / std::sqrt(8), 1e-14);
  EXPECT_NEAR(all[1][f128], 2 / usual / std::sqrt(128), 1e-14);
  // Deep: bids (4 - 3) + (2 - 1) / 2; of the asks 102 was there, with 3, and 103 was not.
  const double deep = 1.5 - 2;
  EXPECT_NEAR(all[1][g2], deep / usual / std::sqrt(2), 1e-14);
  EXPECT_NEAR(all[1][g32], deep / usual / std::sqrt(32), 1e-14);
  // Third book. A better bid of 2, and an ask as it was. Deep: the bid 101 was not there, the next
  // was, with 4.
  const double later = usual * slow + 3.5 * (1 - slow);
  EXPECT_NEAR(all[2][f2], (2 / usual * std::sqrt(0.5) + 2 / later) / std::sqrt(2), 1e-14);
  EXPECT_NEAR(all[2][g8], (deep / usual * eighth - 1.5 / later) / std::sqrt(8), 1e-14);
}

TEST(FlowInputs, of_one_book_are_at_most_five_usual_volumes) {
  const auto all = numbers_of({book_with({{9, 1}}, {{10, 1}}), book_with({{9, 1e6}}, {{10, 1}}),
                               book_with({{9, 1e6}}, {{10, 1e12}})});
  const double half = std::sqrt(0.5);
  EXPECT_NEAR(all[1][f2], 5 * half, 1e-14);
  EXPECT_NEAR(all[1][g2], 5 * half, 1e-14);
  EXPECT_NEAR(all[2][f2], (5 * half - 5) * half, 1e-14);
}

TEST(FlowInputs, of_no_volume_at_all_are_zero) {
  const auto all = numbers_of({book_with({{9, 0}}, {{10, 0}}), book_with({{9, 0}}, {{10, 0}})});
  EXPECT_THAT(all[1], testing::Each(0));
}

TEST(FlowInputs, begin_anew_behind_a_gap) {
  auto books = three_books;
  books[2].gap = true;
  EXPECT_EQ(numbers_of(books)[2], numbers_of({books[2]})[0]);
  EXPECT_NE(numbers_of(books)[2], numbers_of(three_books)[2]);
}

TEST(FlowInputs, refuse_volumes_that_no_number_holds_together) {
  FlowInputs flow;
  EXPECT_THROW(static_cast<void>(flow.next(book_with({{9, 1.7e308}}, {{10, 1.7e308}}))), DataError);
  EXPECT_THROW(static_cast<void>(flow.next(
                   book_with({{9, 1}, {8, 1.7e308}, {7, 1.7e308}}, {{10, 1}, {11, 1}, {12, 1}}))),
               DataError);
}

/// A market that moves by ticks, with gaps.
std::vector<OrderBook> random_market(std::mt19937& random, std::size_t levels, std::size_t books) {
  const auto below = [&](unsigned most) { return static_cast<int>(random() % most); };
  std::vector<OrderBook> all;
  int bid = 1000, spread = 1;
  std::vector<double> volume_at(2000);
  for (double& volume : volume_at) volume = below(50);
  for (std::size_t i = 0; i < books; ++i) {
    bid += below(3) - 1;
    spread = 1 + below(3);
    for (int changes = 0; changes < 6; ++changes)
      volume_at[static_cast<std::size_t>(bid - 10 + below(20))] =
          below(4) == 0 ? 0 : below(900) / 7.;
    std::vector<Level> bids, asks;
    for (int k = 0; k < static_cast<int>(levels); ++k) {
      bids.emplace_back(bid - k, volume_at[static_cast<std::size_t>(bid - k)]);
      asks.emplace_back(bid + spread + k, volume_at[static_cast<std::size_t>(bid + spread + k)]);
    }
    all.push_back(book_with(bids, asks, below(60) == 0));
  }
  return all;
}

/// The table of docs/learning.md as it stands there: every sum over all books since the last gap.
class Naive {
 public:
  /// Of the last of `books`.
  static Numbers of(std::span<const OrderBook> books) {
    std::size_t first = books.size() - 1;
    while (first > 0 && !books[first].gap) --first;
    const Naive naive{books.subspan(first)};
    const std::size_t t = naive.books_.size() - 1;
    Numbers numbers{naive.imbalance(t, 1), naive.imbalance(t, 2), naive.imbalance(t, 5),
                    naive.imbalance(t, 20)};
    numbers[e8] = naive.mean(t, 8, [&](std::size_t i) { return naive.imbalance(i, 1); });
    numbers[e64] = naive.mean(t, 64, [&](std::size_t i) { return naive.imbalance(i, 1); });
    std::size_t number = f2;
    for (const double half_life : {2., 8., 32., 128.}) {
      numbers[number] = naive.sum(half_life, [&](std::size_t i) { return naive.best(i); });
      numbers[number + 4] = naive.sum(half_life, [&](std::size_t i) { return naive.deep(i); });
      ++number;
    }
    return numbers;
  }

 private:
  explicit Naive(std::span<const OrderBook> books) : books_{books} {}

  /// b_k or a_k of book t; beyond the last level 0.
  [[nodiscard]] double volume(std::size_t t, Side side, std::size_t k) const {
    const std::size_t half = books_[t].depth() / 2;
    if (k >= half) return 0;
    return books_[t].volumes[side == Side::bid ? half - 1 - k : half + k];
  }
  [[nodiscard]] Price price(std::size_t t, Side side, std::size_t k) const {
    const std::size_t half = books_[t].depth() / 2;
    return books_[t].prices[side == Side::bid ? half - 1 - k : half + k];
  }
  [[nodiscard]] double imbalance(std::size_t t, std::size_t levels) const {
    double bid = 0, ask = 0;
    for (std::size_t k = 0; k < levels; ++k) {
      bid += volume(t, Side::bid, k);
      ask += volume(t, Side::ask, k);
    }
    return bid + ask > 0 ? (bid - ask) / (bid + ask) : 0;
  }
  /// The first value counts as if it had stood for ever.
  template <typename Value>
  [[nodiscard]] double mean(std::size_t t, double half_life, Value value) const {
    const double kept = std::pow(2, -1 / half_life);
    double result = std::pow(kept, static_cast<double>(t)) * value(0);
    for (std::size_t i = 1; i <= t; ++i)
      result += (1 - kept) * std::pow(kept, static_cast<double>(t - i)) * value(i);
    return result;
  }
  template <typename Value>
  [[nodiscard]] double sum(double half_life, Value value) const {
    const std::size_t t = books_.size() - 1;
    double result = 0;
    for (std::size_t i = 1; i <= t; ++i)
      result += std::pow(2, -static_cast<double>(t - i) / half_life) * value(i);
    return result / std::sqrt(half_life);
  }
  [[nodiscard]] double flow(std::size_t t, double change) const {
    const double usual = mean(t, 256, [&](std::size_t i) {
      return (volume(i, Side::bid, 0) + volume(i, Side::ask, 0)) / 2;
    });
    return usual == 0 ? 0 : std::max(-5., std::min(5., change / usual));
  }
  [[nodiscard]] double best_of(std::size_t t, Side side) const {
    const Price now = price(t, side, 0), before = price(t - 1, side, 0);
    if (now == before) return volume(t, side, 0) - volume(t - 1, side, 0);
    return (now > before) == (side == Side::bid) ? volume(t, side, 0) : -volume(t - 1, side, 0);
  }
  [[nodiscard]] double best(std::size_t t) const {
    return flow(t, best_of(t, Side::bid) - best_of(t, Side::ask));
  }
  [[nodiscard]] double deep_of(std::size_t t, Side side) const {
    const std::size_t half = books_[t].depth() / 2;
    double change = 0;
    for (std::size_t k = 0; k < std::min<std::size_t>(5, half); ++k)
      for (std::size_t j = 0; j < std::min<std::size_t>(8, half); ++j)
        if (price(t, side, k) == price(t - 1, side, j))
          change += (volume(t, side, k) - volume(t - 1, side, j)) / (1. + static_cast<double>(k));
    return change;
  }
  [[nodiscard]] double deep(std::size_t t) const {
    return flow(t, deep_of(t, Side::bid) - deep_of(t, Side::ask));
  }

  std::span<const OrderBook> books_;
};

TEST(FlowInputs, agree_with_the_table_summed_over_all_books_each_time) {
  std::mt19937 random{3};
  for (const std::size_t levels : {1, 2, 4, 7, 25}) {
    const auto books = random_market(random, levels, 150);
    const auto all = numbers_of(books);
    for (std::size_t t = 0; t < books.size(); ++t) {
      const Numbers naive = Naive::of(std::span{books}.first(t + 1));
      for (std::size_t i = 0; i < naive.size(); ++i)
        ASSERT_NEAR(all[t][i], naive[i], 1e-12) << "book " << t << ", number " << i;
    }
  }
}

/// Bids and asks swapped: prices are counted from the other end.
OrderBook mirrored(OrderBook book) {
  std::reverse(book.prices.begin(), book.prices.end());
  for (Price& price : book.prices) price = -price;
  std::reverse(book.volumes.begin(), book.volumes.end());
  return book;
}

TEST(FlowInputs, of_a_mirrored_market_are_negated_exactly) {
  std::mt19937 random{4};
  for (const std::size_t levels : {1, 6, 30}) {
    auto books = random_market(random, levels, 400);
    const auto straight = numbers_of(books);
    for (OrderBook& book : books) book = mirrored(std::move(book));
    const auto other = numbers_of(books);
    for (std::size_t t = 0; t < books.size(); ++t)
      for (std::size_t i = 0; i < FlowInputs::count; ++i)
        ASSERT_EQ(other[t][i], -straight[t][i]) << "book " << t << ", number " << i;
  }
}

}  // namespace
}  // namespace obkit::signals
