#include "fills/queue.hpp"

#include <algorithm>
#include <cassert>

namespace obkit::backtest {

QueueOrder::QueueOrder(Signal direction, Amount amount, const Market& market)
    : direction_{direction},
      price_{market.own_best(direction)},
      rest_{amount},
      seen_{market.own_volume(direction, price_).value_or(0)},
      ahead_{seen_} {
  assert(amount > 0);
}

Amount QueueOrder::observe(const Market& market, double queue_share) {
  if (is_reached(market)) return fill(rest_);
  const auto visible = market.own_volume(direction_, price_);
  if (!visible) return 0;
  const double consumed = queue_share * std::max(seen_ - *visible, 0.0);
  const double beyond = std::max(consumed - ahead_, 0.0);
  ahead_ = std::min(std::max(ahead_ - consumed, 0.0), *visible);
  seen_ = *visible;
  return fill(beyond >= to_size(rest_) ? rest_ : to_amount(beyond));
}

Amount QueueOrder::begin_again(const Market& market) {
  if (is_reached(market)) return fill(rest_);
  seen_ = ahead_ = market.own_volume(direction_, price_).value_or(seen_);
  return 0;
}

bool QueueOrder::is_outbid(const Market& market) const {
  const Price best = market.own_best(direction_);
  return direction_ == Signal::buy ? best > price_ : best < price_;
}

bool QueueOrder::is_reached(const Market& market) const {
  const Price opposite = market.opposite_best(direction_);
  return direction_ == Signal::buy ? opposite <= price_ : opposite >= price_;
}

Amount QueueOrder::fill(Amount amount) {
  const Amount filled = std::min(amount, rest_);
  rest_ -= filled;
  return filled;
}

}  // namespace obkit::backtest
