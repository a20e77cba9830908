#include "naive_trader.hpp"

#include <algorithm>
#include <cstdlib>

#include "engine/market.hpp"

namespace obkit::backtest {

std::optional<double> visible_volume(const OrderBook& book, Signal direction, Price price) {
  const std::size_t half = book.depth() / 2;
  const bool buys = direction == Signal::buy;
  if (buys && price < book.prices.front()) return std::nullopt;
  if (!buys && price > book.prices.back()) return std::nullopt;
  for (std::size_t i = buys ? 0 : half; i < (buys ? half : book.depth()); ++i)
    if (book.prices[i] == price) return book.volumes[i];
  return 0;
}

Price own_best(const OrderBook& book, Signal direction) {
  return book.prices[book.depth() / 2 - (direction == Signal::buy ? 1 : 0)];
}

Price opposite_best(const OrderBook& book, Signal direction) {
  return book.prices[book.depth() / 2 - (direction == Signal::buy ? 0 : 1)];
}

bool reaches(const OrderBook& book, Signal direction, Price price) {
  const Price opposite = opposite_best(book, direction);
  return direction == Signal::buy ? opposite <= price : opposite >= price;
}

NaiveTrader::NaiveTrader(const std::vector<Step>& market, const Options& options)
    : market_{market}, options_{options} {
  for (std::size_t book = 0; book < market.size() && !refused; ++book) live(book);
}

namespace {

Reason end_reason(const std::vector<Step>& market, std::size_t book, const Options& options) {
  if (book + 1 == market.size()) return Reason::end;
  const bool is_gap = market[book + 1].book.gap && options.on_gap == OnGap::close;
  return is_gap ? Reason::gap : Reason::midnight;
}

double double_mid(const OrderBook& book) {
  return own_best(book, Signal::buy).value() + own_best(book, Signal::sell).value();
}

}  // namespace

void NaiveTrader::live(std::size_t book) {
  if (order_) work_order(book);
  if (!ends(market_, book, options_)) {
    decide(book);
    return deliver(book);
  }
  order_.reset();
  under_way_.clear();
  wanted_ = left_ = Signal::wait;
  const Reason reason = end_reason(market_, book, options_);
  if (position_ != 0)
    cross(book, position_ > 0 ? Signal::sell : Signal::buy, std::abs(position_), reason);
}

void NaiveTrader::work_order(std::size_t book) {
  const NaiveOrder order = orders[*order_];
  const Amount more = filled_by(order, book) - order_filled_;
  // The part that closes a position is apart from the part that opens one.
  const Amount held = order.direction == Signal::buy ? -position_ : position_;
  const Amount closing = std::clamp<Amount>(held, 0, more);
  NaiveFill part{.book = book,
                 .direction = order.direction,
                 .price = order.price,
                 .makes = true,
                 .reason = order.reason,
                 .order = order_};
  for (const Amount amount : {closing, more - closing}) {
    part.amount = amount;
    if (amount > 0) fill(part);
  }
  order_filled_ += more;
  if (order_filled_ == order.amount) order_.reset();
}

Amount NaiveTrader::filled_by(const NaiveOrder& order, std::size_t book) const {
  if (options_.tape == Tape::known) return filled_by_trades(order, book);
  double seen = order.ahead, ahead = order.ahead, filled = 0;
  for (std::size_t i = order.placed + 1; i <= book; ++i) {
    const OrderBook& next = market_[i].book;
    if (reaches(next, order.direction, order.price)) return order.amount;
    const auto visible = visible_volume(next, order.direction, order.price);
    if (next.gap) seen = ahead = visible.value_or(seen);
    if (next.gap || !visible) continue;
    if (*visible < seen) {
      const double gone = seen - *visible;
      const double traded =
          gone * (*visible == 0 ? options_.traded_vanishing : options_.traded_shrinking);
      const double cancelled = gone - traded, behind = seen - ahead;
      double cancelled_ahead = options_.queue_share * cancelled;
      if (cancelled - cancelled_ahead > behind) cancelled_ahead = cancelled - behind;
      ahead = cancelled_ahead > ahead ? 0 : ahead - cancelled_ahead;
      filled += traded > ahead ? traded - ahead : 0;
      ahead = traded > ahead ? 0 : ahead - traded;
    }
    ahead = std::min(ahead, *visible);
    seen = *visible;
  }
  return std::min(order.amount, to_amount(std::min(filled, 1e9)));
}

Amount NaiveTrader::filled_by_trades(const NaiveOrder& order, std::size_t book) const {
  const bool buys = order.direction == Signal::buy;
  double seen = order.ahead, ahead = order.ahead, filled = 0;
  for (std::size_t i = order.placed + 1; i <= book; ++i) {
    const OrderBook& next = market_[i].book;
    if (reaches(next, order.direction, order.price)) return order.amount;
    const auto visible = visible_volume(next, order.direction, order.price);
    if (next.gap) {
      seen = ahead = visible.value_or(seen);
      continue;
    }
    // One trade after the other takes from the front.
    for (const obkit::Trade& trade : market_[i].trades) {
      const bool hits =
          buys ? trade.aggressor != Aggressor::buyer : trade.aggressor != Aggressor::seller;
      if (!hits || !trade.off.empty()) continue;
      if (buys ? trade.price < order.price : trade.price > order.price) return order.amount;
      if (trade.price != order.price) continue;
      filled += trade.volume > ahead ? trade.volume - ahead : 0;
      ahead = trade.volume > ahead ? 0 : ahead - trade.volume;
      seen = trade.volume > seen ? 0 : seen - trade.volume;
    }
    if (!visible) continue;
    if (const double cancelled = seen - *visible; cancelled > 0) {
      const double behind = seen > ahead ? seen - ahead : 0;
      double cancelled_ahead = options_.queue_share * cancelled;
      if (cancelled - cancelled_ahead > behind) cancelled_ahead = cancelled - behind;
      ahead = cancelled_ahead > ahead ? 0 : ahead - cancelled_ahead;
    }
    ahead = std::min(ahead, *visible);
    seen = *visible;
  }
  return std::min(order.amount, to_amount(std::min(filled, 1e9)));
}

bool NaiveTrader::is_outbid(std::size_t book) const {
  const NaiveOrder& order = orders[*order_];
  const Price best = own_best(market_[book].book, order.direction);
  return order.direction == Signal::buy ? best > order.price : best < order.price;
}

void NaiveTrader::decide(std::size_t book) {
  const auto& measured = options_.measured_latencies;
  const std::int64_t due = milliseconds_of(market_[book].book.time) +
                           (measured ? measured->at(book) : options_.latency).count();
  const Signal signal = market_[book].signal;
  if (signal != left_) left_ = Signal::wait;
  const bool is_new = signal != Signal::wait && signal != left_;
  if (is_new && signal != wanted_) {
    wanted_ = signal;
    under_way_.push_back({.due = due, .turn = signal});
  } else if (const auto reason = exit(book)) {
    wanted_ = Signal::wait;
    left_ = signal;
    under_way_.push_back({.due = due, .leave = reason});
  }
  if (!order_ || options_.requote == Requote::stay || !is_outbid(book)) return;
  const bool is_told = std::any_of(under_way_.begin(), under_way_.end(),
                                   [&](const Message& told) { return told.order == order_; });
  if (!is_told) under_way_.push_back({.due = due, .order = order_});
}

void NaiveTrader::deliver(std::size_t book) {
  while (!under_way_.empty() && !refused) {
    const Message first = under_way_.front();
    if (first.due > milliseconds_of(market_[book].book.time)) return;
    under_way_.erase(under_way_.begin());
    if (first.turn != Signal::wait)
      turn(book, first.turn);
    else if (first.leave)
      leave(book, *first.leave);
    else if (order_ && order_ == first.order && is_outbid(book))
      place(book, orders[*order_].direction, orders[*order_].amount - order_filled_,
            orders[*order_].reason);
  }
}

void NaiveTrader::turn(std::size_t book, Signal direction) {
  const Amount size = to_amount(options_.size);
  const Amount target = direction == Signal::buy ? size : -size;
  if (options_.fill == FillRule::queue) {
    order_.reset();
    if (target != position_) place(book, direction, std::abs(target - position_), Reason::reverse);
    return;
  }
  while (position_ != target && !refused) cross(book, direction, size, Reason::reverse);
}

std::size_t NaiveTrader::opened() const {
  Amount held = position_;
  std::size_t i = fills.size();
  while (held != 0) {
    --i;
    held -= fills[i].direction == Signal::buy ? fills[i].amount : -fills[i].amount;
  }
  return fills[i].book;
}

std::optional<Reason> NaiveTrader::exit(std::size_t book) const {
  const Exits& exits = options_.exits;
  if (wanted_ == Signal::wait) return std::nullopt;
  if (market_[book].signal == Signal::wait && exits.on_wait == OnWait::close) return Reason::wait;
  if (wanted_ == Signal::buy ? position_ <= 0 : position_ >= 0) return std::nullopt;
  const OrderBook &then = market_[opened()].book, &now = market_[book].book;
  const double up = (double_mid(now) - double_mid(then)) * 10'000;
  const double gain = position_ > 0 ? up : -up;
  if (exits.stop && -gain >= *exits.stop * double_mid(then)) return Reason::stop;
  if (exits.take && gain >= *exits.take * double_mid(then)) return Reason::take;
  const auto held = milliseconds_of(now.time) - milliseconds_of(then.time);
  if (exits.max_hold && held >= exits.max_hold->count()) return Reason::max_hold;
  return std::nullopt;
}

void NaiveTrader::leave(std::size_t book, Reason reason) {
  order_.reset();
  if (position_ == 0) return;
  const Signal direction = position_ > 0 ? Signal::sell : Signal::buy;
  if (options_.fill == FillRule::queue)
    place(book, direction, std::abs(position_), reason);
  else
    cross(book, direction, std::abs(position_), reason);
}

void NaiveTrader::place(std::size_t book, Signal direction, Amount amount, Reason reason) {
  const OrderBook& now = market_[book].book;
  const Price price = own_best(now, direction);
  order_ = orders.size();
  order_filled_ = 0;
  orders.push_back({.placed = book,
                    .direction = direction,
                    .price = price,
                    .amount = amount,
                    .ahead = visible_volume(now, direction, price).value(),
                    .reason = reason});
}

void NaiveTrader::cross(std::size_t book, Signal direction, Amount amount, Reason reason) {
  const OrderBook& now = market_[book].book;
  NaiveFill what{.book = book, .direction = direction, .amount = amount, .reason = reason};
  if (options_.fill == FillRule::touch) {
    what.price = own_best(now, direction);
    what.makes = true;
    return fill(what);
  }
  const TakerQuote quote = take(now, direction, amount, options_.terms());
  if (!quote.fill) {
    refused = book;
    return;
  }
  what.price = quote.fill->price;
  fill(what);
}

void NaiveTrader::fill(NaiveFill what) {
  position_ += what.direction == Signal::buy ? what.amount : -what.amount;
  fills.push_back(what);
  if (position_ == 0) reasons.push_back(what.reason);
}

std::vector<std::string> texts(const std::vector<NaiveFill>& fills) {
  std::vector<std::string> result(fills.size());
  std::transform(fills.begin(), fills.end(), result.begin(), [](const NaiveFill& fill) {
    return "book " + std::to_string(fill.book) + ": " + std::string{to_string(fill.direction)} +
           " " + std::to_string(fill.amount) + " at " + to_string(fill.price);
  });
  return result;
}

}  // namespace obkit::backtest
