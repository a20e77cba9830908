#include "engine/market.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "market.hpp"

namespace obkit::backtest {
namespace {

/// Bids 99 × 1, 100 × 2, asks 102 × 3, 103 × 4.
Market market_of(const OrderBook& book, Contract contract = Contract::linear, double size = 2) {
  Market market{contract, to_amount(size)};
  market.push(book);
  return market;
}

const OrderBook book = make_book(7, "100", "102", {1, 2, 3, 4});

TEST(Market, knows_the_volume_at_each_visible_price_and_what_is_not_visible) {
  const Market market = market_of(book);
  EXPECT_EQ(market.own_volume(buy, price("100")), 2);
  EXPECT_EQ(market.own_volume(buy, price("99")), 1);
  EXPECT_EQ(market.own_volume(buy, price("99.5")), 0);
  EXPECT_EQ(market.own_volume(buy, price("100.5")), 0) << "better than the best: nobody is there";
  EXPECT_EQ(market.own_volume(buy, price("102")), 0) << "an ask is not a bid";
  EXPECT_EQ(market.own_volume(buy, price("98.999999999")), std::nullopt);
  EXPECT_EQ(market.own_volume(sell, price("102")), 3);
  EXPECT_EQ(market.own_volume(sell, price("103")), 4);
  EXPECT_EQ(market.own_volume(sell, price("102.5")), 0);
  EXPECT_EQ(market.own_volume(sell, price("101")), 0);
  EXPECT_EQ(market.own_volume(sell, price("103.000000001")), std::nullopt);
}

TEST(Market, compares_prices_and_not_how_they_are_written) {
  EXPECT_EQ(market_of(book).own_volume(buy, price("100.000")), 2);
}

TEST(Market, knows_the_best_price_of_either_side) {
  const Market market = market_of(book);
  EXPECT_EQ(market.own_best(buy), price("100"));
  EXPECT_EQ(market.own_best(sell), price("102"));
  EXPECT_EQ(market.opposite_best(buy), price("102"));
  EXPECT_EQ(market.opposite_best(sell), price("100"));
}

TEST(Market, values_a_linear_position_at_the_mid_price) {
  const Market market = market_of(book);
  EXPECT_EQ(to_string(market.value(to_amount(2))), "202");
  EXPECT_EQ(to_string(market.value(to_amount(-2))), "-202");
  EXPECT_EQ(to_string(market.value(to_amount(0.5))), "50.5");
  EXPECT_EQ(market.value(0), Money{});
}

TEST(Market, values_an_inverse_position_as_coin_that_is_owed) {
  const Market market = market_of(make_book(0, "3", "5"), Contract::inverse, 100);
  EXPECT_EQ(to_string(market.value(to_amount(100))), "-25");
  EXPECT_EQ(to_string(market.value(to_amount(-100))), "25");
  EXPECT_EQ(to_string(market.value(to_amount(1))), "-0.25");
}

TEST(Market, rounds_what_a_position_is_worth_half_away_from_zero) {
  Market market = market_of(make_book(0, "0.000000001", "0.000000002"));
  EXPECT_EQ(market.value(1).units(), 2);  // 1.5 · 10^-18
  EXPECT_EQ(market.value(-1).units(), -2);
  market = market_of(make_book(0, "2", "4"), Contract::inverse, 1);
  EXPECT_EQ(to_string(market.value(to_amount(1))), "-0.333333333333333333");
  EXPECT_EQ(to_string(market.value(to_amount(-2))), "0.666666666666666667");
}

TEST(Market, counts_the_moves_of_the_mid_price) {
  Market market = market_of(book);
  const auto first = market.mid_moves();
  market.push(make_book(8, "99", "103"));
  EXPECT_EQ(market.mid_moves(), first) << "the spread is wider, the mid price is the same";
  EXPECT_EQ(to_string(market.value(to_amount(2))), "202");
  market.push(make_book(9, "99", "104"));
  EXPECT_EQ(market.mid_moves(), first + 1);
  EXPECT_EQ(to_string(market.value(to_amount(2))), "203");
}

TEST(Market, quotes_each_book_anew) {
  Market market = market_of(book);
  EXPECT_EQ(to_string(market.taker(buy, to_amount(2)).fill->notional), "204");
  EXPECT_EQ(to_string(market.taker(buy, to_amount(2)).fill->notional), "204") << "kept";
  EXPECT_EQ(to_string(market.taker(sell, to_amount(2)).fill->notional), "200");
  EXPECT_EQ(to_string(market.taker(buy, to_amount(4)).fill->notional), "409");
  market.push(make_book(8, "99", "103"));
  EXPECT_EQ(to_string(market.taker(buy, to_amount(2)).fill->notional), "206");
}

TEST(Market, tells_the_time_since_1970) {
  OrderBook late = book;
  late.time = {.date = 19700102, .time = 10'203'004};  // 01:02:03.004
  Market market = market_of(late);
  constexpr auto expected = 86'400'000 + 3'600'000 + 2 * 60'000 + 3'004;
  EXPECT_EQ(market.time().count(), expected);
  late.time.date = 19700101;
  market.push(late);
  EXPECT_EQ(market.time().count(), expected) << "it never goes back";
  market.push(late, Market::Clock::begins_again);
  EXPECT_EQ(market.time().count(), expected - 86'400'000);
}

const OrderBook two_level_book = make_book(0, "100.0", "102.5", {10, 2, 3, 10});

TakerQuote quote_buy(const OrderBook& of_book, double size, Contract contract = Contract::linear) {
  return take(of_book, Signal::buy, to_amount(size), contract);
}
TakerQuote quote_sell(const OrderBook& of_book, double size) {
  return take(of_book, Signal::sell, to_amount(size), Contract::linear);
}

TEST(Quote, taker_crosses_the_spread) {
  EXPECT_EQ(to_string(quote_buy(two_level_book, 2).fill->price), "102.5");
  EXPECT_EQ(to_string(quote_sell(two_level_book, 2).fill->price), "100.0");
}

TEST(Quote, taker_walks_the_levels_at_their_average_price) {
  EXPECT_EQ(to_string(quote_buy(two_level_book, 6).fill->price), "103");  // 3 at 102.5, 3 at 103.5
  EXPECT_EQ(to_string(quote_buy(two_level_book, 6).fill->notional), "618");
  EXPECT_EQ(to_string(quote_sell(two_level_book, 6).fill->price),
            "99.333333333");  // 2 at 100, 4 at 99
  EXPECT_EQ(to_string(quote_sell(two_level_book, 6).fill->notional),
            "596");  // not rounded with the price
}

TEST(Quote, taker_passes_over_levels_without_volume) {
  const OrderBook hollow = make_book(0, "100", "102", {5, 0, 0, 5});
  EXPECT_EQ(to_string(quote_buy(hollow, 1).fill->price), "103");
  EXPECT_EQ(to_string(quote_sell(hollow, 1).fill->price), "99");
}

TEST(Quote, fractional_sizes_are_decimals) {
  const OrderBook thin = make_book(0, "99", "100", {1, 1, 0.1, 0.2});
  EXPECT_EQ(to_string(quote_buy(thin, 0.3).fill->notional), "30.2");  // 0.1 · 100 + 0.2 · 101
}

TEST(Quote, a_book_smaller_than_the_size_has_no_fill) {
  EXPECT_TRUE(quote_sell(two_level_book, 12).fill);
  EXPECT_FALSE(quote_sell(two_level_book, 12.5).fill);
  EXPECT_EQ(quote_sell(two_level_book, 12.5).visible, 12);
  EXPECT_TRUE(quote_buy(two_level_book, 12.5).fill);
  const OrderBook thin = make_book(0, "99", "100", {1, 1, 0.91, 0.98});
  EXPECT_EQ(quote_buy(thin, 2).visible, 1.89) << "the decimal, not the sum of two doubles";
}

TEST(Quote, inverse_notional_is_in_coin_and_its_average_price_harmonic) {
  const OrderBook thin = make_book(0, "2", "4", {10, 2, 3, 10});
  const Fill coin = quote_buy(thin, 8, Contract::inverse).fill.value();
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
