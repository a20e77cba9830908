// Markets and moments at which an engine could give nonsense.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

#include "scenario.hpp"

namespace obkit::backtest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Options queue_fills{.fill = FillRule::queue};
/// All that disappears was traded.
const Options traded_fills{.fill = FillRule::queue, .traded_shrinking = 1, .traded_vanishing = 1};

std::vector<std::string> fills(const std::vector<Step>& market, const Options& options) {
  std::vector<std::string> result;
  for (const auto& [book, execution] : record(market, options).executions) {
    result.push_back(std::to_string(book) + ": " + std::string{to_string(execution.direction)} +
                     " " + to_text(to_size(execution.amount)) + " at " +
                     to_string(execution.fill.price));
  }
  return result;
}

TEST(EdgeCase, a_crossed_book_costs_touch_more_than_a_taker) {
  const std::vector<Step> market{{make_book(0, "101", "100"), buy},
                                 {make_book(1, "100", "101"), wait}};
  EXPECT_THAT(fills(market, {.fill = FillRule::touch}),
              ElementsAre("0: BUY 1 at 101", "1: SELL 1 at 101"));
  EXPECT_THAT(fills(market, {}), ElementsAre("0: BUY 1 at 100", "1: SELL 1 at 100"));
}

TEST(EdgeCase, an_order_placed_in_a_crossed_book_fills_at_the_next_that_still_reaches_it) {
  const std::vector<Step> market{{make_book(0, "101", "100"), buy},
                                 {make_book(1, "100", "101"), wait},
                                 {make_book(2, "100", "102"), wait}};
  EXPECT_THAT(fills(market, queue_fills), ElementsAre("1: BUY 1 at 101", "2: SELL 1 at 100"));
}

TEST(EdgeCase, a_best_level_without_volume_has_no_queue) {
  // One stands first; half of the first two that appear and go again are one's own.
  const std::vector<Step> market{{make_book(0, "100", "101", {9, 0, 9, 9}), buy},
                                 {make_book(1, "100", "101", {9, 2, 9, 9}), wait},
                                 {make_book(2, "100", "101", {9, 0, 9, 9}), wait},
                                 {make_book(3, "100", "101", {9, 9, 9, 9}), wait}};
  EXPECT_THAT(fills(market, queue_fills), ElementsAre("2: BUY 1 at 100", "3: SELL 1 at 100"));
}

TEST(EdgeCase, a_level_that_is_empty_is_passed_over_by_a_taker_but_is_the_price_of_touch) {
  const std::vector<Step> market{{make_book(0, "100", "101", {9, 0, 0, 9}), buy},
                                 {make_book(1, "100", "101", {9, 0, 0, 9}), wait}};
  EXPECT_THAT(fills(market, {}), ElementsAre("0: BUY 1 at 102", "1: SELL 1 at 99"));
  EXPECT_THAT(fills(market, {.fill = FillRule::touch}),
              ElementsAre("0: BUY 1 at 100", "1: SELL 1 at 101"));
}

TEST(EdgeCase, what_happens_behind_the_worst_level_is_not_seen) {
  // Outbid by four, the queue at 100 is not in sight; back there, what is gone is counted.
  Options stay = queue_fills;
  stay.requote = Requote::stay;
  const std::vector<Step> market{{make_book(0, "100", "102", {9, 2, 9, 9}), buy},
                                 {make_book(1, "104", "106", {9, 9, 9, 9}), wait},
                                 {make_book(2, "104", "106", {9, 9, 9, 9}), wait},
                                 {make_book(3, "100", "102", {9, 1, 9, 9}), wait},
                                 {make_book(4, "99", "101", {9, 9, 9, 9}), wait},
                                 {make_book(5, "98", "100", {9, 9, 9, 9}), wait},
                                 {make_book(6, "98", "100", {9, 9, 9, 9}), wait}};
  EXPECT_THAT(fills(market, stay), ElementsAre("5: BUY 1 at 100", "6: SELL 1 at 98"));
}

TEST(EdgeCase, an_empty_price_fills_nothing_of_the_order_that_stood_behind_all_of_it) {
  // All of the queue went, but the ask did not come.
  const std::vector<Step> market{{make_book(0, "100", "102", {9, 5, 9, 9}), buy},
                                 {make_book(1, "99", "101", {9, 9, 9, 9}), wait},
                                 {make_book(2, "99", "101", {9, 9, 9, 9}), wait}};
  EXPECT_THAT(fills(market, traded_fills), IsEmpty());
}

