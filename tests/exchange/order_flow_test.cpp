#include "obkit/exchange/order_flow.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace obkit::exchange {
namespace {

OrderFlowOptions options(std::uint64_t seed) {
  OrderFlowOptions out;
  out.seed = seed;
  out.start = *parse_iso("2026-01-01T00:00:00Z");
  return out;
}

std::size_t count(const std::vector<Row>& rows, Side side) {
  std::size_t out = 0;
  for (const Row& row : rows) out += row.side == side ? 1 : 0;
  return out;
}

TEST(OrderFlow, is_never_crossed_and_never_runs_dry) {
  OrderFlow flow{options(3)};
  for (int i = 0; i < 20'000; ++i) {
    (void)flow.next();
    ASSERT_LT(flow.best_tick(Side::bid), flow.best_tick(Side::ask));
    if (i % 100 != 0) continue;
    ASSERT_GE(count(flow.rows(), Side::bid), 100U);
    ASSERT_GE(count(flow.rows(), Side::ask), 100U);
  }
}

TEST(OrderFlow, changes_lead_from_one_book_to_the_next) {
  OrderFlow flow{options(4)};
  std::map<std::uint64_t, Row> rows;
  for (const Row& row : flow.rows()) rows[row.id] = row;
  for (int i = 0; i < 5'000; ++i) {
    const auto changes = flow.next();
    ASSERT_FALSE(changes.removed.empty() && changes.updated.empty() && changes.inserted.empty());
    for (const Row& row : changes.removed) ASSERT_EQ(rows.erase(row.id), 1U);
    for (const Row& row : changes.updated) {
      ASSERT_EQ(rows.at(row.id).price, row.price);
      ASSERT_NE(rows.at(row.id).size, row.size);
      rows[row.id] = row;
    }
    for (const Row& row : changes.inserted) ASSERT_TRUE(rows.emplace(row.id, row).second);
  }
  for (const Row& row : flow.rows()) EXPECT_EQ(rows.at(row.id), row);
  EXPECT_EQ(rows.size(), flow.rows().size());
}

TEST(OrderFlow, every_occupancy_of_a_level_has_a_fresh_id_that_a_double_can_hold) {
  OrderFlow flow{options(5)};
  std::set<std::uint64_t> used;
  for (const Row& row : flow.rows()) used.insert(row.id);
  for (int i = 0; i < 20'000; ++i) {
    for (const Row& row : flow.next().inserted) {
      ASSERT_TRUE(used.insert(row.id).second);
      ASSERT_LT(row.id, std::uint64_t{1} << 53U);
    }
  }
  EXPECT_GT(used.size(), 1'000U);
}

TEST(OrderFlow, sizes_are_positive_multiples_of_the_lot_and_times_never_go_back) {
  OrderFlow flow{options(6)};
  Timestamp last = options(6).start;
  for (int i = 0; i < 10'000; ++i) {
    const auto changes = flow.next();
    ASSERT_GE(changes.time, last);
    last = changes.time;
    for (const auto* rows : {&changes.updated, &changes.inserted}) {
      for (const Row& row : *rows) {
        ASSERT_GT(*row.size, 0);
        ASSERT_EQ(*row.size % OrderFlow::lot, 0);
        ASSERT_EQ(row.changed, changes.time);
      }
    }
  }
}

TEST(OrderFlow, the_same_seed_gives_the_same_market_and_another_another) {
  OrderFlow one{options(7)}, same{options(7)}, other{options(8)};
  bool differs = false;
  for (int i = 0; i < 1'000; ++i) {
    const auto changes = one.next();
    const auto again = same.next();
    ASSERT_EQ(changes.time, again.time);
    ASSERT_EQ(changes.removed, again.removed);
    ASSERT_EQ(changes.updated, again.updated);
    ASSERT_EQ(changes.inserted, again.inserted);
    differs = differs || other.next().time != changes.time;
  }
  EXPECT_TRUE(differs);
}

TEST(OrderFlow, events_come_at_the_rate_asked_for) {
  for (const double rate : {1.0, 10.0, 200.0}) {
    OrderFlowOptions asked = options(9);
    asked.rate = rate;
    OrderFlow flow{asked};
    Timestamp last;
    for (int i = 0; i < 20'000; ++i) last = flow.next().time;
    const std::chrono::duration<double> seconds = last - asked.start;
    EXPECT_NEAR(20'000 / seconds.count() / rate, 1, 0.15);
  }
}

/// Shares of events that move the mid price, and of moves that the larger best queue predicted.
TEST(OrderFlow, the_mid_moves_often_enough_to_learn_from_and_the_queues_know_something) {
  OrderFlow flow{options(10)};
  const auto mid = [&] { return flow.best_tick(Side::bid) + flow.best_tick(Side::ask); };
  const auto imbalance = [&] {
    std::int64_t bid = 0, ask = 0;
    for (const Row& row : flow.rows()) {
      if (row.side == Side::ask) ask = *row.size;
      if (row.side == Side::bid && bid == 0) bid = *row.size;
    }
    return bid - ask;
  };
  constexpr int events = 20'000;
  int moves = 0, predicted = 0;
  auto last_mid = mid();
  auto last_imbalance = imbalance();
  for (int i = 0; i < events; ++i) {
    (void)flow.next();
    const auto move = mid() - last_mid;
    moves += move != 0 ? 1 : 0;
    predicted += move * last_imbalance > 0 ? 1 : 0;
    last_mid = mid();
    last_imbalance = imbalance();
  }
  EXPECT_GT(moves, events * 3 / 100);
  EXPECT_LT(moves, events * 15 / 100);
  EXPECT_GT(predicted, moves * 57 / 100);
}

}  // namespace
}  // namespace obkit::exchange
