// Whatever the market and the options: the parts add up, and nothing knows the future.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "obkit/core/number.hpp"

#include "naive_trader.hpp"
#include "scenario.hpp"

namespace obkit::backtest {
namespace {

__extension__ using Wide = __int128;

Wide rounded_half(Wide twice) { return (twice < 0 ? twice - 1 : twice + 1) / 2; }

/// What a position is worth at the mid price: rounded half away from zero, written another way than
/// in the engine.
Money worth(Amount position, const OrderBook& book, const Options& options) {
  const Wide double_mid = (book.best_bid() + book.best_ask()).units();
  const auto of_one = static_cast<std::int64_t>(std::round(options.contract_size * 1e6));
  if (options.contract == Contract::linear) {
    // Positions are multiples of 1/8, mid prices of a quarter, contracts of a millionth.
    const Wide product = position * double_mid * of_one;
    return Money::from_units(rounded_half(product / 1'000'000));
  }
  Wide quotient = Wide{2'000'000'000'000} * of_one * (position < 0 ? -position : position);
  const Wide remainder = quotient % double_mid;
  quotient = quotient / double_mid + (2 * remainder >= double_mid ? 1 : 0);
  return Money::from_units(position < 0 ? quotient : -quotient);
}

/// Cash, position and costs from executions and the funding due alone.
class NaiveAccount {
 public:
  explicit NaiveAccount(const Options& options) : options_{options} {}

  void book(const Execution& execution) {
    const bool buys = execution.direction == Signal::buy;
    position += buys ? execution.amount : -execution.amount;
    const Money notional = execution.fill.notional;
    const bool pays = options_.contract == Contract::linear ? buys : !buys;
    cash += pays ? -notional : notional;
    fees += execution.fee;
    slippage += execution.slippage;
    turnover += notional;
  }

  void charge(std::int64_t rate, const OrderBook& book) {
    const Money value = worth(position, book, options_);
    const Wide size = value.units() < 0 ? -value.units() : value.units();
    const Wide product = size * rate;  // small here
    const Wide per_one = FundingRate::per_one;
    const Wide paid = (product + (product < 0 ? -per_one / 2 : per_one / 2)) / per_one;
    funding += Money::from_units(position < 0 ? -paid : paid);
  }

  Amount position = 0;
  Money cash, fees, funding, slippage, turnover;