TEST(EdgeCase, an_order_that_was_outbid_and_is_best_again_before_the_message_arrives_stays) {
  Options late = queue_fills;
  late.latency = std::chrono::milliseconds{1000};
  const std::vector<Step> market{{make_book(0, "100", "103", {9, 2, 9, 9}), buy},
                                 {make_book(1, "100", "103", {9, 2, 9, 9}), wait},
                                 {make_book(2, "101", "103", {2, 5, 9, 9}), wait},
                                 {make_book(3, "100", "103", {9, 2, 9, 9}), wait},
                                 {make_book(4, "99", "100", {9, 2, 9, 9}), wait},
                                 {make_book(5, "99", "100", {9, 9, 9, 9}), wait}};
  EXPECT_THAT(fills(market, late), ElementsAre("4: BUY 1 at 100", "5: SELL 1 at 99"));
}

TEST(EdgeCase, a_signal_that_turns_while_a_part_stands_closes_the_part_and_opens_the_other_side) {
  Options two = traded_fills;
  two.size = 2;
  const std::vector<Step> market{{make_book(0, "100", "101", {9, 1, 9, 9}), buy},
                                 {make_book(1, "100", "101", {9, 2, 9, 9}), wait},
                                 {make_book(2, "100", "101", {9, 0.5, 9, 9}), sell},
                                 {make_book(3, "101", "102", {9, 9, 9, 9}), wait},
                                 {make_book(4, "101", "102", {9, 9, 9, 9}), wait}};
  EXPECT_THAT(fills(market, two), ElementsAre("2: BUY 0.5 at 100", "3: SELL 0.5 at 101",
                                              "3: SELL 2 at 101", "4: BUY 2 at 102"));
}

TEST(EdgeCase, turning_back_to_the_side_that_is_held_cancels_and_places_nothing) {
  const std::vector<Step> market{{make_book(0, "100", "101", {9, 0, 9, 9}), buy},
                                 {make_book(1, "99", "100", {9, 9, 9, 9}), wait},
                                 {make_book(2, "99", "101", {9, 9, 9, 9}), sell},
                                 {make_book(3, "99", "101", {9, 9, 9, 9}), buy},
                                 {make_book(4, "101", "102", {9, 9, 9, 9}), wait},
                                 {make_book(5, "103", "104", {9, 9, 9, 9}), wait}};
  EXPECT_THAT(fills(market, queue_fills), ElementsAre("1: BUY 1 at 100", "5: SELL 1 at 103"));
}

TEST(EdgeCase, turning_back_while_a_part_of_the_turn_is_filled_restores_the_size) {
  // 2 held, 0.5 sold, then BUY again: 0.5 are bought back. All that was opened is 2.5.
  Options two = traded_fills;
  two.size = 2;
  const std::vector<Step> market{{make_book(0, "100", "101"), buy},
                                 {make_book(1, "99", "100"), wait},
                                 {make_book(2, "99", "101", {9, 9, 1, 9}), sell},
                                 {make_book(3, "99", "101", {9, 9, 2, 9}), wait},
                                 {make_book(4, "99", "101", {9, 9, 0.5, 9}), buy},
                                 {make_book(5, "98", "99"), wait},
                                 {make_book(6, "98", "99"), wait}};
  EXPECT_THAT(fills(market, two), ElementsAre("1: BUY 2 at 100", "4: SELL 0.5 at 101",
                                              "5: BUY 0.5 at 99", "6: SELL 2 at 98"));
  const Record outcome = record(market, two);
  ASSERT_EQ(outcome.trades.size(), 1U);
  EXPECT_EQ(outcome.trades.front().size, 2.5);
  EXPECT_EQ(to_string(outcome.trades.front().open_price), "99.8");
  EXPECT_EQ(to_string(outcome.trades.front().close_price), "98.6");
  EXPECT_EQ(to_string(outcome.trades.front().gross), "-3");
}

