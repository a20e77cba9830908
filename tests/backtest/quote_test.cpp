#include "obkit/backtest/quote.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "market.hpp"

namespace obkit::backtest {
namespace {

const OrderBook book = make_book(0, "100.0", "102.5", {10, 2, 3, 10});

Quote of(const OrderBook& of_book, FillRule fill, double size,
         Contract contract = Contract::linear) {
  return quote(of_book, {.fill = fill, .contract = contract, .size = size});
}

TEST(Quote, touch_gets_the_own_sides_best_price_whatever_the_size) {
  const Quote at_touch = of(book, FillRule::touch, 1000);
  EXPECT_EQ(to_string(at_touch.buy.fill->price), "100.0");
  EXPECT_EQ(to_string(at_touch.sell.fill->price), "102.5");
  EXPECT_EQ(to_string(at_touch.sell.fill->notional), "102500");
}

TEST(Quote, taker_crosses_the_spread) {
  const Quote crossing = of(book, FillRule::taker, 2);
  EXPECT_EQ(to_string(crossing.buy.fill->price), "102.5");
  EXPECT_EQ(to_string(crossing.sell.fill->price), "100.0");
}

TEST(Quote, taker_walks_the_levels_at_their_average_price) {
  const Quote deep = of(book, FillRule::taker, 6);
  EXPECT_EQ(to_string(deep.buy.fill->price), "103");  // 3 at 102.5, 3 at 103.5
  EXPECT_EQ(to_string(deep.buy.fill->notional), "618");
  EXPECT_EQ(to_string(deep.sell.fill->price), "99.333333333");  // 2 at 100, 4 at 99
  EXPECT_EQ(to_string(deep.sell.fill->notional), "596");        // not rounded with the price
}

TEST(Quote, taker_passes_over_levels_without_volume) {
  const OrderBook hollow = make_book(0, "100", "102", {5, 0, 0, 5});
  EXPECT_EQ(to_string(of(hollow, FillRule::taker, 1).buy.fill->price), "103");
  EXPECT_EQ(to_string(of(hollow, FillRule::taker, 1).sell.fill->price), "99");
}

TEST(Quote, fractional_sizes_are_decimals) {
  const Quote tenths = of(make_book(0, "99", "100", {1, 1, 0.1, 0.2}), FillRule::taker, 0.3);
  EXPECT_EQ(to_string(tenths.buy.fill->notional), "30.2");  // 0.1 · 100 + 0.2 · 101
}

TEST(Quote, a_book_smaller_than_the_size_has_no_fill) {
  EXPECT_TRUE(of(book, FillRule::taker, 12).sell.fill);
  const Quote too_much = of(book, FillRule::taker, 12.5);
  EXPECT_FALSE(too_much.sell.fill);
  EXPECT_EQ(too_much.sell.visible, 12);
  EXPECT_TRUE(too_much.buy.fill);
}

TEST(Quote, inverse_notional_is_in_coin_and_its_average_price_harmonic) {
  const OrderBook thin = make_book(0, "2", "4", {10, 2, 3, 10});
  const Quote coin = of(thin, FillRule::taker, 8, Contract::inverse);
  EXPECT_EQ(to_string(coin.buy.fill->notional), "1.75");  // 3 / 4 + 5 / 5
  EXPECT_EQ(to_string(coin.buy.fill->price), "4.571428571");
}

TEST(Quote, inverse_refuses_prices_that_are_not_above_zero) {
  const auto wanted = testing::Property(
      &DataError::what, testing::StrEq("book of 2024-08-08T00:00:07.000Z: an inverse contract has "
                                       "prices above 0, found 0"));
  EXPECT_THAT([] { return of(make_book(7, "1", "4"), FillRule::touch, 1, Contract::inverse); },
              testing::Throws<DataError>(wanted));
  EXPECT_TRUE(of(make_book(7, "-1", "4"), FillRule::touch, 1).buy.fill);
}

}  // namespace
}  // namespace obkit::backtest
