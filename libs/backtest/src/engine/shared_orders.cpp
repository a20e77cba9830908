#include "engine/shared_orders.hpp"

#include <algorithm>
#include <cassert>

namespace obkit::backtest {

Amount SharedOrder::observe(const Market& market) {
  if (seen_ == market.number()) return filled_;
  assert(seen_ + 1 == market.number());
  seen_ = market.number();
  filled_ = market.book().gap ? order_->begin_again(market) : order_->observe(market);
  return filled_;
}

const Fill& SharedOrder::fill(Amount part, ContractTerms terms) {
  if (part != part_) fill_ = fill_at(price(), part, terms);
  part_ = part;
  return fill_;
}

std::shared_ptr<SharedOrder> SharedOrders::place(const Market& market, Signal direction,
                                                 Amount amount) {
  for (auto order = orders_.rbegin(); order != orders_.rend(); ++order) {
    if ((*order)->placed() != market.number()) break;
    if ((*order)->direction() == direction && (*order)->rest() == amount) return *order;
  }
  return orders_.emplace_back(
      std::make_shared<SharedOrder>(model_.rest(options_, market, direction, amount), market));
}

bool SharedOrders::observe(const Market& market) {
  std::erase_if(orders_, [](const auto& order) { return order.use_count() == 1; });
  bool has_news = false;
  for (const auto& order : orders_) {
    const bool moves = options_.requote == Requote::follow && order->is_outbid(market);
    order->tell_news(order->observe(market) > 0 || moves);
    has_news |= order->has_news();
  }
  return has_news;
}

}  // namespace obkit::backtest