TEST(EdgeCase, a_latency_longer_than_the_file_trades_nothing) {
  const std::vector<Step> market{{make_book(0, "100", "101"), buy},
                                 {make_book(1, "100", "101"), sell},
                                 {make_book(2, "100", "101"), wait}};
  for (const FillRule fill : {FillRule::taker, FillRule::touch, FillRule::queue})
    EXPECT_THAT(fills(market, {.fill = fill, .latency = std::chrono::milliseconds{3000}}),
                IsEmpty());
}

TEST(EdgeCase, messages_that_are_due_at_one_book_arrive_in_the_order_in_which_they_were_sent) {
  const std::vector<Step> market{{at_millisecond(0, make_book(0, "100", "101")), buy},
                                 {at_millisecond(10, make_book(0, "100", "101")), sell},
                                 {at_millisecond(20, make_book(0, "100", "101")), buy},
                                 {at_millisecond(500, make_book(0, "102", "103")), wait},
                                 {at_millisecond(600, make_book(0, "104", "105")), wait}};
  EXPECT_THAT(fills(market, {.latency = std::chrono::milliseconds{100}}),
              ElementsAre("3: BUY 1 at 103", "3: SELL 1 at 102", "3: SELL 1 at 102",
                          "3: BUY 1 at 103", "3: BUY 1 at 103", "4: SELL 1 at 104"));
  Options late = queue_fills;
  late.latency = std::chrono::milliseconds{100};
  EXPECT_THAT(fills(market, late), IsEmpty());  // placed, and not reached
}

TEST(EdgeCase, books_of_one_time_are_one_after_the_other) {
  const std::vector<Step> market{{at_millisecond(5, make_book(0, "100", "101")), buy},
                                 {at_millisecond(5, make_book(0, "102", "103")), sell},
                                 {at_millisecond(5, make_book(0, "104", "105")), wait}};
  EXPECT_THAT(fills(market, {}), ElementsAre("0: BUY 1 at 101", "1: SELL 1 at 102",
                                             "1: SELL 1 at 102", "2: BUY 1 at 105"));
  EXPECT_THAT(fills(market, {.latency = std::chrono::milliseconds{1}}), IsEmpty());
}

TEST(EdgeCase, when_time_goes_back_orders_still_arrive_in_turn_and_no_span_is_negative) {
  const std::vector<Step> market{{at_millisecond(5000, make_book(0, "100", "101")), buy},
                                 {at_millisecond(1000, make_book(0, "102", "103")), sell},
                                 {at_millisecond(1500, make_book(0, "104", "105")), wait},
                                 {at_millisecond(6000, make_book(0, "106", "107")), wait},
                                 {at_millisecond(5500, make_book(0, "108", "109")), wait}};
  const Options late{.latency = std::chrono::milliseconds{100}};
  EXPECT_THAT(fills(market, late), ElementsAre("3: BUY 1 at 107", "3: SELL 1 at 106",
                                               "3: SELL 1 at 106", "4: BUY 1 at 109"));
  const Summary summary = record(market, late).summary;
  EXPECT_EQ(summary.held, std::chrono::milliseconds{0});
  EXPECT_EQ(summary.observed, std::chrono::milliseconds{1000});
}

TEST(EdgeCase, a_clock_that_goes_back_stands_still_for_holding_and_exposure_alike) {
  const auto market = [](Signal first, Signal third) {
    return std::vector<Step>{{make_book(1, "100", "101"), first},
                             {make_book(3, "100", "101"), wait},
                             {make_book(2, "100", "101"), third},
                             {make_book(4, "100", "101"), wait}};
  };
  const Summary all = run(market(buy, wait), {}).summary;
  EXPECT_EQ(all.exposure(), 1);
  EXPECT_EQ(all.mean_holding_seconds(), 3);
  const Summary some = run(market(wait, sell), {}).summary;  // from 3 to 4 by the clock
  EXPECT_EQ(some.mean_holding_seconds(), 1);
  EXPECT_EQ(some.exposure(), 1.0 / 3);
}

TEST(EdgeCase, behind_a_gap_that_closes_the_clock_begins_again) {
  const std::vector<Step> market{{make_book(30, "100", "101"), buy},
                                 {make_book(31, "100", "101"), wait},
                                 {after_gap(make_book(1, "100", "101")), buy},
                                 {make_book(3, "100", "101"), wait}};
  const Summary summary = run(market, {}).summary;
  EXPECT_EQ(summary.held, std::chrono::seconds{3});
  EXPECT_EQ(summary.observed, std::chrono::seconds{3});
}

