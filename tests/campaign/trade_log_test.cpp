#include "trade_log.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obkit::campaign {
namespace {

using exchange::Venue;
using testing::HasSubstr;
using namespace std::chrono_literals;

const Timestamp market_begin = *parse_iso("2026-01-01T00:00:00Z");
const exchange::Channel channel{"X", ""};

/// A seller took 300 of a bid at 100.
exchange::MarketTrade truth(std::uint64_t number, std::chrono::microseconds time) {
  return {.time = market_begin + time,
          .taken = Side::bid,
          .price = *parse_price("100.5"),
          .size = 300,
          .number = number};
}

store::RecordedTrade recorded(std::string id, std::chrono::milliseconds time, bool gap = false) {
  return {.trade = {.time = market_begin + time,
                    .price = *parse_price("100.5"),
                    .volume = 300,
                    .aggressor = Aggressor::seller,
                    .id = std::move(id)},
          .gap = gap};
}

class TradeLogTest : public testing::Test {
 protected:
  TradeLogTest() {
    for (std::uint64_t number = 1; number <= 9; ++number)
      log_.record(truth(number, number * 1000us + 400us), channel);
  }

  TradeLog log_{Venue::deribit};
};

TEST_F(TradeLogTest, true_ones_in_order_are_well_whose_times_are_cut) {
  EXPECT_EQ(log_.judge("X", recorded("3", 3ms)), "") << "a recording begins anywhere";
  EXPECT_EQ(log_.judge("X", recorded("4", 4ms)), "");
  EXPECT_EQ(log_.judge("X", recorded("7d1f0c52-0000-4000-8000-000000000005", 5ms)), "");
  EXPECT_EQ(log_.judged(), 3U);
  EXPECT_EQ(log_.recorded(), 9U);
}

TEST_F(TradeLogTest, what_is_missing_must_lie_in_a_gap) {
  EXPECT_EQ(log_.judge("X", recorded("1", 1ms)), "");
  EXPECT_EQ(log_.judge("X", recorded("4", 4ms)),
            "2 trades before number 4 are missing, and no gap says so");
  EXPECT_EQ(log_.judge("X", recorded("4", 4ms, true)), "");
  EXPECT_EQ(log_.gaps(), 1U);
  EXPECT_EQ(log_.missing(), 2U);
}

TEST_F(TradeLogTest, none_comes_twice_or_out_of_order) {
  EXPECT_EQ(log_.judge("X", recorded("4", 4ms)), "");
  EXPECT_EQ(log_.judge("X", recorded("4", 4ms, true)), "trade 4 behind number 4");
  EXPECT_EQ(log_.judge("X", recorded("2", 2ms, true)), "trade 2 behind number 4");
}

TEST_F(TradeLogTest, what_never_was_or_was_otherwise_is_told) {
  EXPECT_THAT(log_.judge("X", recorded("10", 4ms)), HasSubstr("never was: '10'"));
  EXPECT_THAT(log_.judge("X", recorded("", 4ms)), HasSubstr("never was"));
  EXPECT_THAT(log_.judge("Y", recorded("1", 1ms)), HasSubstr("never was"));
  const auto problem_of = [&](auto change) {
    store::RecordedTrade one = recorded("4", 4ms);
    change(one.trade);
    return log_.judge("X", one);
  };
  const std::string expected = "trade 4: expected 2026-01-01T00:00:00.004400Z 100.5 x 300 sell";
  for (const std::string& problem :
       {problem_of([](Trade& one) { one.time += 1ms; }),
        problem_of([](Trade& one) { one.price = *parse_price("100"); }),
        problem_of([](Trade& one) { one.volume = 299; }),
        problem_of([](Trade& one) { one.aggressor = Aggressor::buyer; }),
        problem_of([](Trade& one) { one.off = "block"; })})
    EXPECT_THAT(problem, HasSubstr(expected));
  EXPECT_EQ(problem_of([](Trade&) {}), "");
}

TEST(TradeLog, okx_has_a_row_for_a_taker_and_a_price) {
  TradeLog log{Venue::okx};
  for (const std::uint64_t number : {1U, 2U}) log.record(truth(number, 1ms), channel);
  log.record(truth(3, 2ms), channel);
  store::RecordedTrade both = recorded("2", 1ms);
  both.trade.volume = 600;
  EXPECT_EQ(log.judge("X", both), "");
  EXPECT_EQ(log.judge("X", recorded("3", 2ms)), "");
}

}  // namespace
}  // namespace obkit::campaign
