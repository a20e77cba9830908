#include "obkit/exchange/virtual_order.hpp"

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/exchange/order_flow.hpp"

namespace obkit::exchange {
namespace {

using Kind = QueueEvent::Kind;
using std::chrono::seconds;

const Timestamp begun = *parse_iso("2026-01-01T00:00:00Z");

Price at(double price) {
  return OrderFlow::price_of(static_cast<std::int64_t>(price * OrderFlow::ticks_per_one));
}

QueueEvent event(Kind kind, Side side, double price, std::int64_t size, std::int64_t ahead = 0) {
  return {.kind = kind, .side = side, .price = at(price), .size = size, .ahead = ahead};
}

/// A bid at 100, 300 ahead of its 200.
TEST(VirtualOrder, moves_forward_by_what_goes_before_it_and_is_filled_by_what_trades_behind) {
  VirtualOrder order{Side::bid, at(100), 300, 200};
  Timestamp now = begun;
  const auto after = [&](const QueueEvent& one) {
    order.follow(one, now += seconds{1});
    return std::pair{order.ahead(), order.filled()};
  };
  using State = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(after(event(Kind::joined, Side::bid, 100, 70, 300)), State(300, 0));
  EXPECT_EQ(after(event(Kind::cancelled, Side::bid, 100, 70, 300)), State(300, 0)) << "behind";
  EXPECT_EQ(after(event(Kind::cancelled, Side::bid, 100, 50, 100)), State(250, 0)) << "before";
  EXPECT_EQ(after(event(Kind::cancelled, Side::bid, 99.5, 10)), State(250, 0)) << "elsewhere";
  EXPECT_EQ(after(event(Kind::traded, Side::bid, 100.5, 900)), State(250, 0)) << "better ones";
  EXPECT_EQ(after(event(Kind::traded, Side::ask, 100.5, 900)), State(250, 0)) << "the other side";
  EXPECT_EQ(after(event(Kind::traded, Side::bid, 100, 100)), State(150, 0));
  EXPECT_EQ(after(event(Kind::traded, Side::bid, 100, 150)), State(0, 0));
  EXPECT_EQ(after(event(Kind::traded, Side::bid, 100, 120)), State(0, 120));
  EXPECT_EQ(order.done(), std::nullopt);
  EXPECT_EQ(after(event(Kind::traded, Side::bid, 99.5, 500)), State(0, 200)) << "through it";
  EXPECT_EQ(order.done(), begun + seconds{10});
  EXPECT_EQ(after(event(Kind::traded, Side::bid, 99.5, 500)), State(0, 200));
  EXPECT_EQ(order.done(), begun + seconds{10});
}

TEST(VirtualOrder, is_filled_by_what_comes_to_the_other_side_at_its_price) {
  VirtualOrder order{Side::ask, at(100), 0, 200};
  order.follow(event(Kind::joined, Side::bid, 99.5, 900), begun);
  EXPECT_EQ(order.filled(), 0);
  order.follow(event(Kind::joined, Side::bid, 100, 150), begun);
  EXPECT_EQ(order.filled(), 150);
  order.follow(event(Kind::traded, Side::ask, 99.5, 900), begun);
  EXPECT_EQ(order.filled(), 150) << "those before it";
  order.follow(event(Kind::joined, Side::bid, 100.5, 80), begun + seconds{1});
  EXPECT_EQ(order.done(), begun + seconds{1});
}

/// The orders of each level that came since the beginning, behind what stood there then.
class NaiveQueues {
 public:
  struct Order {
    std::int64_t size = 0, traded = 0;
    bool is_cancelled = false;
  };
  using Place = std::pair<Side, std::int64_t>;

  explicit NaiveQueues(const OrderFlow& flow) {
    for (const Row& row : flow.rows()) levels_[{row.side, row.price->units()}].old = *row.size;
  }

