#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scenario.hpp"

namespace obkit::backtest {

/// What a fill should be: worked out without the engine, from the whole market at hand.
struct NaiveFill {
  std::size_t book = 0;
  Signal direction = Signal::buy;
  Amount amount = 0;
  Price price = {};
  bool makes = false;  ///< pays the maker fee
  Reason reason = Reason::reverse;
  std::optional<std::size_t> order = {};  ///< that rested, by its place in NaiveTrader::orders
};

/// An order of the queue rule.
struct NaiveOrder {
  std::size_t placed = 0;  ///< the book
  Signal direction = Signal::buy;
  Price price;
  Amount amount = 0;
  double ahead = 0;  ///< when it was placed
  Reason reason = Reason::reverse;
};

/// The rules of docs/backtest.md in their plainest form. For each book, a resting order's queue is
/// gone through again from the book where it was placed.
class NaiveTrader {
 public:
  NaiveTrader(const std::vector<Step>& market, const Options& options);

  std::vector<NaiveFill> fills;
  std::vector<NaiveOrder> orders;
  std::vector<Reason> reasons;         ///< why each position was closed
  std::optional<std::size_t> refused;  ///< the book that shows less than an order needs

 private:
  struct Message {
    std::int64_t due = 0;
    Signal turn = Signal::wait;             ///< wait: something else
    std::optional<std::size_t> order = {};  ///< that is to be moved
    std::optional<Reason> leave = {};       ///< why to be flat
  };

  void live(std::size_t book);
  void work_order(std::size_t book);
  void decide(std::size_t book);
  void deliver(std::size_t book);
  void turn(std::size_t book, Signal direction);
  void leave(std::size_t book, Reason reason);
  void place(std::size_t book, Signal direction, Amount amount, Reason reason);
  void cross(std::size_t book, Signal direction, Amount amount, Reason reason);
  void fill(NaiveFill what);
  [[nodiscard]] bool is_outbid(std::size_t book) const;
  [[nodiscard]] std::size_t opened() const;
  [[nodiscard]] std::optional<Reason> exit(std::size_t book) const;
  [[nodiscard]] Amount filled_by(const NaiveOrder& order, std::size_t book) const;
  [[nodiscard]] Amount filled_by_trades(const NaiveOrder& order, std::size_t book) const;

  const std::vector<Step>& market_;
  const Options& options_;
  Amount position_ = 0;
  Signal wanted_ = Signal::wait, left_ = Signal::wait;
  std::vector<Message> under_way_;
  std::optional<std::size_t> order_;  ///< that rests, of `orders`
  Amount order_filled_ = 0;
};

/// What a side of a book says of a price; empty where it is behind the worst level.
std::optional<double> visible_volume(const OrderBook& book, Signal direction, Price price);
Price own_best(const OrderBook& book, Signal direction);
Price opposite_best(const OrderBook& book, Signal direction);
/// Whether the opposite best is at the price of an order, or beyond it.
bool reaches(const OrderBook& book, Signal direction, Price price);

std::vector<std::string> texts(const std::vector<NaiveFill>& fills);

}  // namespace obkit::backtest
