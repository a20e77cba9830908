#include "engine/ledger.hpp"

#include <cassert>
#include <cstdlib>

#include "engine/market.hpp"

namespace obkit::backtest {
namespace {

bool is_same_side(Amount position, Signal direction) {
  return (position > 0) == (direction == Signal::buy);
}

}  // namespace

void Ledger::Leg::add(const Execution& execution) {
  if (amount == 0) price = execution.fill.price;
  one_price = one_price && price == execution.fill.price;
  amount += execution.amount;
  notional += execution.fill.notional;
}

Price Ledger::Leg::average(Contract contract) const {
  return one_price ? price : average_price(amount, notional, contract);
}

std::optional<Trade> Ledger::book(const Execution& execution, Reason reason) {
  const bool buys = execution.direction == Signal::buy;
  if (position_ == 0) {
    trade_ = {.direction = execution.direction, .open_time = execution.time};
    cash_before_ = cash_;
    in_ = out_ = Leg{};
  }
  const bool opens = position_ == 0 || is_same_side(position_, execution.direction);
  assert(opens || execution.amount <= std::abs(position_));
  (opens ? in_ : out_).add(execution);
  position_ += buys ? execution.amount : -execution.amount;
  // Buying an inverse contract brings a claim on coin: the notional has the other sign.
  const bool pays = buys == (contract_ == Contract::linear);
  cash_ += pays ? -execution.fill.notional : execution.fill.notional;
  turnover_ += execution.fill.notional;
  fees_ += execution.fee;
  trade_.fees += execution.fee;
  return position_ == 0 ? std::optional{end(execution.time, reason)} : std::nullopt;
}

void Ledger::charge(Money funding) {
  assert(position_ != 0);
  funding_ += funding;
  trade_.funding += funding;
}

Trade Ledger::end(DateTime time, Reason reason) {
  trade_.open_price = in_.average(contract_);
  trade_.close_time = time;
  trade_.close_price = out_.average(contract_);
  trade_.size = to_size(in_.amount);
  trade_.gross = cash_ - cash_before_;
  trade_.reason = reason;
  return trade_;
}

}  // namespace obkit::backtest