TEST(EdgeCase, prices_below_zero_turn_over_what_they_are_without_sign) {
  const std::vector<Step> market{{make_book(0, "-10", "-9"), buy},
                                 {make_book(1, "-12", "-11"), wait}};
  EXPECT_EQ(to_string(run(market, {}).summary.turnover), "21");
}

TEST(EdgeCase, money_beyond_its_range_names_size_and_price) {
  std::vector<Step> market;
  for (int i = 0; i < 60; ++i)
    market.push_back(
        {make_book(i, "4000000000", "4000000001", {2e9, 2e9, 2e9, 2e9}), i % 2 == 0 ? buy : sell});
  try {
    (void)run(market, {.size = 1e9});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("Z: size 1000000000 at the price 4000000001 is too large: an "
                                   "amount of money is beyond ±1.7e20"));
  }
}

TEST(EdgeCase, a_gap_on_the_first_book_does_not_matter) {
  for (const OnGap on_gap : {OnGap::close, OnGap::hold}) {
    for (const FillRule fill : {FillRule::taker, FillRule::touch, FillRule::queue}) {
      std::vector<Step> market{{make_book(0, "100", "102", {9, 1, 9, 9}), buy},
                               {make_book(1, "99", "100"), sell},
                               {make_book(2, "101", "102"), wait}};
      const Options options{.fill = fill, .on_gap = on_gap};
      const Record plain = record(market, options);
      market.front().book.gap = true;
      const Record after = record(market, options);
      EXPECT_THAT(texts(after.executions), testing::ElementsAreArray(texts(plain.executions)));
      EXPECT_EQ(after.summary.observed, plain.summary.observed);
    }
  }
}

TEST(EdgeCase, an_order_that_rests_when_a_gap_comes_is_cancelled_or_goes_to_the_back_of_its_queue) {
  const std::vector<Step> market{{make_book(0, "100", "101", {9, 2, 9, 9}), buy},
                                 {make_book(1, "100", "101", {9, 2, 9, 9}), wait},
                                 {after_gap(make_book(2, "100", "101", {9, 1, 9, 9})), wait},
                                 {make_book(3, "100", "101", {9, 0, 9, 9}), wait},
                                 {make_book(4, "100", "101", {9, 1, 9, 9}), wait},
                                 {make_book(5, "100", "101", {9, 0, 9, 9}), wait},
                                 {make_book(6, "100", "101"), wait}};
  Options options = traded_fills;
  EXPECT_THAT(fills(market, options), IsEmpty());
  options.on_gap = OnGap::hold;
  EXPECT_THAT(fills(market, options), ElementsAre("5: BUY 1 at 100", "6: SELL 1 at 100"));
}

TEST(EdgeCase, an_order_that_a_gap_left_behind_is_filled_where_the_price_has_reached_it) {
  const std::vector<Step> market{{make_book(0, "100", "101", {9, 2, 9, 9}), buy},
                                 {after_gap(make_book(1, "95", "96")), wait},
                                 {make_book(2, "95", "96"), wait}};
  Options options = queue_fills;
  options.on_gap = OnGap::hold;
  EXPECT_THAT(fills(market, options), ElementsAre("1: BUY 1 at 100", "2: SELL 1 at 95"));
}

TEST(EdgeCase, what_is_under_way_is_lost_in_a_gap_that_closes_and_arrives_in_one_that_is_held) {
  const std::vector<Step> market{{make_book(0, "100", "101"), buy},
                                 {make_book(1, "100", "101"), wait},
                                 {after_gap(make_book(5, "103", "104")), wait},
                                 {make_book(6, "105", "106"), wait}};
  Options options{.latency = std::chrono::milliseconds{1500}};
  EXPECT_THAT(fills(market, options), IsEmpty());
  options.on_gap = OnGap::hold;
  EXPECT_THAT(fills(market, options), ElementsAre("2: BUY 1 at 104", "3: SELL 1 at 105"));
}

