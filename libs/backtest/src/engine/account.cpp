#include "engine/account.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <string>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

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

Price Ledger::Leg::average(ContractTerms terms) const {
  return one_price ? price : average_price(amount, notional, terms);
}

Ledger::Totals& Ledger::Totals::operator+=(const Totals& other) {
  cash += other.cash;
  fees += other.fees;
  funding += other.funding;
  slippage += other.slippage;
  turnover += other.turnover;
  return *this;
}

Ledger::Totals Ledger::Totals::operator-() const {
  return {.cash = -cash,
          .fees = -fees,
          .funding = -funding,
          .slippage = -slippage,
          .turnover = -turnover};
}

std::optional<Trade> Ledger::book(const Execution& execution, Reason reason) {
  const bool buys = execution.direction == Signal::buy;
  if (position_ == 0) {
    trade_ = {.direction = execution.direction, .open_time = execution.time};
    cash_before_ = totals_.cash;
    opened_ = execution.clock;
    in_ = out_ = Leg{};
  }
  const bool opens = position_ == 0 || is_same_side(position_, execution.direction);
  assert(opens || execution.amount <= std::abs(position_));
  (opens ? in_ : out_).add(execution);
  position_ += buys ? execution.amount : -execution.amount;
  // Buying an inverse contract brings a claim on coin: the notional has the other sign.
  const bool pays = buys == (terms_.kind == Contract::linear);
  totals_.cash += pays ? -execution.fill.notional : execution.fill.notional;
  const Money notional = execution.fill.notional;
  totals_.turnover += notional < Money{} ? -notional : notional;
  totals_.fees += execution.fee;
  trade_.fees += execution.fee;
  totals_.slippage += execution.slippage;
  trade_.slippage += execution.slippage;
  return position_ == 0 ? std::optional{end(execution, reason)} : std::nullopt;
}

void Ledger::charge(Money funding) {
  assert(position_ != 0);
  totals_.funding += funding;
  trade_.funding += funding;
}

Trade Ledger::end(const Execution& last, Reason reason) {
  trade_.open_price = in_.average(terms_);
  trade_.close_time = last.time;
  trade_.held = last.clock - opened_;
  trade_.close_price = out_.average(terms_);
  trade_.size = to_size(in_.amount);
  trade_.gross = totals_.cash - cash_before_;
  trade_.reason = reason;
  return trade_;
}

namespace {

constexpr Signal opposite(Signal direction) {
  return direction == Signal::buy ? Signal::sell : Signal::buy;
}

constexpr Amount signed_amount(Signal direction, Amount amount) {
  return direction == Signal::buy ? amount : -amount;
}

/// Whether `moved` is `bps` basis points of a price, or more.
bool is_move_of(Price moved, double bps, Price of) {
  __extension__ using Wide = __int128;
  constexpr Wide per_one = 10'000;
  constexpr Wide billionths = 1'000'000'000;
  const Wide base = of.units();
  return moved.units() * per_one * billionths >= to_billionths(bps) * (base < 0 ? -base : base);
}

[[noreturn]] void refuse_size(DateTime time, Signal direction, Amount amount, double visible) {
  throw DataError{{.name = "book of " + format_iso(time)},
                  "size " + to_text(to_size(amount)) + " is more than the " + to_text(visible) +
                      (direction == Signal::buy ? " asked" : " bid") +
                      " on all its levels: what it would cost is not known"};
}

}  // namespace

Account::Account(const Rules& rules, SharedOrders& orders, AccountObserver observer)
    : rules_{rules},
      orders_{orders},
      observer_{std::move(observer)},
      ledger_{rules.options.terms()} {
  if (rules_.model.rest != nullptr) summary_.resting.emplace();
}

void Account::act(const Market& market, Signal signal) {
  catch_up(market);
  if (order_) observe(market);
  decide(market, signal);
  if (order_ && rules_.options.requote == Requote::follow && !requote_under_way_ &&
      order_->is_outbid(market)) {
    requote_under_way_ = true;
    send(market, Message::Kind::requote, order_->direction());
  }
  while (!messages_.empty() && messages_.front().due <= market.time()) {
    receive(market, messages_.front());
    messages_.erase(messages_.begin());
  }
  mark(market);
  const bool may_exit = rules_.options.exits != Exits{} && wanted_ != Signal::wait;
  restless_ = !messages_.empty() || may_exit || left_ != Signal::wait;
}

