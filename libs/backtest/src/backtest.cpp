#include "obkit/backtest/backtest.hpp"

#include <string>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

namespace obkit::backtest {
namespace {

constexpr Signal opposite(Signal direction) {
  return direction == Signal::buy ? Signal::sell : Signal::buy;
}

[[noreturn]] void refuse_size(DateTime time, Signal direction, double size, double visible) {
  throw DataError{{.name = "book of " + format_iso(time)},
                  "size " + to_text(size) + " is more than the " + to_text(visible) +
                      (direction == Signal::buy ? " asked" : " bid") +
                      " on all its levels: what it would cost is not known"};
}

}  // namespace

Backtest::Backtest(const Options& options, Observer on_trade)
    : options_{options},
      on_trade_{std::move(on_trade)},
      fee_bps_{options.fill == FillRule::taker ? options.taker_fee_bps : options.maker_fee_bps} {
  check(options);
}

void Backtest::push(const OrderBook& book, Signal signal) {
  if (last_ && book.gap)
    close(Reason::gap);
  else if (last_)
    act();
  last_ = {.time = book.time, .quote = quote(book, options_), .signal = signal};
  ++summary_.books;
}

void Backtest::finish() {
  if (last_) close(Reason::end);
  last_.reset();
}

void Backtest::act() {
  if (last_->signal == Signal::wait) return;
  if (position_ && position_->direction == last_->signal) return;
  close(Reason::reverse);
  open(last_->signal);
}

void Backtest::open(Signal direction) {
  position_ = {.direction = direction, .time = last_->time, .fill = fill(direction)};
}

void Backtest::close(Reason reason) {
  if (!position_) return;
  const Fill& out = fill(opposite(position_->direction));
  const Trade trade{.direction = position_->direction,
                    .open_time = position_->time,
                    .open_price = position_->fill.price,
                    .close_time = last_->time,
                    .close_price = out.price,
                    .size = options_.size,
                    .gross = profit(*position_, out),
                    .fees = fee(position_->fill.notional, fee_bps_) + fee(out.notional, fee_bps_),
                    .reason = reason};
  position_.reset();
  summary_.add(trade);
  on_trade_(trade);
}

const Fill& Backtest::fill(Signal direction) const {
  const SideQuote& side = direction == Signal::buy ? last_->quote.buy : last_->quote.sell;
  if (!side.fill) refuse_size(last_->time, direction, options_.size, side.visible);
  return *side.fill;
}

Money Backtest::profit(const Position& position, const Fill& close) const {
  // An inverse contract is worth size / price: less coin when the price is higher.
  const bool long_coin = options_.contract == Contract::linear;
  const Money rise =
      long_coin ? close.notional - position.fill.notional : position.fill.notional - close.notional;
  return position.direction == Signal::buy ? rise : -rise;
}

}  // namespace obkit::backtest
