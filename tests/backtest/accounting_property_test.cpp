// Whatever the market and the options: the parts add up, and nothing knows the future.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "naive_trader.hpp"
#include "scenario.hpp"

namespace obkit::backtest {
namespace {

__extension__ using Wide = __int128;

Wide rounded_half(Wide twice) { return (twice < 0 ? twice - 1 : twice + 1) / 2; }

/// What a position is worth at the mid price: rounded half away from zero, written another way than
/// in the engine.
Money worth(Amount position, const OrderBook& book, Contract contract) {
  const Wide double_mid = (book.best_bid() + book.best_ask()).units();
  if (contract == Contract::linear) return Money::from_units(rounded_half(position * double_mid));
  Wide quotient = Wide{2'000'000'000'000'000'000} * (position < 0 ? -position : position);
  const Wide remainder = quotient % double_mid;
  quotient = quotient / double_mid + (2 * remainder >= double_mid ? 1 : 0);
  return Money::from_units(position < 0 ? quotient : -quotient);
}

/// Cash, position and costs from executions and the funding due alone.
class NaiveAccount {
 public:
  explicit NaiveAccount(Contract contract) : contract_{contract} {}

  void book(const Execution& execution) {
    const bool buys = execution.direction == Signal::buy;
    position += buys ? execution.amount : -execution.amount;
    const Money notional = execution.fill.notional;
    const bool pays = contract_ == Contract::linear ? buys : !buys;
    cash += pays ? -notional : notional;
    fees += execution.fee;
    turnover += notional;
  }

  void charge(std::int64_t rate, const OrderBook& book) {
    const Money value = worth(position, book, contract_);
    const Wide size = value.units() < 0 ? -value.units() : value.units();
    const Wide product = size * rate;  // small here
    const Wide per_one = FundingRate::per_one;
    const Wide paid = (product + (product < 0 ? -per_one / 2 : per_one / 2)) / per_one;
    funding += Money::from_units(position < 0 ? -paid : paid);
  }

  Amount position = 0;
  Money cash, fees, funding, turnover;

