#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/backtest/options.hpp"

#include "engine/market.hpp"
#include "fills/resting_order.hpp"

namespace obkit::backtest {

/// An order that rests for one account or several, each of which has it for itself: orders of the
/// same size that came to the same place with the same book fare alike, since none of them moves
/// another.
class SharedOrder {
 public:
  SharedOrder(std::unique_ptr<RestingOrder> order, const Market& market)
      : order_{std::move(order)}, seen_{market.number()}, placed_{market.number()} {}

  /// What the market's last book fills; it may be asked again. Pre: no book is left out.
  Amount observe(const Market& market);
  /// `part` of it, filled. Pre: as fill_at(); the same `terms` each time.
  const Fill& fill(Amount part, ContractTerms terms);
  /// As those of RestingOrder.
  [[nodiscard]] bool is_outbid(const Market& market) const { return order_->is_outbid(market); }
  [[nodiscard]] Signal direction() const { return order_->direction(); }
  [[nodiscard]] Price price() const { return order_->price(); }
  [[nodiscard]] Amount rest() const { return order_->rest(); }
  /// The number of the book that it came with.
  [[nodiscard]] std::uint64_t placed() const { return placed_; }

  /// Whether the book that was observed last asks something of who has it.
  [[nodiscard]] bool has_news() const { return has_news_; }
  void tell_news(bool has_news) { has_news_ = has_news; }

 private:
  std::unique_ptr<RestingOrder> order_;
  std::uint64_t seen_, placed_;  ///< numbers of books
  Amount filled_ = 0;            ///< by the last of them
  Amount part_ = 0;              ///< whose fill was asked for last, and that
  Fill fill_ = {};
  bool has_news_ = false;
};

/// All orders that rest in a market.
class SharedOrders {
 public:
  /// Both must outlive it.
  SharedOrders(const Options& options, const FillModel& model) : options_{options}, model_{model} {}

  /// One that rests at the market's last book. Pre: amount > 0.
  [[nodiscard]] std::shared_ptr<SharedOrder> place(const Market& market, Signal direction,
                                                   Amount amount);
  /// Shows each the market's last book. Whether one has news.
  bool observe(const Market& market);

 private:
  const Options& options_;
  const FillModel& model_;
  std::vector<std::shared_ptr<SharedOrder>> orders_;
};

}  // namespace obkit::backtest