bool Account::is_like(const Account& other) const {
  return wanted_ == other.wanted_ && left_ == other.left_ && restless_ == other.restless_ &&
         changed_ == other.changed_ && requote_under_way_ == other.requote_under_way_ &&
         messages_.empty() && other.messages_.empty() && order_ == other.order_ &&
         order_reason_ == other.order_reason_ && ledger_.position() == other.ledger_.position();
}

void Account::decide(const Market& market, Signal signal) {
  if (signal != left_) left_ = Signal::wait;
  if (signal != Signal::wait && signal != wanted_ && signal != left_) {
    wanted_ = signal;
    send(market, Message::Kind::turn, signal);
  } else if (const auto reason = exit(market, signal)) {
    left_ = signal;
    wanted_ = Signal::wait;
    send(market, Message::Kind::leave, Signal::wait, *reason);
  }
}

std::optional<Reason> Account::exit(const Market& market, Signal signal) const {
  const Exits& exits = rules_.options.exits;
  if (wanted_ == Signal::wait) return std::nullopt;
  if (exits.on_wait == OnWait::close && signal == Signal::wait) return Reason::wait;
  const Amount position = ledger_.position();
  if (position == 0 || !is_same_side(position, wanted_)) return std::nullopt;
  const Price up = market.book().double_mid() - entry_.double_mid;
  const Price with = position > 0 ? up : Price{} - up;
  if (exits.stop && is_move_of(Price{} - with, *exits.stop, entry_.double_mid)) return Reason::stop;
  if (exits.take && is_move_of(with, *exits.take, entry_.double_mid)) return Reason::take;
  if (exits.max_hold && market.time() - entry_.clock >= *exits.max_hold) return Reason::max_hold;
  return std::nullopt;
}

void Account::close(const Market& market, Reason reason) {
  catch_up(market);
  if (order_) observe(market);
  order_.reset();
  messages_.clear();
  requote_under_way_ = false;
  wanted_ = left_ = Signal::wait;
  const Amount position = ledger_.position();
  if (position != 0)
    fill_at_once(market, position > 0 ? Signal::sell : Signal::buy, std::abs(position), reason);
  mark(market);
  restless_ = false;
}

void Account::charge(const Market& market, std::int64_t rate) {
  const Amount position = ledger_.position();
  if (position == 0) return;
  if (!changed_) {  // else it was charged at this book before
    catch_up(market);
    mark(market);
  }
  constexpr std::int64_t rates_per_one = 1'000'000'000'000'000;
  const Money::Units worth = market.value(std::abs(position)).units();
  const Money paid =
      Money::from_units(multiply_rounded(worth < 0 ? -worth : worth, rate, rates_per_one));
  ledger_.charge(position > 0 ? paid : -paid);
  changed_ = restless_ = true;
}

Money Account::gross(const Market& market) const {
  return ledger_.totals().cash + market.value(ledger_.position());
}

template <class Take>
void Account::follow(const Market& market, Take take) const {
  const Amount position = ledger_.position();
  if (position == 0 || rules_.detail == Detail::money) return;
  const Money costs = ledger_.totals().costs();
  for (const Market::Move& move : market.moves_behind(marked_moves_)) {
    if (move.book == market.number()) break;
    const Money gross = ledger_.totals().cash + market.value(position, move.mid);
    take({.time = move.time, .clock = move.clock, .gross = gross, .net = gross - costs},
         move.minute);
  }
}

Summary Account::summary(const Market& market) const {
  Meters meters = meters_;
  follow(market, [&](const EquityStep& step, std::int64_t minute) { meters.add(step, minute); });
  Summary summary = summary_;
  if (rules_.detail == Detail::money) {
    const Ledger::Totals& totals = ledger_.totals();
    summary.gross = totals.cash;
    summary.fees = totals.fees;
    summary.funding = totals.funding;
    summary.slippage = totals.slippage;
  }
  summary.longest_drawdown = meters.drawdown.longest(market.time());
  summary.returns = meters.returns.sums();
  summary.turnover = ledger_.totals().turnover;
  summary.drawdown = meters.drawdown.deepest();
  return summary;
}

void Account::tell(const EquityStep& step, std::int64_t minute) {
  meters_.add(step, minute);
  if (observer_.equity) observer_.equity(step);
}

void Account::catch_up(const Market& market) {
  follow(market, [this](const EquityStep& step, std::int64_t minute) { tell(step, minute); });
  marked_moves_ = std::max(marked_moves_, market.mid_moves() - (market.has_moved() ? 1 : 0));
}

void Account::observe(const Market& market) {
  const Amount filled = order_->observe(market);
  if (filled > 0) fill_resting(market, filled);
  if (order_->rest() > 0) return;
  order_.reset();
  ++summary_.resting->filled;
  summary_.resting->waited += market.time() - placed_;
}

