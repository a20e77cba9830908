#include <gtest/gtest.h>

#include "fills/queue.hpp"
#include "market.hpp"

namespace obkit::backtest {
namespace {

/// A market at 100 / 101 in which one thing changes at a time: the volume at the best bid.
class QueueOrderTest : public testing::Test {
 protected:
  QueueOrderTest() { show(10); }

  void show(double bid_volume, const std::string& bid = "100", const std::string& ask = "101") {
    market.push(make_book(second++, bid, ask, {9, bid_volume, 7, 9}));
  }

  QueueOrder order_of(double size) const { return {Signal::buy, to_amount(size), market}; }

  /// What the order gets when this volume is shown.
  double see(QueueOrder& order, double bid_volume, const QueueShares& shares = halves) {
    show(bid_volume);
    return to_size(order.observe(market, shares));
  }

  static constexpr QueueShares halves{.ahead = 0.5, .shrinking = 0.5, .vanishing = 0.5};
  /// All that goes is cancelled: before the order, or behind it.
  static constexpr QueueShares all_ahead{.ahead = 1, .shrinking = 0, .vanishing = 0};
  static constexpr QueueShares all_behind{.ahead = 0, .shrinking = 0, .vanishing = 0};
  static constexpr QueueShares all_traded{.ahead = 0, .shrinking = 1, .vanishing = 1};