 private:
  Contract contract_;
};

/// Charges what falls due up to the book `next`, on what is held at `book`.
void charge_between(NaiveAccount& account, const std::vector<FundingRate>& funding,
                    const OrderBook& book, const OrderBook& next) {
  for (const FundingRate& due : funding) {
    const bool is_due = due.time > to_timestamp(book.time) && due.time <= to_timestamp(next.time);
    if (is_due) account.charge(due.rate, book);
  }
}

RC_GTEST_PROP(Accounting, cash_and_position_are_the_equity_at_every_book, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const auto funding = funding_of(scenario, market);
  const Record outcome = record(market, scenario.options, funding);
  RC_ASSERT(!outcome.refused);
  RC_ASSERT(outcome.states.size() == market.size());
  NaiveAccount account{scenario.options.contract};
  auto next = outcome.executions.begin();
  for (std::size_t i = 0; i < market.size(); ++i) {
    const OrderBook& book = market[i].book;
    for (; next != outcome.executions.end() && next->book == i; ++next)
      account.book(next->execution);
    const BookState& state = outcome.states[i];
    RC_ASSERT(state.time == book.time);
    RC_ASSERT(state.bid == book.best_bid());
    RC_ASSERT(state.ask == book.best_ask());
    RC_ASSERT(to_amount(state.position) == account.position);
    RC_ASSERT(std::abs(state.position) <= scenario.options.size);
    RC_ASSERT(state.gross ==
              account.cash + worth(account.position, book, scenario.options.contract));
    RC_ASSERT(state.fees == account.fees);
    RC_ASSERT(state.funding == account.funding);
    RC_ASSERT(state.net() == state.gross - account.fees - account.funding);
    if (i + 1 < market.size()) charge_between(account, funding, book, market[i + 1].book);
  }
  RC_ASSERT(account.position == 0);
  RC_ASSERT(outcome.summary.gross == account.cash);
  RC_ASSERT(outcome.summary.fees == account.fees);
  RC_ASSERT(outcome.summary.funding == account.funding);
  RC_ASSERT(outcome.summary.turnover == account.turnover);
}

RC_GTEST_PROP(Accounting, trades_add_up_to_the_summary_to_the_last_digit, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const auto [executions, books, trades, states, summary, refused] =
      record(market, scenario.options, funding_of(scenario, market));
  Money gross, fees, funding, net, gains, losses;
  std::uint64_t wins = 0;
  for (const Trade& trade : trades) {
    RC_ASSERT(trade.gross - trade.fees - trade.funding == trade.net());
    gross += trade.gross;
    fees += trade.fees;
    funding += trade.funding;
    net += trade.net();
    (trade.net() > Money{} ? gains : losses) += trade.net();
    wins += trade.net() > Money{} ? 1 : 0;
  }
  RC_ASSERT(summary.trades == trades.size());
  RC_ASSERT(summary.nets.size() == trades.size());
  RC_ASSERT(summary.books == market.size());
  RC_ASSERT(summary.wins == wins);
  RC_ASSERT(summary.gross == gross);
  RC_ASSERT(summary.fees == fees);
  RC_ASSERT(summary.funding == funding);
  RC_ASSERT(summary.net() == net);
  RC_ASSERT(gross - fees - funding == net);
  RC_ASSERT(summary.gains == gains);
  RC_ASSERT(summary.losses == -losses);
  RC_ASSERT(states.back().net() == net);
}

/// The deepest fall of the net equity, found by looking at every pair of books, and from the zero
/// that all begin with.
Money deepest_fall(const std::vector<BookState>& states) {
  Money deepest;
  for (const BookState& state : states) deepest = std::max(deepest, -state.net());
  for (std::size_t peak = 0; peak < states.size(); ++peak)
    for (std::size_t trough = peak; trough < states.size(); ++trough)
      deepest = std::max(deepest, states[peak].net() - states[trough].net());
  return deepest;
}

RC_GTEST_PROP(Accounting, the_drawdown_is_the_deepest_fall_between_two_books, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const Record outcome = record(market, scenario.options, funding_of(scenario, market));
  const Money deepest = deepest_fall(outcome.states);
  const auto& drawdown = outcome.summary.drawdown;
  RC_ASSERT(drawdown.has_value() == (deepest > Money{}));
  if (!drawdown) return;
  RC_ASSERT(drawdown->depth == deepest);
  const auto at = [&](DateTime time, Money net) {
    return std::any_of(outcome.states.begin(), outcome.states.end(), [&](const BookState& state) {
      return state.time == time && state.net() == net;
    });
  };
  const bool is_found =
      std::any_of(outcome.states.begin(), outcome.states.end(),
                  [&](const BookState& peak) {
                    return peak.time == drawdown->peak &&
                           at(drawdown->trough, peak.net() - deepest);
                  }) ||
      (drawdown->peak == outcome.states.front().time && at(drawdown->trough, -deepest));
  RC_ASSERT(is_found);
}

RC_GTEST_PROP(Accounting, the_future_changes_nothing_before_it, ()) {
  Scenario scenario = *any_scenario();
  scenario.books = std::min<std::size_t>(scenario.books, 60);
  const auto market = market_of(scenario);
  const auto funding = funding_of(scenario, market);
  const Record whole = record(market, scenario.options, funding);
  for (std::size_t end = 1; end < market.size(); ++end) {
    const auto cut = market.begin() + static_cast<std::ptrdiff_t>(end);
    const Record past = record({market.begin(), cut}, scenario.options, funding);
    // The last book of what was cut closes; all before must be alike.
    const std::size_t last = end - 1;
    for (std::size_t i = 0; i < whole.executions.size() && whole.executions[i].book < last; ++i) {
      RC_ASSERT(i < past.executions.size());
      RC_ASSERT(texts({past.executions[i]}) == texts({whole.executions[i]}));
    }
    std::vector<Trade> closed = past.trades;
    while (!closed.empty() && closed.back().reason == Reason::end) closed.pop_back();
    RC_ASSERT(lines(whole.trades).starts_with(lines(closed)));
    for (std::size_t i = 0; i < last; ++i) RC_ASSERT(past.states[i].net() == whole.states[i].net());
  }
}

RC_GTEST_PROP(Accounting, accounts_of_one_market_do_not_influence_each_other, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const auto funding = funding_of(scenario, market);
  constexpr std::size_t accounts = 4;
  std::mt19937 random{scenario.seed};
  std::vector<std::vector<Signal>> signals(market.size());
  for (auto& of_book : signals)
    for (std::size_t i = 0; i < accounts; ++i)
      of_book.push_back(static_cast<Signal>(static_cast<int>(random() % 3) - 1));
  std::vector<std::vector<Trade>> together(accounts);
  Backtest backtest{
      {.options = scenario.options, .accounts = accounts, .funding = funding},
      {.trade = [&](std::size_t i, const Trade& trade) { together[i].push_back(trade); }}};
  for (std::size_t i = 0; i < market.size(); ++i) backtest.push(market[i].book, signals[i]);
  backtest.finish();
  for (std::size_t account = 0; account < accounts; ++account) {
    auto alone = market;
    for (std::size_t i = 0; i < market.size(); ++i) alone[i].signal = signals[i][account];
    const Record record_alone = record(alone, scenario.options, funding);
    RC_ASSERT(lines(together[account]) == lines(record_alone.trades));
    const Summary summary = backtest.summary(account);
    RC_ASSERT(summary.net() == record_alone.summary.net());
    RC_ASSERT(summary.buy_and_hold == record_alone.summary.buy_and_hold);
    RC_ASSERT(summary.drawdown.has_value() == record_alone.summary.drawdown.has_value());
  }
}

RC_GTEST_PROP(Accounting, trades_follow_each_other_from_flat_to_flat, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const Record outcome = record(market, scenario.options);
  std::chrono::milliseconds held{0};
  for (std::size_t i = 0; i < outcome.trades.size(); ++i) {
    const Trade& trade = outcome.trades[i];
    held += trade.held;
    RC_ASSERT(trade.open_time <= trade.close_time);
    RC_ASSERT(trade.size > 0);
    const bool is_forced = trade.reason == Reason::gap || trade.reason == Reason::midnight ||
                           trade.reason == Reason::end;
    RC_ASSERT(is_forced == ends(market, outcome.trade_books[i], scenario.options) ||
              scenario.options.fill == FillRule::queue);
    if (i > 0) RC_ASSERT(outcome.trades[i - 1].close_time <= trade.open_time);
  }
  RC_ASSERT(outcome.summary.held == held);
  const auto exposure = outcome.summary.exposure();
  if (exposure) RC_ASSERT(*exposure >= 0 && *exposure <= 1);
  if (outcome.summary.observed.count() > 0) RC_ASSERT(held <= outcome.summary.observed);
}

}  // namespace
}  // namespace obkit::backtest