  /// Empty, or what cannot be.
  std::string apply(const QueueEvent& one) {
    Level& level = levels_[{one.side, one.price.units()}];
    if (one.kind == Kind::joined) {
      orders_.push_back({.size = one.size});
      level.orders.push_back(orders_.size() - 1);
      return size_of(level) == one.ahead + one.size ? "" : "ahead of a new one is not all";
    }
    if (one.ahead < level.old) {
      level.old -= one.size;
      return level.old >= 0 ? "" : "more left than stood there";
    }
    return one.kind == Kind::traded ? trade(level, one.size) : cancel(level, one);
  }
  [[nodiscard]] std::map<Place, std::int64_t> sizes() const {
    std::map<Place, std::int64_t> sizes;
    for (const auto& [place, level] : levels_)
      if (const std::int64_t size = size_of(level); size > 0) sizes[place] = size;
    return sizes;
  }
  /// In the order in which they came.
  [[nodiscard]] const std::vector<Order>& orders() const { return orders_; }

 private:
  struct Level {
    std::int64_t old = 0;
    std::deque<std::size_t> orders = {};
  };

  [[nodiscard]] std::int64_t left(std::size_t order) const {
    return orders_[order].size - orders_[order].traded;
  }
  [[nodiscard]] std::int64_t size_of(const Level& level) const {
    std::int64_t size = level.old;
    for (const std::size_t order : level.orders) size += left(order);
    return size;
  }
  std::string trade(Level& level, std::int64_t size) {
    if (level.orders.empty() || left(level.orders.front()) < size)
      return "traded more than an order";
    orders_[level.orders.front()].traded += size;
    if (left(level.orders.front()) == 0) level.orders.pop_front();
    return "";
  }
  std::string cancel(Level& level, const QueueEvent& one) {
    std::int64_t before = level.old;
    for (auto order = level.orders.begin(); order != level.orders.end(); ++order) {
      if (before == one.ahead && left(*order) == one.size) {
        orders_[*order].is_cancelled = true;
        level.orders.erase(order);
        return "";
      }
      before += left(*order);
    }
    return "no such order to cancel";
  }

  std::map<Place, Level> levels_;
  std::vector<Order> orders_;
};

/// One before each order that comes, of its size: until that is cancelled or done, it gets the
/// same.
TEST(VirtualOrder, gets_what_a_real_order_at_its_place_gets) {
  OrderFlow flow{{.seed = 11, .start = begun}};
  NaiveQueues queues{flow};
  std::vector<VirtualOrder> virtual_ones;
  std::vector<std::size_t> open;
  int done = 0, partly = 0;
  for (int i = 0; i < 20'000; ++i) {
    const OrderFlow::Changes changes = flow.next();
    for (const QueueEvent& one : changes.queue) {
      for (const std::size_t order : open) virtual_ones[order].follow(one, changes.time);
      ASSERT_EQ(queues.apply(one), "") << "event " << i;
      if (one.kind == Kind::joined) {
        open.push_back(virtual_ones.size());
        virtual_ones.emplace_back(one.side, one.price, one.ahead, one.size);
      }
      std::erase_if(open, [&](std::size_t order) {
        const NaiveQueues::Order& real = queues.orders()[order];
        EXPECT_EQ(virtual_ones[order].filled(), real.traded) << "order " << order;
        const bool is_done = real.traded == real.size;
        if (is_done) {
          EXPECT_EQ(virtual_ones[order].done(), changes.time);
        }
        done += is_done ? 1 : 0;
        partly += real.is_cancelled && real.traded > 0 ? 1 : 0;
        return is_done || real.is_cancelled;
      });
    }
    if (i % 500 != 0) continue;
    std::map<NaiveQueues::Place, std::int64_t> sizes;
    for (const Row& row : flow.rows()) sizes[{row.side, row.price->units()}] = *row.size;
    ASSERT_EQ(queues.sizes(), sizes);
  }
  EXPECT_GT(done, 200);
  EXPECT_GT(partly, 20);
}

}  // namespace
}  // namespace obkit::exchange