 private:
  const Options& options_;
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
  NaiveAccount account{scenario.options};
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
    RC_ASSERT(state.gross == account.cash + worth(account.position, book, scenario.options));
    RC_ASSERT(state.fees == account.fees);
    RC_ASSERT(state.funding == account.funding);
    RC_ASSERT(state.slippage == account.slippage);
    RC_ASSERT(state.net() == state.gross - account.fees - account.funding - account.slippage);
    if (i + 1 < market.size()) charge_between(account, funding, book, market[i + 1].book);
  }
  RC_ASSERT(account.position == 0);
  RC_ASSERT(outcome.summary.gross == account.cash);
  RC_ASSERT(outcome.summary.fees == account.fees);
  RC_ASSERT(outcome.summary.funding == account.funding);
  RC_ASSERT(outcome.summary.slippage == account.slippage);
  RC_ASSERT(outcome.summary.turnover == account.turnover);
}

RC_GTEST_PROP(Accounting, trades_add_up_to_the_summary_to_the_last_digit, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const auto [executions, books, trades, states, summary, refused] =
      record(market, scenario.options, funding_of(scenario, market));
  Money gross, fees, funding, slippage, net, gains, losses;
  std::uint64_t wins = 0;
  for (const Trade& trade : trades) {
    RC_ASSERT(trade.gross - trade.fees - trade.funding - trade.slippage == trade.net());
    gross += trade.gross;
    fees += trade.fees;
    funding += trade.funding;
    slippage += trade.slippage;
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
  RC_ASSERT(summary.slippage == slippage);
  RC_ASSERT(gross - fees - funding - slippage == net);
  RC_ASSERT(summary.gains == gains);
  RC_ASSERT(summary.losses == -losses);
  RC_ASSERT(states.back().net() == net);
}

/// The longest time from the book that reached a peak to the next one as high behind a fall, or to
/// the last one.
std::int64_t longest_fall(const std::vector<BookState>& states) {
  std::int64_t longest = 0;
  for (std::size_t peak = 0; peak < states.size(); ++peak) {
    const Money height = std::max(states[peak].net(), Money{});
    const auto is_higher = [&](const BookState& state) { return state.net() > height; };
    const auto from = states.begin() + static_cast<std::ptrdiff_t>(peak);
    if (std::any_of(states.begin(), from, is_higher)) continue;
    const auto fall = std::find_if(from, states.end(),
                                   [&](const BookState& state) { return state.net() < height; });
    if (fall == states.end() || (height > states[peak].net() && peak > 0)) continue;
    if (std::any_of(from, fall, is_higher)) continue;
    const auto end = std::find_if(fall, states.end(),
                                  [&](const BookState& state) { return state.net() >= height; });
    // Where the height stood before, without a fall between, that is where it was reached.
    auto reached = from;
    while (reached != states.begin() && (reached - 1)->net() == height) --reached;
    const DateTime last = end == states.end() ? states.back().time : end->time;
    longest = std::max(longest, milliseconds_of(last) - milliseconds_of(reached->time));
  }
  return longest;
}

RC_GTEST_PROP(Accounting, the_longest_drawdown_is_that_between_books, ()) {
  Scenario scenario = *any_scenario();
  scenario.shape.gaps = false;
  const auto market = market_of(scenario);
  const Record outcome = record(market, scenario.options, funding_of(scenario, market));
  RC_ASSERT(outcome.summary.longest_drawdown.count() == longest_fall(outcome.states));
}

/// The mean move against fills, from the books alone: the mid price as it stood so much later.
std::optional<double> naive_adverse_move(const std::vector<Step>& market, const Record& outcome,
                                         std::int64_t horizon, const Options& options) {
  const auto time = [&](std::size_t i) { return milliseconds_of(market[i].book.time); };
  double sum = 0;
  int count = 0;
  for (const auto& [book, execution] : outcome.executions) {
    const std::int64_t due = time(book) + horizon;
    std::size_t then = book;
    while (then + 1 < market.size() && time(then + 1) <= due &&
           !(market[then + 1].book.gap && options.on_gap == OnGap::close))
      ++then;
    const bool is_told =
        then + 1 < market.size()
            ? time(then + 1) > due && !(market[then + 1].book.gap && options.on_gap == OnGap::close)
            : time(then) >= due;
    if (!is_told) continue;
    const double before = market[book].book.double_mid().value();
    const double up = market[then].book.double_mid().value() - before;
    sum += (execution.direction == Signal::buy ? -up : up) / before * 10'000;
    ++count;
  }
  return count > 0 ? std::optional{sum / count} : std::nullopt;
}

RC_GTEST_PROP(Accounting, moves_against_fills_are_those_of_the_mid_price, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const Record outcome = record(market, scenario.options);
  for (std::size_t i = 0; i < adverse_horizons.size(); ++i) {
    const auto naive =
        naive_adverse_move(market, outcome, adverse_horizons[i].span.count(), scenario.options);
    const auto mean = outcome.summary.adverse_moves[i].mean_bps();
    RC_ASSERT(mean.has_value() == naive.has_value());
    if (mean) RC_ASSERT(std::abs(*mean - *naive) < 1e-6);
  }
}

RC_GTEST_PROP(Accounting, of_many_books_returns_add_up_to_the_net_and_the_drawdown_is_found, ()) {
  Scenario scenario = *any_scenario();
  scenario.books *= 8;  // more than a market remembers moves of
  const auto market = market_of(scenario);
  const Record outcome = record(market, scenario.options, funding_of(scenario, market));
  Money highest, deepest;
  for (const BookState& state : outcome.states) {
    highest = std::max(highest, state.net());
    deepest = std::max(deepest, highest - state.net());
  }
  const auto& drawdown = outcome.summary.drawdown;
  RC_ASSERT((drawdown ? drawdown->depth : Money{}) == deepest);
  // Of each minute, the equity of its last book less that of the minute before.
  double sum = 0, squares = 0;
  std::uint64_t minutes = 0;
  Money before;
  for (std::size_t i = 0; i < market.size(); ++i) {
    const auto minute = [&](std::size_t book) {
      return milliseconds_of(market[book].book.time) / 60'000;
    };
    if (i + 1 < market.size() && minute(i + 1) == minute(i)) continue;
    const double value = (outcome.states[i].net() - before).value();
    before = outcome.states[i].net();
    sum += value;
    squares += value * value;
    ++minutes;
  }
  const ReturnSums& returns = outcome.summary.returns.front();
  RC_ASSERT(outcome.summary.periods_with_books.front() == minutes);
  RC_ASSERT(std::abs(returns.sum - sum) < 1e-6 * (1 + std::abs(sum)));
  RC_ASSERT(std::abs(returns.squares - squares) < 1e-6 * (1 + squares));
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

/// Of each book, [accounts]: of each account at random, or all of one score with thresholds that
/// rise, so that many do the same at once.
std::vector<std::vector<Signal>> any_signals(const Scenario& scenario, std::size_t accounts) {
  const bool is_sweep = *rc::gen::arbitrary<bool>();
  std::mt19937 random{scenario.seed};
  const auto below = [&](std::size_t n) { return static_cast<int>(random() % n); };
  std::vector<std::vector<Signal>> signals(scenario.books);
  for (auto& of_book : signals) {
    const int most = static_cast<int>(accounts) + 1;
    const int score = below(4) == 0 ? below(2 * accounts + 3) - most : 0;
    for (std::size_t i = 0; i < accounts; ++i) {
      const int sign = score > static_cast<int>(i) ? 1 : score < -static_cast<int>(i) ? -1 : 0;
      of_book.push_back(static_cast<Signal>(is_sweep ? sign : below(3) - 1));
    }
  }
  return signals;
}

/// All that a summary says, to the last digit.
std::string text_of(const Summary& summary) {
  const Figures figures{summary, Contract::linear, 100.0};
  std::string text;
  for (const Statistic& statistic : statistics())
    text.append(statistic.key).append(" ").append(json_text(statistic.value(figures))).append("\n");
  for (const ReturnSums& sums : summary.returns)
    for (const double sum : {sums.sum, sums.squares, sums.squares_below_zero})
      text.append(to_text(sum)).append(" ");
  return text;
}

RC_GTEST_PROP(Accounting, accounts_of_one_market_fare_as_each_does_alone, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const auto funding = funding_of(scenario, market);
  constexpr std::size_t accounts = 6;
  const auto signals = any_signals(scenario, accounts);
  std::vector<std::vector<Trade>> trades(accounts);
  std::vector<std::vector<Event>> executions(accounts);
  std::size_t book = 0;
  Backtest backtest{
      {.options = scenario.options, .accounts = accounts, .funding = funding},
      {.trade = [&](std::size_t i, const Trade& trade) { trades[i].push_back(trade); },
       .execution =
           [&](std::size_t i, const Execution& execution) {
             executions[i].push_back({.book = book - 1, .execution = execution});
           }}};
  Backtest of_money{{.options = scenario.options,
                     .accounts = accounts,
                     .funding = funding,
                     .detail = Detail::money},
                    {}};
  for (; book < market.size(); ++book) {
    backtest.push(market[book].book, signals[book], market[book].trades);
    of_money.push(market[book].book, signals[book], market[book].trades);
  }
  backtest.finish();
  of_money.finish();
  for (std::size_t account = 0; account < accounts; ++account) {
    auto alone = market;
    for (std::size_t i = 0; i < market.size(); ++i) alone[i].signal = signals[i][account];
    const Record record_alone = record(alone, scenario.options, funding);
    RC_ASSERT(lines(trades[account]) == lines(record_alone.trades));
    RC_ASSERT(texts(executions[account]) == texts(record_alone.executions));
    RC_ASSERT(text_of(backtest.summary(account)) == text_of(record_alone.summary));
    const Summary money = of_money.summary(account);
    RC_ASSERT(money.net() == record_alone.summary.net());
    RC_ASSERT(money.fees == record_alone.summary.fees);
    RC_ASSERT(money.turnover == record_alone.summary.turnover);
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
