#include "obkit/backtest/backtest.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/core/error.hpp"

#include "market.hpp"

namespace obkit::backtest {
namespace {

using testing::StrEq;
using testing::Throws;

std::string short_text(const Trade& trade) {
  return std::string{to_string(trade.direction)} + " " + to_string(trade.open_price) + " " +
         to_string(trade.close_price) + " " + to_string(trade.gross) + " " + to_string(trade.fees) +
         " " + to_string(trade.net()) + " " + std::string{to_string(trade.reason)};
}

std::vector<std::string> texts(const Outcome& outcome) {
  std::vector<std::string> result;
  for (const Trade& trade : outcome.trades) result.push_back(short_text(trade));
  return result;
}

TEST(Backtest, five_books_with_taker) {
  // In at ask 103, out at bid 105: 2 · 2; 5 bp of 206 and 210. Then in at bid 105, out at ask 102.
  const Options options{.size = 2, .maker_fee_bps = 1, .taker_fee_bps = 5};
  const Outcome outcome = run(five_books, options);
  EXPECT_THAT(texts(outcome), testing::ElementsAre("BUY 103 105 4 0.208 3.792 reverse",
                                                   "SELL 105 102 6 0.207 5.793 end"));
  EXPECT_EQ(outcome.summary.books, 5U);
  EXPECT_EQ(outcome.summary.trades, 2U);
  EXPECT_EQ(outcome.summary.wins, 2U);
  EXPECT_EQ(to_string(outcome.summary.gross), "10");
  EXPECT_EQ(to_string(outcome.summary.fees), "0.415");
  EXPECT_EQ(to_string(outcome.summary.net()), "9.585");
}

TEST(Backtest, five_books_with_touch) {
  // In at bid 102, out at ask 106: 2 · 4; 1 bp of 204 and 212. Then in at ask 106, out at bid 101.
  const Options options{.fill = FillRule::touch, .size = 2, .maker_fee_bps = 1, .taker_fee_bps = 5};
  EXPECT_THAT(texts(run(five_books, options)),
              testing::ElementsAre("BUY 102 106 8 0.0416 7.9584 reverse",
                                   "SELL 106 101 10 0.0414 9.9586 end"));
}

TEST(Backtest, an_inverse_contract_earns_coin) {
  // 100 USD bought at 4 and sold at 5: 25 - 20 coin; 10 bp of 25 and 20. Then sold at 5, bought
  // at 8: 12.5 - 20.
  const std::vector<Step> market{{make_book(0, "3", "4", {500, 500, 500, 500}), buy},
                                 {make_book(1, "5", "6", {500, 500, 500, 500}), sell},
                                 {make_book(2, "7", "8", {500, 500, 500, 500}), wait}};
  const Options options{.contract = Contract::inverse, .size = 100, .taker_fee_bps = 10};
  EXPECT_THAT(
      texts(run(market, options)),
      testing::ElementsAre("BUY 4 5 5 0.045 4.955 reverse", "SELL 5 8 -7.5 0.0325 -7.5325 end"));
}

TEST(Backtest, a_trade_knows_its_times_and_its_size) {
  const Trade trade = run(five_books, {.size = 2}).trades.front();
  EXPECT_EQ(trade.open_time, (DateTime{20240808, 1000}));
  EXPECT_EQ(trade.close_time, (DateTime{20240808, 3000}));
  EXPECT_EQ(trade.size, 2);
}

TEST(Backtest, a_gap_closes_at_the_book_before_it_and_leaves_one_flat) {
  // The signal of the last book before the gap counts for nothing; nor does the old position after.
  const std::vector<Step> market{{make_book(0, "100", "101"), buy},
                                 {make_book(1, "102", "103"), sell},
                                 {after_gap(make_book(2, "90", "91")), wait},
                                 {make_book(3, "91", "92"), buy},
                                 {make_book(4, "95", "96"), wait}};
  EXPECT_THAT(texts(run(market, {})),
              testing::ElementsAre("BUY 101 102 1 0 1 gap", "BUY 92 95 3 0 3 end"));
}

TEST(Backtest, a_gap_while_flat_makes_no_trade) {
  const std::vector<Step> market{{after_gap(make_book(0, "100", "101")), wait},
                                 {after_gap(make_book(1, "102", "103")), buy},
                                 {after_gap(make_book(2, "102", "103")), sell}};
  EXPECT_THAT(run(market, {}).trades, testing::IsEmpty());
}

TEST(Backtest, without_books_there_is_nothing) {
  const Outcome outcome = run({}, {});
  EXPECT_EQ(outcome.summary.books, 0U);
  EXPECT_EQ(outcome.summary.trades, 0U);
}

TEST(Backtest, a_single_book_makes_no_trade) {
  EXPECT_THAT(run({{make_book(0, "100", "101"), buy}}, {}).trades, testing::IsEmpty());
}

TEST(Backtest, a_trade_that_only_pays_its_fees_does_not_win) {
  const std::vector<Step> market{{make_book(0, "100", "100"), buy},
                                 {make_book(1, "100", "100"), wait}};
  EXPECT_EQ(run(market, {}).summary.wins, 0U);
  EXPECT_EQ(run(market, {.taker_fee_bps = 1}).summary.wins, 0U);
  EXPECT_EQ(run(market, {.taker_fee_bps = -1}).summary.wins, 1U);
}

TEST(Backtest, refuses_to_trade_more_than_the_book_shows) {
  const auto problem = [](const char* text) {
    return Throws<DataError>(testing::Property(&DataError::what, StrEq(text)));
  };
  const std::vector<Step> thin_asks{{make_book(0, "100", "101", {9, 9, 1, 1.5}), buy},
                                    {make_book(1, "100", "101"), wait}};
  EXPECT_THAT([&] { run(thin_asks, {.size = 3}); },
              problem("book of 2024-08-08T00:00:00.000Z: size 3 is more than the 2.5 asked on all "
                      "its levels: what it would cost is not known"));
  const std::vector<Step> thin_end{{make_book(0, "100", "101"), buy},
                                   {make_book(1, "100", "101", {0, 0, 9, 9}), wait}};
  EXPECT_THAT([&] { run(thin_end, {.size = 3}); },
              problem("book of 2024-08-08T00:00:01.000Z: size 3 is more than the 0 bid on all its "
                      "levels: what it would cost is not known"));
}

TEST(Backtest, a_thin_book_that_is_not_traded_on_does_not_matter) {
  const std::vector<Step> market{{make_book(0, "100", "101", {0, 0, 0, 0}), wait},
                                 {make_book(1, "100", "101"), wait}};
  EXPECT_EQ(run(market, {}).summary.trades, 0U);
}

TEST(FillModels, are_found_by_their_names_and_say_what_they_leave_out) {
  for (const FillModel& model : fill_models()) {
    EXPECT_EQ(find_fill_model(model.name), &model);
    EXPECT_FALSE(model.help.empty());
    EXPECT_FALSE(model.leaves_out.empty());
  }
  EXPECT_EQ(fill_models().front().name, Options{}.fill.name) << "the default is the first";
  EXPECT_EQ(find_fill_model("no such"), nullptr);
  EXPECT_THROW(check({.fill = {"no such"}}), FieldError);
}

TEST(Options, refuse_what_makes_no_sense) {
  const double nan = std::nan("");
  for (const Options& wrong :
       {Options{.size = 0}, Options{.size = -1}, Options{.size = nan}, Options{.size = 1e10},
        Options{.size = 1e-10}, Options{.maker_fee_bps = nan}, Options{.taker_fee_bps = nan},
        Options{.maker_fee_bps = -10'001}, Options{.taker_fee_bps = HUGE_VAL}})
    EXPECT_THROW(Backtest({.options = wrong}, {}), UsageError);
  using std::chrono::milliseconds;
  for (const Options& wrong :
       {Options{.latency = milliseconds{-1}}, Options{.latency = milliseconds{86'400'001}},
        Options{.queue_share = nan}, Options{.queue_share = -0.1}, Options{.queue_share = 1.1},
        Options{.traded_shrinking = 1.1}, Options{.traded_vanishing = nan},
        Options{.exits = {.max_hold = milliseconds{0}}}, Options{.exits = {.stop = 0}},
        Options{.exits = {.stop = nan}}, Options{.exits = {.take = -1}},
        Options{.exits = {.take = 1e7}}})
    EXPECT_THROW(Backtest({.options = wrong}, {}), UsageError);
  EXPECT_NO_THROW(check({.latency = milliseconds{86'400'000}, .queue_share = 1}));
  EXPECT_THAT([] { check({.taker_fee_bps = 10'001}); },
              Throws<UsageError>(testing::Property(
                  &UsageError::what, StrEq("taker_fee_bps 10001: expected basis points from "
                                           "-10000 to 10000 (1 % is 100)"))));
}

}  // namespace
}  // namespace obkit::backtest
