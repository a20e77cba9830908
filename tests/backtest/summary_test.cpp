#include "obkit/backtest/summary.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "market.hpp"

namespace obkit::backtest {
namespace {

Money whole(int amount) {
  return Money::from_units(Money::Units{amount} * 1'000'000'000'000'000'000);
}

Trade trade_of(int gross, int fees, int funding, int open_second, int close_second) {
  return {.open_time = {20240808, open_second * 1000},
          .close_time = {20240808, close_second * 1000},
          .gross = whole(gross),
          .fees = whole(fees),
          .funding = whole(funding)};
}

TEST(Summary, of_nothing_says_nothing) {
  const Summary summary;
  EXPECT_FALSE(summary.win_rate());
  EXPECT_FALSE(summary.mean_net());
  EXPECT_FALSE(summary.standard_error());
  EXPECT_FALSE(summary.profit_factor());
  EXPECT_FALSE(summary.exposure());
  EXPECT_FALSE(summary.mean_holding_seconds());
  EXPECT_EQ(summary.net(), Money{});
}

TEST(Summary, of_four_trades) {
  // Nets 5, -1, 0, -2: mean 0.5, deviations 4.5, -1.5, -0.5, -2.5, squares 29 / 3 / 4.
  Summary summary;
  summary.observed = std::chrono::seconds{40};
  summary.add(trade_of(8, 2, 1, 0, 4));
  summary.add(trade_of(0, 1, 0, 10, 12));
  summary.add(trade_of(1, 2, -1, 12, 15));
  summary.add(trade_of(-2, 0, 0, 20, 21));
  EXPECT_EQ(summary.trades, 4U);
  EXPECT_EQ(summary.wins, 1U) << "nothing is not a win";
  EXPECT_EQ(summary.gross, whole(7));
  EXPECT_EQ(summary.fees, whole(5));
  EXPECT_EQ(summary.funding, whole(0));
  EXPECT_EQ(summary.net(), whole(2));
  EXPECT_EQ(summary.gains, whole(5));
  EXPECT_EQ(summary.losses, whole(3));
  EXPECT_EQ(summary.win_rate(), 0.25);
  EXPECT_EQ(summary.mean_net(), 0.5);
  EXPECT_DOUBLE_EQ(summary.standard_error().value(), std::sqrt(29.0 / 12));
  EXPECT_DOUBLE_EQ(summary.profit_factor().value(), 5.0 / 3);
  EXPECT_EQ(summary.exposure(), 0.25);
  EXPECT_EQ(summary.mean_holding_seconds(), 2.5);
  EXPECT_EQ(summary.nets, (std::vector<double>{5, -1, 0, -2}));
}

TEST(Summary, of_one_trade_has_no_standard_error) {
  Summary summary;
  summary.add(trade_of(3, 0, 0, 0, 1));
  EXPECT_EQ(summary.mean_net(), 3);
  EXPECT_FALSE(summary.standard_error());
  EXPECT_FALSE(summary.profit_factor()) << "no loss to divide by";
}

TEST(Summary, exposure_is_never_more_than_all_of_the_time) {
  Summary summary;
  summary.observed = std::chrono::seconds{1};
  summary.add(trade_of(0, 0, 0, 0, 9));
  EXPECT_EQ(summary.exposure(), 1);
}

TEST(HoldingTime, goes_on_across_midnight_and_is_never_negative) {
  Trade trade{.open_time = {20240808, 235'959'500}, .close_time = {20240809, 250}};
  EXPECT_EQ(holding_time(trade), std::chrono::milliseconds{750});
  std::swap(trade.open_time, trade.close_time);
  EXPECT_EQ(holding_time(trade), std::chrono::milliseconds{0});
}

DateTime at(int second) { return {20240808, second * 1000}; }

TEST(DrawdownMeter, finds_the_deepest_fall_and_its_dates) {
  DrawdownMeter meter;
  int second = 0;
  for (const int equity : {0, 5, 2, 4, 9, 7, 8, 3, 10, 6}) meter.add(at(second++), whole(equity));
  const Drawdown deepest = meter.deepest().value();
  EXPECT_EQ(deepest.depth, whole(6));
  EXPECT_EQ(deepest.peak, at(4));
  EXPECT_EQ(deepest.trough, at(7));
}

TEST(DrawdownMeter, begins_with_nothing) {
  DrawdownMeter meter;
  meter.add(at(0), whole(-3));
  EXPECT_EQ(meter.deepest()->depth, whole(3));
  EXPECT_EQ(meter.deepest()->peak, at(0));
  meter.add(at(1), whole(-4));
  EXPECT_EQ(meter.deepest()->depth, whole(4));
  EXPECT_EQ(meter.deepest()->trough, at(1));
}

TEST(DrawdownMeter, of_what_never_falls_is_empty) {
  DrawdownMeter meter;
  EXPECT_FALSE(meter.deepest());
  for (int i = 0; i < 5; ++i) meter.add(at(i), whole(i / 2));
  EXPECT_FALSE(meter.deepest());
}

TEST(DrawdownMeter, names_the_earliest_of_equal_peaks_and_of_equal_falls) {
  DrawdownMeter meter;
  int second = 0;
  for (const int equity : {4, 4, 1, 1, 4, 1, 5, 2}) meter.add(at(second++), whole(equity));
  EXPECT_EQ(meter.deepest()->depth, whole(3));
  EXPECT_EQ(meter.deepest()->peak, at(0));
  EXPECT_EQ(meter.deepest()->trough, at(2));
}

}  // namespace
}  // namespace obkit::backtest
