// Whatever the market and the options: no fill is better, or earlier, than the books allow.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/core/order_book.hpp"

#include "naive_trader.hpp"
#include "scenario.hpp"

namespace obkit::backtest {
namespace {

Scenario any_with(FillRule fill) {
  Scenario scenario = *any_scenario();
  scenario.options.fill = fill;
  return scenario;
}

bool is_worse_or_equal(Signal direction, Price price, Price than) {
  return direction == Signal::buy ? price >= than : price <= than;
}

RC_GTEST_PROP(Fills, are_those_of_the_naive_trader, ()) {
  Scenario scenario = *any_scenario();
  scenario.shape.crossed = *rc::gen::arbitrary<bool>();
  const auto market = market_of(scenario);
  const Record outcome = record(market, scenario.options);
  const NaiveTrader naive{market, scenario.options};
  RC_ASSERT(texts(outcome.executions) == texts(naive.fills));
  for (std::size_t i = 0; i < naive.fills.size(); ++i) {
    const Execution& execution = outcome.executions[i].execution;
    const double bps =
        naive.fills[i].makes ? scenario.options.maker_fee_bps : scenario.options.taker_fee_bps;
    RC_ASSERT(execution.fee == fee(execution.fill.notional, bps));
    RC_ASSERT(execution.time == market[naive.fills[i].book].book.time);
  }
  RC_ASSERT(outcome.trades.size() == naive.reasons.size());
  for (std::size_t i = 0; i < naive.reasons.size(); ++i)
    RC_ASSERT(outcome.trades[i].reason == naive.reasons[i]);
}

RC_GTEST_PROP(Fills, of_thin_books_are_those_of_the_naive_trader_or_refused_where_it_refuses, ()) {
  Scenario scenario = *any_scenario();
  scenario.shape.thin = true;
  const auto market = market_of(scenario);
  const Record outcome = record(market, scenario.options);
  const NaiveTrader naive{market, scenario.options};
  RC_ASSERT(outcome.refused == naive.refused.has_value());
  RC_ASSERT(texts(outcome.executions) == texts(naive.fills));
  // A trade is told of all the same up to there.
  if (naive.refused) RC_ASSERT(outcome.states.size() == *naive.refused);
}

/// With what nobody asks for left out.
OrderBook cut(const OrderBook& book, std::size_t levels) {
  OrderBook result = book;
  const auto begin = static_cast<std::ptrdiff_t>(book.depth() / 2 - levels);
  const auto end = static_cast<std::ptrdiff_t>(book.depth() / 2 + levels);
  result.prices.assign(book.prices.begin() + begin, book.prices.begin() + end);
  result.volumes.assign(book.volumes.begin() + begin, book.volumes.begin() + end);
  return result;
}

RC_GTEST_PROP(Fills, need_no_level_that_is_not_asked_for, ()) {
  Scenario scenario = any_with(*rc::gen::element(FillRule::taker, FillRule::touch));
  scenario.shape.crossed = *rc::gen::arbitrary<bool>();
  scenario.shape.thin = *rc::gen::arbitrary<bool>();
  std::vector<Step> market = market_of(scenario);
  const Record whole = record(market, scenario.options);
  const auto levels = levels_asked(scenario.options);
  for (Step& step : market) step.book = cut(step.book, levels(step.book));
  const Record few = record(market, scenario.options);
  RC_ASSERT(few.refused == whole.refused);
  RC_ASSERT(texts(few.executions) == texts(whole.executions));
  RC_ASSERT(few.trades.size() == whole.trades.size());
  RC_ASSERT(few.states.size() == whole.states.size());
  for (std::size_t i = 0; i < few.states.size(); ++i)
    RC_ASSERT(few.states[i].net() == whole.states[i].net());
}

TEST(LevelsAsked, are_as_many_as_the_size_takes_on_either_side) {
  OrderBook book;
  for (int i = 1; i <= 6; ++i) {
    book.prices.push_back(Price::from_units(i * Price::units_per_one, 0));
    book.volumes.push_back(2);
  }
  const auto levels = [&](double size, FillRule fill = FillRule::taker) {
    return levels_asked({.fill = fill, .size = size})(book);
  };
  EXPECT_EQ(levels(2), 1);
  EXPECT_EQ(levels(2.5), 2);
  EXPECT_EQ(levels(6), 3);
  EXPECT_EQ(levels(7), 3);
  EXPECT_EQ(levels(7, FillRule::touch), 1);
  book.volumes[3] = 1;  // the best ask
  EXPECT_EQ(levels(2), 2);
  book.prices[0] = Price{};  // no price of an inverse contract
  EXPECT_EQ(levels(1), 3);
  EXPECT_FALSE(levels_asked({.fill = FillRule::queue}));
}

/// Whether a signal of this direction, `latency` before, may have caused a fill at `book`: it was
/// given since the last book that ended something. `at_once`: this is the first book it may fill
/// at.
bool has_cause(const std::vector<Step>& market, const Options& options, std::size_t book,
               Signal direction, bool at_once) {
  const auto time = [&](std::size_t i) { return milliseconds_of(market[i].book.time); };
  for (std::size_t i = book + 1; i-- > 0;) {
    if (i < book && ends(market, i, options)) return false;
    const auto& measured = options.measured_latencies;
    const std::int64_t due = time(i) + (measured ? measured->at(i) : options.latency).count();
    // Behind one that takes longer, a message waits for it.
    const bool is_first = i == book || time(book - 1) < due || measured;
    if (market[i].signal == direction && due <= time(book) && (is_first || !at_once)) return true;
  }
  return false;
}

RC_GTEST_PROP(Fills, come_no_earlier_than_the_latency_allows, ()) {
  Scenario scenario = *any_scenario();
  scenario.options.exits = {};
  scenario.shape.decimal = *rc::gen::arbitrary<bool>();
  const auto market = market_of(scenario);
  const Options& options = scenario.options;
  for (const auto& [book, execution] : record(market, options).executions) {
    const bool rests = options.fill == FillRule::queue;
    // What the last book of something closes needs no signal.
    if (ends(market, book, options)) continue;
    RC_ASSERT(has_cause(market, options, book, execution.direction, !rests));
  }
}

/// What an order that walks the levels pays, written another way than in the engine. Linear.
std::optional<Money> walk(const OrderBook& book, Signal direction, Amount amount) {
  std::vector<std::pair<Price, Amount>> levels;
  const std::size_t half = book.depth() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    const std::size_t level = direction == Signal::buy ? half + i : half - 1 - i;
    levels.emplace_back(book.prices[level], to_amount(book.volumes[level]));
  }
  Money paid;
  for (const auto& [price, volume] : levels) {
    const Amount taken = std::min(volume, amount);
    paid += Money::from_units(Money::Units{taken} * price.units());
    amount -= taken;
  }
  return amount == 0 ? std::optional{paid} : std::nullopt;
}

RC_GTEST_PROP(Fills, of_a_taker_are_no_better_than_the_book, ()) {
  Scenario scenario = any_with(FillRule::taker);
  scenario.shape.crossed = *rc::gen::arbitrary<bool>();
  scenario.shape.decimal = *rc::gen::arbitrary<bool>();
  scenario.options.contract_size = 1;
  const auto market = market_of(scenario);
  for (const auto& [book, execution] : record(market, scenario.options).executions) {
    const OrderBook& now = market[book].book;
    const Signal direction = execution.direction;
    RC_ASSERT(is_worse_or_equal(direction, execution.fill.price, opposite_best(now, direction)));
    RC_ASSERT(execution.amount == to_amount(scenario.options.size));
    if (scenario.options.contract == Contract::linear)
      RC_ASSERT(walk(now, direction, execution.amount) == execution.fill.notional);
  }
}

RC_GTEST_PROP(Fills, of_touch_are_the_own_best_price, ()) {
  Scenario scenario = any_with(FillRule::touch);
  scenario.shape.crossed = *rc::gen::arbitrary<bool>();
  scenario.shape.thin = *rc::gen::arbitrary<bool>();
  const auto market = market_of(scenario);
  const Record outcome = record(market, scenario.options);
  RC_ASSERT(!outcome.refused);
  for (const auto& [book, execution] : outcome.executions) {
    RC_ASSERT(execution.fill.price == own_best(market[book].book, execution.direction));
    RC_ASSERT(execution.amount == to_amount(scenario.options.size));
  }
}

RC_GTEST_PROP(Fills, of_a_taker_never_beat_touch, ()) {
  Scenario scenario = *any_scenario();
  scenario.shape.decimal = *rc::gen::arbitrary<bool>();
  const auto market = market_of(scenario);
  Options options = scenario.options;
  options.maker_fee_bps = options.taker_fee_bps = 0;
  options.fill = FillRule::taker;
  const Record taker = record(market, options);
  options.fill = FillRule::touch;
  const Record touch = record(market, options);
  RC_ASSERT(taker.trades.size() == touch.trades.size());
  for (std::size_t i = 0; i < taker.trades.size(); ++i) {
    RC_ASSERT(taker.trades[i].open_time == touch.trades[i].open_time);
    RC_ASSERT(taker.trades[i].close_time == touch.trades[i].close_time);
    RC_ASSERT(taker.trades[i].direction == touch.trades[i].direction);
    RC_ASSERT(taker.trades[i].gross < touch.trades[i].gross);
  }
  RC_ASSERT(taker.summary.gross <= touch.summary.gross);
}

/// How much volume was seen to vanish at an order's price from the book behind `from` to `to`.
double seen_to_vanish(const std::vector<Step>& market, const NaiveOrder& order, std::size_t to) {
  double seen = order.ahead, gone = 0;
  for (std::size_t i = order.placed + 1; i <= to; ++i) {
    const auto visible = visible_volume(market[i].book, order.direction, order.price);
    if (!visible) continue;
    gone += std::max(seen - *visible, 0.0);
    seen = *visible;
  }
  return gone;
}

RC_GTEST_PROP(Fills, of_a_queue_wait_until_the_volume_ahead_vanished_or_the_price_was_reached, ()) {
  Scenario scenario = any_with(FillRule::queue);
  scenario.options.tape = Tape::unknown;
  const auto market = market_of(scenario);
  const NaiveTrader naive{market, scenario.options};
  const Record outcome = record(market, scenario.options);
  RC_ASSERT(outcome.executions.size() == naive.fills.size());
  std::vector<Amount> filled(naive.orders.size());
  for (std::size_t i = 0; i < naive.fills.size(); ++i) {
    const auto& [book, execution] = outcome.executions[i];
    if (!naive.fills[i].order) continue;  // crossed the spread
    const NaiveOrder& order = naive.orders[*naive.fills[i].order];
    RC_ASSERT(book > order.placed);
    RC_ASSERT(execution.fill.price == own_best(market[order.placed].book, execution.direction));
    Amount& sum = filled[*naive.fills[i].order];
    sum += execution.amount;
    RC_ASSERT(sum <= order.amount);
    if (reaches(market[book].book, order.direction, order.price)) continue;
    const double beyond = seen_to_vanish(market, order, book) - order.ahead;
    RC_ASSERT(to_size(sum) <= beyond);
  }
}

RC_GTEST_PROP(Fills, of_a_queue_where_nothing_trades_need_a_price_that_reaches_the_order, ()) {
  Scenario scenario = any_with(FillRule::queue);
  scenario.options.traded_shrinking = scenario.options.traded_vanishing = 0;
  scenario.options.tape = Tape::unknown;
  scenario.shape.decimal = *rc::gen::arbitrary<bool>();
  const auto market = market_of(scenario);
  for (const auto& [book, execution] : record(market, scenario.options).executions) {
    const bool crosses = ends(market, book, scenario.options);
    RC_ASSERT(crosses || reaches(market[book].book, execution.direction, execution.fill.price));
  }
}

/// With larger values of `share`, one order holds at each book no less than with smaller ones.
void check_that_more_fills_no_later(double Options::*share) {
  Scenario scenario = any_with(FillRule::queue);
  scenario.shape.decimal = *rc::gen::arbitrary<bool>();
  scenario.options.on_gap = OnGap::hold;
  scenario.options.midnight = Midnight::hold;
  scenario.options.exits = {};
  if (share != &Options::queue_share) scenario.options.tape = Tape::unknown;
  auto market = market_of(scenario);
  // One order: what becomes of a second depends on how much of the first was filled.
  for (Step& step : market) step.signal = Signal::wait;
  const Signal direction = *rc::gen::element(Signal::buy, Signal::sell);
  market.front().signal = direction;
  std::vector<double> before(market.size());
  for (const double value : {0.0, 0.2, 0.5, 0.7, 1.0}) {
    scenario.options.*share = value;
    const Record outcome = record(market, scenario.options);
    for (std::size_t i = 0; i + 1 < market.size(); ++i) {
      const double held = std::abs(outcome.states[i].position);
      RC_ASSERT(held >= before[i] - 1e-6);  // parts are rounded to billionths
      before[i] = held;
    }
  }
}

RC_GTEST_PROP(Fills, of_a_queue_come_no_later_where_more_was_cancelled_ahead, ()) {
  check_that_more_fills_no_later(&Options::queue_share);
}

RC_GTEST_PROP(Fills, of_a_queue_come_no_later_where_more_was_traded, ()) {
  check_that_more_fills_no_later(
      *rc::gen::element(&Options::traded_shrinking, &Options::traded_vanishing));
}

/// Prices p -> 2000 - p, bids and asks swapped, BUY and SELL too.
std::vector<Step> mirrored(std::vector<Step> market) {
  const Price twice = price("2000");
  for (auto& [book, signal, trades] : market) {
    std::reverse(book.prices.begin(), book.prices.end());
    std::reverse(book.volumes.begin(), book.volumes.end());
    for (Price& of_level : book.prices) of_level = twice - of_level;
    for (obkit::Trade& trade : trades) {
      trade.price = twice - trade.price;
      if (!trade.aggressor) continue;
      const bool bought = trade.aggressor == Aggressor::buyer;
      trade.aggressor = bought ? Aggressor::seller : Aggressor::buyer;
    }
    signal = static_cast<Signal>(-static_cast<int>(signal));
  }
  return market;
}

RC_GTEST_PROP(Fills, of_a_mirrored_market_are_mirrored, ()) {
  Scenario scenario = *any_scenario();
  scenario.options.contract = Contract::linear;
  scenario.options.exits.stop = scenario.options.exits.take = {};  // shares of another price
  scenario.options.maker_fee_bps = scenario.options.taker_fee_bps = 0;
  scenario.shape.crossed = *rc::gen::arbitrary<bool>();
  scenario.shape.decimal = *rc::gen::arbitrary<bool>();
  const auto market = market_of(scenario);
  const Record plain = record(market, scenario.options);
  const Record mirror = record(mirrored(market), scenario.options);
  RC_ASSERT(plain.trades.size() == mirror.trades.size());
  for (std::size_t i = 0; i < plain.trades.size(); ++i) {
    const Trade &one = plain.trades[i], &other = mirror.trades[i];
    RC_ASSERT(one.direction != other.direction);
    RC_ASSERT(one.open_time == other.open_time);
    RC_ASSERT(one.close_time == other.close_time);
    RC_ASSERT(one.size == other.size);
    RC_ASSERT(one.gross == other.gross);
    RC_ASSERT(one.reason == other.reason);
    // Averages are rounded to nine decimals.
    const Price opened = price("2000") - one.open_price - other.open_price;
    RC_ASSERT(std::abs(opened.units()) <= 1);
    const Price closed = price("2000") - one.close_price - other.close_price;
    RC_ASSERT(std::abs(closed.units()) <= 1);
  }
  RC_ASSERT(plain.summary.gross == mirror.summary.gross);
}

}  // namespace
}  // namespace obkit::backtest
