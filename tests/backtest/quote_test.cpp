#include "obkit/backtest/quote.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "market.hpp"

namespace obkit::backtest {
namespace {

const OrderBook book = make_book(0, "100.0", "102.5", {10, 2, 3, 10});

TakerQuote buy(const OrderBook& of_book, double size, Contract contract = Contract::linear) {
  return take(of_book, Signal::buy, to_amount(size), contract);
}
TakerQuote sell(const OrderBook& of_book, double size) {
  return take(of_book, Signal::sell, to_amount(size), Contract::linear);
}

TEST(Quote, taker_crosses_the_spread) {
  EXPECT_EQ(to_string(buy(book, 2).fill->price), "102.5");
  EXPECT_EQ(to_string(sell(book, 2).fill->price), "100.0");
}

TEST(Quote, taker_walks_the_levels_at_their_average_price) {
  EXPECT_EQ(to_string(buy(book, 6).fill->price), "103");  // 3 at 102.5, 3 at 103.5
  EXPECT_EQ(to_string(buy(book, 6).fill->notional), "618");
  EXPECT_EQ(to_string(sell(book, 6).fill->price), "99.333333333");  // 2 at 100, 4 at 99
  EXPECT_EQ(to_string(sell(book, 6).fill->notional), "596");        // not rounded with the price
}

TEST(Quote, taker_passes_over_levels_without_volume) {
  const OrderBook hollow = make_book(0, "100", "102", {5, 0, 0, 5});
  EXPECT_EQ(to_string(buy(hollow, 1).fill->price), "103");
  EXPECT_EQ(to_string(sell(hollow, 1).fill->price), "99");
}

TEST(Quote, fractional_sizes_are_decimals) {
  const OrderBook thin = make_book(0, "99", "100", {1, 1, 0.1, 0.2});
  EXPECT_EQ(to_string(buy(thin, 0.3).fill->notional), "30.2");  // 0.1 · 100 + 0.2 · 101
}

TEST(Quote, a_book_smaller_than_the_size_has_no_fill) {
  EXPECT_TRUE(sell(book, 12).fill);
  EXPECT_FALSE(sell(book, 12.5).fill);
  EXPECT_EQ(sell(book, 12.5).visible, 12);
  EXPECT_TRUE(buy(book, 12.5).fill);
}

TEST(Quote, inverse_notional_is_in_coin_and_its_average_price_harmonic) {
  const OrderBook thin = make_book(0, "2", "4", {10, 2, 3, 10});
  const Fill coin = buy(thin, 8, Contract::inverse).fill.value();
  EXPECT_EQ(to_string(coin.notional), "1.75");  // 3 / 4 + 5 / 5
  EXPECT_EQ(to_string(coin.price), "4.571428571");
}

TEST(Quote, inverse_refuses_prices_that_are_not_above_zero) {
  const auto wanted = testing::Property(
      &DataError::what, testing::StrEq("book of 2024-08-08T00:00:07.000Z: an inverse contract has "
                                       "prices above 0, found 0"));
  EXPECT_THAT([] { check_prices(make_book(7, "1", "4"), Contract::inverse); },
              testing::Throws<DataError>(wanted));
  EXPECT_NO_THROW(check_prices(make_book(7, "-1", "4"), Contract::linear));
}

}  // namespace
}  // namespace obkit::backtest