  Market market{Contract::linear, to_amount(1)};
  int second = 0;
};

TEST_F(QueueOrderTest, stands_behind_all_that_is_visible) {
  const QueueOrder order = order_of(3);
  EXPECT_EQ(order.price(), price("100"));
  EXPECT_EQ(order.direction(), Signal::buy);
  EXPECT_EQ(order.ahead(), 10);
  EXPECT_EQ(order.rest(), to_amount(3));
}

TEST_F(QueueOrderTest, to_sell_stands_behind_the_best_ask) {
  const QueueOrder order{Signal::sell, to_amount(3), market};
  EXPECT_EQ(order.price(), price("101"));
  EXPECT_EQ(order.ahead(), 7);
}

TEST_F(QueueOrderTest, moves_up_by_what_traded_and_by_its_share_of_what_was_cancelled) {
  QueueOrder order = order_of(3);
  EXPECT_EQ(see(order, 18), 0);
  EXPECT_EQ(see(order, 14), 0);
  EXPECT_EQ(order.ahead(), 7) << "2 of 4 were traded, 1 was cancelled before it";
}

TEST_F(QueueOrderTest, moves_up_by_all_that_goes_while_nobody_stands_behind_it) {
  for (const QueueShares& shares : {halves, all_ahead, all_behind, all_traded}) {
    QueueOrder order = order_of(3);
    EXPECT_EQ(see(order, 8, shares), 0);
    EXPECT_EQ(order.ahead(), 8);
    show(10);
  }
}

TEST_F(QueueOrderTest, does_not_mind_who_joins_behind_it) {
  QueueOrder order = order_of(3);
  EXPECT_EQ(see(order, 30), 0);
  EXPECT_EQ(order.ahead(), 10);
  EXPECT_EQ(see(order, 22), 0);
  EXPECT_EQ(order.ahead(), 4) << "4 of 8 were traded, 2 were cancelled before it";
}

TEST_F(QueueOrderTest, never_stands_behind_more_than_is_visible) {
  for (const QueueShares& shares : {halves, all_ahead, all_behind}) {
    QueueOrder order = order_of(3);
    EXPECT_EQ(see(order, 1, shares), 0);
    EXPECT_EQ(order.ahead(), 1);
    EXPECT_EQ(see(order, 0, shares), 0);
    EXPECT_EQ(order.ahead(), 0);
    show(10);
  }
}

TEST_F(QueueOrderTest, fills_in_parts_when_nothing_is_ahead_any_more) {
  QueueOrder order = order_of(3);
  EXPECT_EQ(see(order, 0), 0);
  EXPECT_EQ(see(order, 4), 0);
  EXPECT_EQ(see(order, 2), 1) << "half of 2";
  EXPECT_EQ(order.rest(), to_amount(2));
  EXPECT_EQ(see(order, 12), 0);
  EXPECT_EQ(see(order, 2), 2) << "half of 10 is more than its rest";
  EXPECT_EQ(order.rest(), 0);
}

TEST_F(QueueOrderTest, gets_what_traded_beyond_those_ahead_at_once) {
  QueueOrder order = order_of(3);
  EXPECT_EQ(see(order, 30), 0);
  EXPECT_EQ(see(order, 22, all_behind), 0);
  EXPECT_EQ(see(order, 10, all_traded), 2) << "12 were traded, of which 10 were ahead";
  EXPECT_EQ(order.ahead(), 0);
}

TEST_F(QueueOrderTest, is_not_filled_by_cancels_wherever_they_stood) {
  for (const QueueShares& shares : {all_ahead, all_behind}) {
    QueueOrder order = order_of(3);
    for (const double volume : {5.0, 0.0, 50.0, 1.0, 0.0}) EXPECT_EQ(see(order, volume, shares), 0);
    EXPECT_EQ(order.rest(), to_amount(3));
    show(10);
  }
}

TEST_F(QueueOrderTest, moves_up_by_cancels_ahead_alone) {
  QueueOrder ahead = order_of(3), behind = order_of(3);
  show(20);
  for (QueueOrder* order : {&ahead, &behind}) EXPECT_EQ(order->observe(market, halves), 0);
  show(14);
  EXPECT_EQ(ahead.observe(market, all_ahead), 0);
  EXPECT_EQ(behind.observe(market, all_behind), 0);
  EXPECT_EQ(ahead.ahead(), 4);
  EXPECT_EQ(behind.ahead(), 10);
}

TEST_F(QueueOrderTest, takes_another_share_for_traded_where_a_level_vanishes) {
  const QueueShares shares{.ahead = 0, .shrinking = 0.125, .vanishing = 0.75};
  QueueOrder order = order_of(9);
  EXPECT_EQ(see(order, 0), 0);
  EXPECT_EQ(see(order, 16), 0);
  EXPECT_EQ(see(order, 8, shares), 1) << "an eighth of 8";
  EXPECT_EQ(see(order, 0, shares), 6) << "three quarters of 8";
}

TEST_F(QueueOrderTest, has_a_vanished_level_when_a_worse_price_is_the_best) {
  const QueueShares shares{.ahead = 0, .shrinking = 0, .vanishing = 0.75};
  QueueOrder order = order_of(9);
  EXPECT_EQ(see(order, 0, shares), 0);
  EXPECT_EQ(see(order, 8, shares), 0);
  show(9, "99.5", "101");
  EXPECT_EQ(order.observe(market, shares), to_amount(6));
}

TEST_F(QueueOrderTest, is_filled_where_the_opposite_best_reaches_or_passes_its_price) {
  for (const char* ask : {"100", "99"}) {
    QueueOrder order = order_of(3);
    show(9, "98", ask);
    EXPECT_EQ(order.observe(market, all_behind), to_amount(3)) << ask;
    EXPECT_EQ(order.rest(), 0);
    show(10);
  }
}

TEST_F(QueueOrderTest, to_sell_is_filled_where_the_bid_reaches_it) {
  QueueOrder order{Signal::sell, to_amount(3), market};
  show(9, "100.5", "101");
  EXPECT_EQ(order.observe(market, all_behind), 0);
  show(9, "101", "102");
  EXPECT_EQ(order.observe(market, all_behind), to_amount(3));
}

TEST_F(QueueOrderTest, waits_while_its_price_is_out_of_sight) {
  QueueOrder order = order_of(3);
  show(9, "105", "106");
  EXPECT_EQ(order.observe(market, all_traded), 0);
  EXPECT_EQ(order.ahead(), 10);
  EXPECT_TRUE(order.is_outbid(market));
  EXPECT_EQ(see(order, 6, all_traded), 0);
  EXPECT_EQ(order.ahead(), 6) << "what went meanwhile is counted when it is seen";
}

TEST_F(QueueOrderTest, is_outbid_by_a_better_price_alone) {
  const QueueOrder order = order_of(3);
  EXPECT_FALSE(order.is_outbid(market));
  show(9, "99.5", "101");
  EXPECT_FALSE(order.is_outbid(market)) << "it is now the best itself";
  show(9, "100.5", "101");
  EXPECT_TRUE(order.is_outbid(market));
  const QueueOrder ask{Signal::sell, to_amount(3), market};
  show(9, "100", "100.5");
  EXPECT_TRUE(ask.is_outbid(market));
  show(9, "100", "101.5");
  EXPECT_FALSE(ask.is_outbid(market));
}

TEST_F(QueueOrderTest, begins_again_behind_all_that_is_visible_after_a_gap) {
  QueueOrder order = order_of(3);
  show(25);
  EXPECT_EQ(order.begin_again(market), 0);
  EXPECT_EQ(order.ahead(), 25);
  show(4);
  EXPECT_EQ(order.begin_again(market), 0);
  EXPECT_EQ(order.ahead(), 4);
  show(9, "105", "106");
  EXPECT_EQ(order.begin_again(market), 0);
  EXPECT_EQ(order.ahead(), 4) << "out of sight: what was known last";
  show(9, "98", "100");
  EXPECT_EQ(order.begin_again(market), to_amount(3)) << "reached";
}

TEST_F(QueueOrderTest, takes_fractions_of_volumes) {
  show(0.3);
  QueueOrder order = order_of(0.2);
  EXPECT_EQ(see(order, 0.1, all_traded), 0);
  EXPECT_NEAR(order.ahead(), 0.1, 1e-12);
  EXPECT_EQ(see(order, 0.25, all_traded), 0);
  EXPECT_EQ(see(order, 0.1, all_traded), 0.05);
}

}  // namespace
}  // namespace obkit::backtest