std::chrono::milliseconds Account::latency(const Market& market) const {
  const auto& measured = rules_.options.measured_latencies;
  return measured ? measured->at(market.number()) : rules_.options.latency;
}

void Account::send(const Market& market, Message::Kind kind, Signal direction, Reason reason) {
  messages_.push_back({.due = market.time() + latency(market),
                       .kind = kind,
                       .direction = direction,
                       .reason = reason,
                       .turns = turns_});
}

void Account::receive(const Market& market, const Message& message) {
  if (message.kind == Message::Kind::turn) return turn(market, message.direction);
  if (message.kind == Message::Kind::leave) return leave(market, message.reason);
  if (message.turns != turns_) return;  // its order has been replaced
  requote_under_way_ = false;
  if (order_ && order_->is_outbid(market))
    order_ = orders_.place(market, order_->direction(), order_->rest());
}

void Account::turn(const Market& market, Signal direction) {
  ++turns_;
  requote_under_way_ = false;
  const Amount missing = std::abs(signed_amount(direction, rules_.size) - ledger_.position());
  if (rules_.model.rest != nullptr) {
    rest(market, direction, missing, Reason::reverse);
    return;
  }
  if (missing > rules_.size)
    fill_at_once(market, direction, missing - rules_.size, Reason::reverse);
  fill_at_once(market, direction, rules_.size, Reason::reverse);
}

void Account::leave(const Market& market, Reason reason) {
  ++turns_;
  requote_under_way_ = false;
  const Amount position = ledger_.position();
  const Signal direction = position > 0 ? Signal::sell : Signal::buy;
  if (rules_.model.rest != nullptr) return rest(market, direction, std::abs(position), reason);
  if (position != 0) fill_at_once(market, direction, std::abs(position), reason);
}

void Account::rest(const Market& market, Signal direction, Amount amount, Reason reason) {
  order_reason_ = reason;
  order_ = amount > 0 ? orders_.place(market, direction, amount) : nullptr;
  if (!order_) return;
  placed_ = market.time();
  ++summary_.resting->placed;
  summary_.resting->asked += to_size(amount);
}

void Account::fill_resting(const Market& market, Amount amount) {
  summary_.resting->got += to_size(amount);
  const Signal direction = order_->direction();
  const Amount against = std::max<Amount>(-signed_amount(direction, ledger_.position()), 0);
  const Amount closing = std::min(against, amount);
  for (const Amount part : {closing, amount - closing}) {
    if (part == 0) continue;
    execute(market,
            {.time = market.book().time,
             .clock = market.time(),
             .direction = direction,
             .amount = part,
             .fill = order_->fill(part, market.terms())},
            FeeKind::maker, order_reason_);
  }
}

void Account::fill_at_once(const Market& market, Signal direction, Amount amount, Reason reason) {
  const TakerQuote quote = rules_.model.quote(market, direction, amount);
  const DateTime time = market.book().time;
  if (!quote.fill) refuse_size(time, direction, amount, quote.visible);
  execute(market,
          {.time = time,
           .clock = market.time(),
           .direction = direction,
           .amount = amount,
           .fill = *quote.fill},
          rules_.model.quote_fee, reason);
}

void Account::execute(const Market& market, Execution execution, FeeKind fee_kind, Reason reason) {
  if (ledger_.position() == 0)
    entry_ = {.clock = execution.clock, .double_mid = market.book().double_mid()};
  const double bps =
      fee_kind == FeeKind::maker ? rules_.options.maker_fee_bps : rules_.options.taker_fee_bps;
  execution.fee = fee(execution.fill.notional, bps);
  if (fee_kind == FeeKind::taker)
    execution.slippage = fee(execution.fill.notional, rules_.options.slippage_bps);
  changed_ = true;
  if (observer_.execution) observer_.execution(execution);
  if (const auto trade = ledger_.book(execution, reason)) add(*trade);
}

void Account::mark(const Market& market) {
  const bool moved = market.mid_moves() != marked_moves_ && ledger_.position() != 0;
  marked_moves_ = market.mid_moves();
  if (!moved && !changed_) return;
  changed_ = false;
  if (rules_.detail == Detail::money) return;
  const Money before_costs = gross(market);
  tell({.time = market.book().time,
        .clock = market.time(),
        .gross = before_costs,
        .net = before_costs - ledger_.totals().costs()},
       market.minute());
}

void Account::add(const Trade& trade) {
  if (rules_.detail == Detail::all) summary_.add(trade);
  if (observer_.trade) observer_.trade(trade);
}

}  // namespace obkit::backtest
