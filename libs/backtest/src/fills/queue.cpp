#include "fills/queue.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "obkit/backtest/fill_model.hpp"

#include "fills/resting_order.hpp"

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

namespace fills {
namespace {

/// A QueueOrder of an account.
class Resting final : public RestingOrder {
 public:
  Resting(const QueueOrder& order, double queue_share) : order_{order}, queue_share_{queue_share} {}

  Amount observe(const Market& market) override { return order_.observe(market, queue_share_); }
  Amount begin_again(const Market& market) override { return order_.begin_again(market); }
  [[nodiscard]] bool is_outbid(const Market& market) const override {
    return order_.is_outbid(market);
  }
  [[nodiscard]] Signal direction() const override { return order_.direction(); }
  [[nodiscard]] Price price() const override { return order_.price(); }
  [[nodiscard]] Amount rest() const override { return order_.rest(); }

 private:
  QueueOrder order_;
  double queue_share_;
};

constexpr std::array options{
    FillOption{
        .field = "requote",
        .help = "A queue order moves when a better price appears on its side",
        .kind = FillOption::Kind::flag,
        .get = [](const Options& all) { return all.requote == Requote::follow ? 1.0 : 0.0; },
        .set = [](Options& all,
                  double value) { all.requote = value != 0 ? Requote::follow : Requote::stay; }},
    FillOption{.field = "queue_share",
               .help = "Of a decrease of the volume at a queue order's price, the share that\n"
                       "stood before it; 0 to 1",
               .get = [](const Options& all) { return all.queue_share; },
               .set = [](Options& all, double value) { all.queue_share = value; }}};

}  // namespace

FillModel queue() {
  return {
      .name = FillRule::queue.name,
      .help = "rests there behind the visible volume",
      .leaves_out = "who traded and who cancelled: it assumes a share",
      .options = options,
      .quote = [](const Market& market, Signal direction,
                  Amount amount) { return market.taker(direction, amount); },
      .quote_fee = FeeKind::taker,
      .rest = [](const Options& all, const Market& market, Signal direction,
                 Amount amount) -> std::unique_ptr<RestingOrder> {
        return std::make_unique<Resting>(QueueOrder{direction, amount, market}, all.queue_share);
      }};
}

}  // namespace fills

}  // namespace obkit::backtest
