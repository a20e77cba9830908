#include "fills/queue.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

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

Amount QueueOrder::observe(const Market& market, const QueueShares& shares) {
  if (is_reached(market)) return fill(rest_);
  const auto visible = market.own_volume(direction_, price_);
  if (!visible) return 0;
  const double traded = *visible < seen_ ? leave(*visible, shares) : 0;
  seen_ = *visible;
  return fill(traded >= to_size(rest_) ? rest_ : to_amount(traded));
}

double QueueOrder::leave(double visible, const QueueShares& shares) {
  const double gone = seen_ - visible;
  const double traded = gone * (visible > 0 ? shares.shrinking : shares.vanishing);
  const double cancelled = gone - traded;
  const double behind = seen_ - ahead_;
  // No more can have been cancelled behind the order than stood there.
  const double cancelled_ahead = std::max(shares.ahead * cancelled, cancelled - behind);
  const double still_ahead = std::max(ahead_ - cancelled_ahead, 0.0);
  ahead_ = std::min(std::max(still_ahead - traded, 0.0), visible);
  return std::max(traded - still_ahead, 0.0);
}

Amount QueueOrder::observe_trades(const Market& market, double ahead) {
  const Traded traded = market.traded(direction_, price_);
  if (traded.is_through || is_reached(market)) return fill(rest_);
  const double mine = std::max(traded.at_price - ahead_, 0.0);
  const double left = std::max(seen_ - traded.at_price, 0.0);
  ahead_ = std::max(ahead_ - traded.at_price, 0.0);
  const auto visible = market.own_volume(direction_, price_);
  if (visible) cancel(left, *visible, ahead);
  seen_ = visible.value_or(left);
  return fill(mine >= to_size(rest_) ? rest_ : to_amount(mine));
}

/// What is less than was left by the trades; what is more joined behind.
void QueueOrder::cancel(double left, double visible, double share) {
  const double cancelled = std::max(left - visible, 0.0);
  const double behind = std::max(left - ahead_, 0.0);
  const double cancelled_ahead = std::max(share * cancelled, cancelled - behind);
  ahead_ = std::min(std::max(ahead_ - cancelled_ahead, 0.0), visible);
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
  Resting(const QueueOrder& order, const QueueShares& shares, Tape tape)
      : order_{order}, shares_{shares}, tape_{tape} {}

  Amount observe(const Market& market) override {
    return tape_ == Tape::known ? order_.observe_trades(market, shares_.ahead)
                                : order_.observe(market, shares_);
  }
  Amount begin_again(const Market& market) override { return order_.begin_again(market); }
  [[nodiscard]] bool is_outbid(const Market& market) const override {
    return order_.is_outbid(market);
  }
  [[nodiscard]] Signal direction() const override { return order_.direction(); }
  [[nodiscard]] Price price() const override { return order_.price(); }
  [[nodiscard]] Amount rest() const override { return order_.rest(); }

 private:
  QueueOrder order_;
  QueueShares shares_;
  Tape tape_;
};

constexpr std::size_t share_of_cancels = 1;  // its place
constexpr std::array options{
    FillOption{
        .field = "requote",
        .help = "A queue order moves when a better price appears on its side",
        .kind = FillOption::Kind::flag,
        .get = [](const Options& all) { return all.requote == Requote::follow ? 1.0 : 0.0; },
        .set = [](Options& all,
                  double value) { all.requote = value != 0 ? Requote::follow : Requote::stay; }},
    FillOption{.field = "queue_share",
               .help = "Of what is cancelled at a queue order's price, the share that stood\n"
                       "before it; 0 to 1",
               .get = [](const Options& all) { return all.queue_share; },
               .set = [](Options& all, double value) { all.queue_share = value; }},
    FillOption{.field = "traded_shrinking",
               .help = "Of what disappears at its price, the share that was traded, where some\n"
                       "is left there; 0 to 1",
               .get = [](const Options& all) { return all.traded_shrinking; },
               .set = [](Options& all, double value) { all.traded_shrinking = value; }},
    FillOption{.field = "traded_vanishing",
               .help = "The same where none is left",
               .get = [](const Options& all) { return all.traded_vanishing; },
               .set = [](Options& all, double value) { all.traded_vanishing = value; }}};

}  // namespace

FillModel queue() {
  return {.name = FillRule::queue.name,
          .help = "rests there behind the visible volume",
          .leaves_out = "who traded and who cancelled: it assumes shares",
          .options = options,
          .unknown = &options[share_of_cancels],
          .quote = [](const Market& market, Signal direction,
                      Amount amount) { return market.taker(direction, amount); },
          .quote_fee = FeeKind::taker,
          .rest = [](const Options& all, const Market& market, Signal direction,
                     Amount amount) -> std::unique_ptr<RestingOrder> {
            return std::make_unique<Resting>(QueueOrder{direction, amount, market},
                                             QueueShares{.ahead = all.queue_share,
                                                         .shrinking = all.traded_shrinking,
                                                         .vanishing = all.traded_vanishing},
                                             all.tape);
          }};
}

}  // namespace fills

}  // namespace obkit::backtest
