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
#include "engine/crowd.hpp"
#include "engine/market.hpp"
#include "engine/markouts.hpp"
#include "engine/shared_orders.hpp"
#include "engine/wake_list.hpp"

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

const Options& checked(const Options& options) {
  check(options);
  return options;
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
  void catch_up();
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
  void close(Reason reason);
  void hold(Hold what);
  /// What fell due up to the first book is nobody's: all were flat.
  void forgo_funding(DateTime until);
  void pay_funding(DateTime until);
  void tell();

  Setup setup_;
  Observer observer_;
  Market market_;
  const Account::Rules rules_, holder_rules_;
  SharedOrders orders_;
  std::deque<Account> accounts_;  ///< none where there is a crowd
  WakeList wake_list_;
  std::optional<Crowd> crowd_;     ///< where only the money counts and nothing exits
  std::optional<Account> holder_;  ///< who buys and holds; none where that cannot be done
  std::vector<Signal> signals_;    ///< that the market's last book gave
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
      rules_{.options = checked(setup_.options),
             .model = *find_fill_model(setup_.options.fill.name),
             .detail = setup_.detail},
      holder_rules_{.options = of_holder(setup_.options),
                    .model = at_once(rules_.model),
                    .detail = Detail::money},
      orders_{rules_.options, rules_.model},
      wake_list_{setup_.accounts},
      signals_(setup_.accounts, Signal::wait),
      markouts_{setup_.accounts} {
  if (setup_.detail == Detail::money && setup_.options.exits == Exits{})
    crowd_.emplace(setup_.accounts, rules_, orders_);
  else
    for (std::size_t i = 0; i < setup_.accounts; ++i)
      accounts_.emplace_back(rules_, orders_, observer_of(i));
  holder_.emplace(holder_rules_, orders_, AccountObserver{});
}

AccountObserver Backtest::Engine::observer_of(std::size_t account) {
  AccountObserver result;
  if (observer_.trade)
    result.trade = [this, account](const Trade& trade) { observer_.trade(account, trade); };
  if (observer_.equity)
    result.equity = [this, account](const EquityStep& step) { observer_.equity(account, step); };
  if (setup_.detail == Detail::money) return result;
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
  assert(signals.size() == signals_.size());
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

void Backtest::Engine::catch_up() {
  if (books_ == 0) return;
  for (Account& account : accounts_) account.catch_up(market_);
}

Summary Backtest::Engine::summary(std::size_t account) const {
  Summary summary = crowd_ ? crowd_->summary(account) : accounts_.at(account).summary(market_);
  summary.periods_with_books = periods_.counts();
  summary.adverse_moves = markouts_.of(account);
  summary.books = books_;
  summary.observed = observed_;
  if (holder_ && holder_->ledger().position() == 0) {
    const Ledger::Totals& totals = holder_->ledger().totals();
    summary.buy_and_hold = totals.cash - totals.costs();
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
  const bool have_news = orders_.observe(market_);
  if (crowd_) return crowd_->act(market_, signals_, have_news);
  wake_list_.for_each(market_, signals_, have_news, [this](std::size_t i) {
    accounts_[i].act(market_, signals_[i]);
    wake_list_.note(i, accounts_[i]);
  });
  tell();
}

void Backtest::Engine::close(Reason reason) {
  if (crowd_) return crowd_->close(market_, reason);
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    accounts_[i].close(market_, reason);
    wake_list_.note(i, accounts_[i]);
  }
  tell();
}

void Backtest::Engine::hold(Hold what) {
  if (!holder_) return;
  try {
    if (what == Hold::on && holder_->ledger().position() == 0) holder_->act(market_, Signal::buy);
    if (what == Hold::end) holder_->close(market_, Reason::end);
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
    if (crowd_) crowd_->charge(market_, due.rate);
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
      accounts_[i].charge(market_, due.rate);
      wake_list_.note(i, accounts_[i]);
    }
    if (holder_) holder_->charge(market_, due.rate);
  }
}

void Backtest::Engine::tell() {
  if (!observer_.book) return;
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    const Ledger& ledger = accounts_[i].ledger();
    const Ledger::Totals& totals = ledger.totals();
    observer_.book(i, {.time = market_.book().time,
                       .bid = market_.book().best_bid(),
                       .ask = market_.book().best_ask(),
                       .position = to_size(ledger.position()),
                       .gross = accounts_[i].gross(market_),
                       .fees = totals.fees,
                       .funding = totals.funding,
                       .slippage = totals.slippage});
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

void Backtest::catch_up() {
  engine_->within_range([&] { engine_->catch_up(); });
}

Summary Backtest::summary(std::size_t account) const { return engine_->summary(account); }

}  // namespace obkit::backtest