TEST(EdgeCase, midnight_while_flat_makes_no_trade) {
  std::vector<Step> market{{make_book(0, "100", "101"), wait}, {make_book(1, "100", "101"), wait}};
  market.back().book.time.date = 20240809;
  EXPECT_THAT(fills(market, {.midnight = Midnight::flat}), IsEmpty());
}

TEST(EdgeCase, a_gap_at_midnight_is_called_a_gap) {
  std::vector<Step> market{{make_book(0, "100", "101"), buy},
                           {make_book(1, "102", "103"), wait},
                           {after_gap(make_book(2, "104", "105")), wait}};
  market.back().book.time.date = 20240809;
  const Record outcome = record(market, {.midnight = Midnight::flat});
  ASSERT_EQ(outcome.trades.size(), 1U);
  EXPECT_EQ(outcome.trades.front().reason, Reason::gap);
}

TEST(EdgeCase, a_message_to_move_an_order_that_has_been_replaced_does_not_move_the_next_one) {
  // BUY rests at 100, is turned at 2 s and outbid at 2.5 s. SELL rests at 103 from 3 s on and is
  // outbid at 3.5 s: it moves a second later, at 4.5 s, not with the message for the other.
  Options late = queue_fills;
  late.latency = std::chrono::milliseconds{1000};
  const std::vector<Step> market{
      {at_millisecond(0, make_book(0, "100", "103")), buy},
      {at_millisecond(1000, make_book(0, "100", "103")), wait},
      {at_millisecond(2000, make_book(0, "100", "103")), sell},
      {at_millisecond(2500, make_book(0, "101", "103", {10, 10, 10, 10})), wait},
      {at_millisecond(3000, make_book(0, "101", "103")), wait},
      {at_millisecond(3500, make_book(0, "100", "102")), wait},
      {at_millisecond(4000, make_book(0, "102", "104")), wait},
      {at_millisecond(4400, make_book(0, "100", "101")), wait},
      {at_millisecond(4500, make_book(0, "100", "101")), wait},
      {at_millisecond(5000, make_book(0, "101", "102")), wait},
      {at_millisecond(6000, make_book(0, "100", "101")), wait}};
  EXPECT_THAT(fills(market, late), ElementsAre("9: SELL 1 at 101", "10: BUY 1 at 101"));
}

TEST(EdgeCase, funding_that_fell_due_up_to_the_first_book_costs_who_buys_there_nothing) {
  const std::vector<Step> market{{make_book(5, "100", "101"), buy},
                                 {make_book(6, "100", "101"), wait},
                                 {make_book(7, "100", "101"), wait}};
  const auto rate_at = [](const char* iso) {
    return FundingRate{.time = parse_iso(iso).value(), .rate = FundingRate::per_one / 100};
  };
  const std::vector<FundingRate> early{rate_at("2024-08-07T16:00:00Z"),
                                       rate_at("2024-08-08T00:00:05Z")};
  const Summary nothing = record(market, {}, early).summary;
  EXPECT_EQ(nothing.funding, Money{});
  EXPECT_EQ(to_string(nothing.buy_and_hold.value()), "-1");
  const Summary paid = record(market, {}, {rate_at("2024-08-08T00:00:05.001Z")}).summary;
  EXPECT_EQ(to_string(paid.funding), "1.005");
  EXPECT_EQ(to_string(paid.buy_and_hold.value()), "-2.005");
}

TEST(EdgeCase, buy_and_hold_is_not_told_before_it_has_sold) {
  Backtest backtest{{}, {}};
  for (int second = 0; second < 3; ++second)
    backtest.push(make_book(second, "100", "101"), Signal::wait);
  EXPECT_FALSE(backtest.summary().buy_and_hold);
  backtest.finish();
  EXPECT_EQ(to_string(backtest.summary().buy_and_hold.value()), "-1");
}

TEST(EdgeCase, buy_and_hold_cannot_be_said_where_a_book_is_smaller_than_the_size) {
  const std::vector<Step> market{{make_book(0, "100", "101", {1, 1, 1, 1}), wait},
                                 {make_book(1, "100", "101"), wait}};
  const Record outcome = record(market, {.size = 3});
  EXPECT_FALSE(outcome.refused);
  EXPECT_FALSE(outcome.summary.buy_and_hold);
}

}  // namespace
}  // namespace obkit::backtest
