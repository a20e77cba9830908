#include "obkit/backtest/backtest.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

#include "engine/account.hpp"
#include "engine/market.hpp"
#include "engine/markouts.hpp"

namespace obkit::backtest {
namespace {

/// The same trader and costs, but for what would get in the way of holding.
Options of_holder(Options options) {
  options.latency = std::chrono::milliseconds{0};
  options.measured_latencies = nullptr;
  options.on_gap = OnGap::hold;
  options.midnight = Midnight::hold;
  options.exits = {};
  return options;
}

/// The same fills, but for orders that rest: who holds is in the market at once.
FillModel at_once(FillModel model) {
  model.rest = nullptr;
  return model;
}

/// In place of a signal: an account that any signal may ask something of.
constexpr std::int8_t unsettled = 127;

std::int8_t settled_code(const Account& account) {
  const auto signal = account.settled_signal();
  return signal ? static_cast<std::int8_t>(*signal) : unsettled;
}

/// Whether an account has something to do while the mid price stays.
bool is_asked(Signal signal, std::int8_t settled) {
  const bool turns = (signal != Signal::wait) & (static_cast<std::int8_t>(signal) != settled);
  return turns | (settled == unsettled);
}

}  // namespace

class Backtest::Engine {
 public:
  Engine(Setup setup, Observer observer);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() = default;

  void push(const OrderBook& book, std::span<const Signal> signals,
            std::span<const obkit::Trade> trades);
  void finish();
  [[nodiscard]] Summary summary(std::size_t account) const;
  /// Does `work`; what is beyond the range of money names book, size and price.
  template <class Work>
  void within_range(Work work) const;

 private:
  enum class Hold { on, end };

  [[nodiscard]] AccountObserver observer_of(std::size_t account);
  /// Does what the last book caused; whether `next` continues it.
  bool settle(const OrderBook& next);
  void act();
  [[nodiscard]] bool is_any_asked() const;
  void close(Reason reason);
  void hold(Hold what);
  /// What fell due up to the first book is nobody's: all were flat.
  void forgo_funding(DateTime until);
  void pay_funding(DateTime until);
  /// Something else than act() did something.
  void unsettle();
  void tell();

  Setup setup_;
  Observer observer_;
  Market market_;
  std::deque<Account> accounts_;
  std::optional<Account> holder_;  ///< who buys and holds; none where that cannot be done
  std::vector<Signal> signals_;    ///< that the market's last book gave
  /// Of each account, what act() may do without as long as the mid price stays; empty: nothing.
  std::vector<std::int8_t> settled_;
  std::uint64_t settled_moves_ = 0;  ///< of the market, that they knew
  std::size_t next_funding_ = 0;
  Markouts markouts_;
  PeriodCounter periods_;
  std::uint64_t books_ = 0;
  std::chrono::milliseconds observed_{0};
};

Backtest::Engine::Engine(Setup setup, Observer observer)
    : setup_{std::move(setup)},
      observer_{std::move(observer)},
      market_{setup_.options.terms(), to_amount(setup_.options.size)},
      signals_(setup_.accounts, Signal::wait),
      settled_(setup_.accounts, unsettled),
      markouts_{setup_.accounts} {
  check(setup_.options);
  const FillModel& model = *find_fill_model(setup_.options.fill.name);
  for (std::size_t i = 0; i < setup_.accounts; ++i)
    accounts_.emplace_back(setup_.options, model, observer_of(i));
  holder_.emplace(of_holder(setup_.options), at_once(model), AccountObserver{});
}

AccountObserver Backtest::Engine::observer_of(std::size_t account) {
  AccountObserver result;
  if (observer_.trade)
    result.trade = [this, account](const Trade& trade) { observer_.trade(account, trade); };
  result.execution = [this, account](const Execution& execution) {
    markouts_.add(account, execution.clock, execution.direction, market_.book().double_mid());
    if (observer_.execution) observer_.execution(account, execution);
  };
  return result;
}

template <class Work>
void Backtest::Engine::within_range(Work work) const {
  try {
    work();
  } catch (const MoneyRangeError&) {
    const OrderBook& book = market_.book();
    throw DataError{{.name = "book of " + format_iso(book.time)},
                    "size " + to_text(setup_.options.size) + " at the price " +
                        to_string(book.best_ask()) +
                        " is too large: " + std::string{MoneyRangeError::problem}};
  }
}

void Backtest::Engine::push(const OrderBook& book, std::span<const Signal> signals,
                            std::span<const obkit::Trade> trades) {
  assert(signals.size() == accounts_.size());
  if (books_ == 0) forgo_funding(book.time);
  const bool continues = books_ > 0 && settle(book);
  const auto before = market_.time();
  const Price mid_before = books_ > 0 ? market_.book().double_mid() : Price{};
  market_.push(book, continues ? Market::Clock::goes_on : Market::Clock::begins_again, trades);
  periods_.add(market_.minute());
  if (continues) {
    observed_ += market_.time() - before;
    markouts_.pass(market_.time(), mid_before);
  } else {
    markouts_.forget();
  }
  std::copy(signals.begin(), signals.end(), signals_.begin());
  ++books_;
}

void Backtest::Engine::finish() {
  if (books_ == 0) return;
  close(Reason::end);
  hold(Hold::end);
  markouts_.pass(market_.time() + std::chrono::milliseconds{1}, market_.book().double_mid());
}

Summary Backtest::Engine::summary(std::size_t account) const {
  Summary summary = accounts_.at(account).summary(market_.time());
  summary.periods_with_books = periods_.counts();
  summary.adverse_moves = markouts_.of(account);
  summary.books = books_;
  summary.observed = observed_;
  if (holder_ && holder_->ledger().position() == 0) {
    const Ledger& ledger = holder_->ledger();
    summary.buy_and_hold = ledger.cash() - ledger.costs();
  }
  return summary;
}

bool Backtest::Engine::settle(const OrderBook& next) {
  const bool is_gap = next.gap && setup_.options.on_gap == OnGap::close;
  const bool is_midnight =
      setup_.options.midnight == Midnight::flat && next.time.date != market_.book().time.date;
  if (is_gap || is_midnight)
    close(is_gap ? Reason::gap : Reason::midnight);
  else
    act();
  hold(Hold::on);
  if (next_funding_ < setup_.funding.size()) pay_funding(next.time);
  return !is_gap;
}

void Backtest::Engine::act() {
  const bool stays = std::exchange(settled_moves_, market_.mid_moves()) == market_.mid_moves();
  // Of many accounts, most have nothing to do at most books; at most books, none has.
  if (!stays || is_any_asked()) {
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
      if (stays && !is_asked(signals_[i], settled_[i])) continue;
      accounts_[i].act(market_, signals_[i]);
      settled_[i] = settled_code(accounts_[i]);
    }
  }
  tell();
}

/// Without a jump, so that many are looked at side by side.
bool Backtest::Engine::is_any_asked() const {
  bool any = false;
  for (std::size_t i = 0; i < signals_.size(); ++i) any |= is_asked(signals_[i], settled_[i]);
  return any;
}

void Backtest::Engine::close(Reason reason) {
  for (Account& account : accounts_) account.close(market_, reason);
  unsettle();
  tell();
}

void Backtest::Engine::hold(Hold what) {
  if (!holder_) return;
  try {
    if (what == Hold::on)
      holder_->act(market_, Signal::buy);
    else
      holder_->close(market_, Reason::end);
  } catch (const DataError&) {
    holder_.reset();  // the book is smaller than the size, which need not bother the others
  }
}

void Backtest::Engine::forgo_funding(DateTime until) {
  const auto first = to_timestamp(until);
  if (!first) return;
  while (next_funding_ < setup_.funding.size() && setup_.funding[next_funding_].time <= *first)
    ++next_funding_;
}

void Backtest::Engine::pay_funding(DateTime until) {
  const auto last = to_timestamp(until);
  for (; next_funding_ < setup_.funding.size(); ++next_funding_) {
    const FundingRate& due = setup_.funding[next_funding_];
    if (!last || due.time > *last) return;
    for (Account& account : accounts_) account.charge(market_, due.rate);
    unsettle();
    if (holder_) holder_->charge(market_, due.rate);
  }
}

void Backtest::Engine::unsettle() { std::fill(settled_.begin(), settled_.end(), unsettled); }

void Backtest::Engine::tell() {
  if (!observer_.book) return;
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    const Ledger& ledger = accounts_[i].ledger();
    observer_.book(i, {.time = market_.book().time,
                       .bid = market_.book().best_bid(),
                       .ask = market_.book().best_ask(),
                       .position = to_size(ledger.position()),
                       .gross = accounts_[i].gross(market_),
                       .fees = ledger.fees(),
                       .funding = ledger.funding(),
                       .slippage = ledger.slippage()});
  }
}

Backtest::Backtest(Setup setup, Observer observer)
    : engine_{std::make_unique<Engine>(std::move(setup), std::move(observer))} {}

Backtest::~Backtest() = default;

void Backtest::push(const OrderBook& book, std::span<const Signal> signals,
                    std::span<const obkit::Trade> trades) {
  engine_->within_range([&] { engine_->push(book, signals, trades); });
}

void Backtest::finish() {
  engine_->within_range([&] { engine_->finish(); });
}

Summary Backtest::summary(std::size_t account) const { return engine_->summary(account); }

}  // namespace obkit::backtest
