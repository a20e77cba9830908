#include "scenario.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <ostream>
#include <random>
#include <utility>

#include "obkit/core/error.hpp"

namespace obkit::backtest {
namespace {

/// Enough cases for a rare meeting of messages, the same ones each time; RC_PARAMS in the
/// environment asks for others ("max_success=100000" with a random seed).
[[maybe_unused]] const int parameters =
    ::setenv("RC_PARAMS", "max_success=500 seed=20240808", 0);  // NOLINT(concurrency-mt-unsafe)

constexpr int levels = 4;  // a side
constexpr std::int64_t tick = 500'000'000;

/// Books whose volumes at a price change little by little, as those of a queue do.
class Exchange {
 public:
  Exchange(const MarketShape& shape, std::uint32_t seed) : shape_{shape}, random_{seed} {}

  OrderBook next() {
    move();
    OrderBook book;
    book.gap = shape_.gaps && below(12) == 0;
    if (book.gap) bids_.clear(), asks_.clear();
    pass_time();
    book.time = to_date_time(time_);
    const int ask = bid_ + spread();
    for (int i = levels - 1; i >= 0; --i) add_level(book, bids_, bid_ - i * step_, i);
    for (int i = 0; i < levels; ++i) add_level(book, asks_, ask + i * step_, i);
    return book;
  }

  /// Around the spread of a book: before it came. Of any side, and some that never met the book.
  std::vector<obkit::Trade> trades(const OrderBook& book) {
    std::vector<obkit::Trade> result;
    for (int i = below(5); i < 3; ++i) {
      const std::size_t level = book.depth() / 2 - 2 + static_cast<std::size_t>(below(4));
      result.push_back({.price = book.prices[level],
                        .volume = draw() / 4,
                        .aggressor = {},
                        .off = below(8) == 0 ? "block" : ""});
      if (below(8) != 0)
        result.back().aggressor = below(2) == 0 ? Aggressor::buyer : Aggressor::seller;
    }
    return result;
  }

  int below(unsigned n) { return static_cast<int>(random_() % n); }

 private:
  using Side = std::map<int, double>;  ///< ticks -> volume

  void move() {
    const int pull = shape_.mean_reverting ? (2000 - bid_) / 4 : 0;
    const int far = shape_.restless && below(6) == 0 ? below(25) - 12 : 0;
    if (below(2) == 0) bid_ += pull + below(3) - 1;
    bid_ += far;
    step_ = below(8) == 0 ? 3 - step_ : step_;  // levels next to each other, or one apart
  }

  int spread() {
    if (shape_.crossed && below(8) == 0) return -below(3);
    return 1 + (shape_.wide ? below(6) : 0);
  }

  void pass_time() {
    constexpr std::array<int, 6> steps{0, 1, 100, 250, 1000, 5000};
    time_ += std::chrono::milliseconds{steps.at(static_cast<std::size_t>(below(6)))};
    if (shape_.days && below(10) == 0) time_ += std::chrono::hours{1 + below(20)};
  }

  double draw() {
    const int most = shape_.thin ? 12 : 80;
    return shape_.decimal ? below(static_cast<unsigned>(most) * 125) / 1000.0
                          : below(static_cast<unsigned>(most)) / 8.0;
  }

  void add_level(OrderBook& book, Side& side, int ticks, int level) {
    const auto [place, is_new] = side.try_emplace(ticks, 0);
    double& volume = place->second;
    if (is_new || below(3) == 0) volume = draw();
    // Somebody always stands behind, so that orders of a usual size find their volume.
    const bool is_wall = level == levels - 1 && !shape_.thin;
    book.prices.push_back(Price::from_units(ticks * tick, 1));
    book.volumes.push_back(is_wall ? volume + 1000 : volume);
  }

  MarketShape shape_;
  std::mt19937 random_;
  int bid_ = 2000, step_ = 1;
  Timestamp time_ = std::chrono::sys_days{std::chrono::year{2024} / 8 / 8} + std::chrono::hours{22};
  Side bids_, asks_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, Money money) { return out << to_string(money); }

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
  const auto& [shape, seed, books, wait, options, fundings] = scenario;
  return out << "market " << shape.mean_reverting << shape.crossed << shape.wide << shape.gaps
             << shape.days << shape.restless << shape.thin << shape.decimal << ", seed " << seed
             << ", books " << books << ", wait " << wait << ", fundings " << fundings << ", fill "
             << options.fill.name << ", contract " << static_cast<int>(options.contract)
             << ", size " << options.size << " × " << options.contract_size << ", fees "
             << options.maker_fee_bps << ' ' << options.taker_fee_bps << ", slippage "
             << options.slippage_bps << ", latency " << options.latency.count()
             << (options.measured_latencies ? " (measured)" : "") << ", on_gap "
             << static_cast<int>(options.on_gap) << ", midnight "
             << static_cast<int>(options.midnight) << ", requote "
             << static_cast<int>(options.requote) << ", tape " << static_cast<int>(options.tape)
             << ", shares " << options.queue_share << ' ' << options.traded_shrinking << ' '
             << options.traded_vanishing << ", on_wait " << to_string(options.exits.on_wait)
             << ", max_hold "
             << options.exits.max_hold.value_or(std::chrono::milliseconds{0}).count() << ", stop "
             << options.exits.stop.value_or(0) << ", take " << options.exits.take.value_or(0);
}

namespace {

rc::Gen<MarketShape> any_shape() {
  return rc::gen::build<MarketShape>(
      rc::gen::set(&MarketShape::mean_reverting), rc::gen::set(&MarketShape::wide),
      rc::gen::set(&MarketShape::gaps), rc::gen::set(&MarketShape::days),
      rc::gen::set(&MarketShape::restless));
}

rc::Gen<Exits> any_exits() {
  using rc::gen::element;
  using rc::gen::set;
  using Span = std::optional<std::chrono::milliseconds>;
  using Basis = std::optional<double>;
  return rc::gen::build<Exits>(
      set(&Exits::on_wait, element(OnWait::hold, OnWait::close)),
      set(&Exits::max_hold, element(Span{}, Span{}, Span{1}, Span{251}, Span{4000})),
      set(&Exits::stop, element(Basis{}, Basis{}, Basis{2.5}, Basis{10}, Basis{40})),
      set(&Exits::take, element(Basis{}, Basis{}, Basis{5}, Basis{20})));
}

using Latencies = std::shared_ptr<const MeasuredLatencies>;

Latencies no_latencies() { return nullptr; }

Latencies some_latencies() {
  using std::chrono::milliseconds;
  constexpr std::uint64_t seed = 7;
  return std::make_shared<const MeasuredLatencies>(
      std::vector{milliseconds{0}, milliseconds{2}, milliseconds{250}, milliseconds{6000}}, seed);
}

rc::Gen<Options> any_options() {
  using rc::gen::element;
  using rc::gen::set;
  return rc::gen::build<Options>(
      set(&Options::fill, element(FillRule::taker, FillRule::touch, FillRule::queue)),
      set(&Options::contract, element(Contract::linear, Contract::inverse)),
      set(&Options::contract_size, element(1.0, 1.0, 100.0, 0.01, 0.000001)),
      set(&Options::size, element(0.125, 1.0, 2.5, 20.0)),
      set(&Options::maker_fee_bps, element(0.0, -1.0, 2.5)),
      set(&Options::taker_fee_bps, element(0.0, 5.0, 7.5)),
      set(&Options::slippage_bps, element(0.0, 0.0, 1.25)),
      set(&Options::measured_latencies, element(no_latencies(), no_latencies(), some_latencies())),
      set(&Options::latency,
          element(std::chrono::milliseconds{0}, std::chrono::milliseconds{1},
                  std::chrono::milliseconds{250}, std::chrono::milliseconds{3000},
                  std::chrono::milliseconds{20'000})),
      set(&Options::on_gap, element(OnGap::close, OnGap::hold)),
      set(&Options::midnight, element(Midnight::hold, Midnight::flat)),
      set(&Options::exits, rc::gen::oneOf(rc::gen::just(Exits{}), any_exits())),
      set(&Options::requote, element(Requote::follow, Requote::stay)),
      set(&Options::tape, element(Tape::unknown, Tape::known)),
      set(&Options::queue_share, element(0.5, 0.0, 0.25, 0.75, 1.0)),
      set(&Options::traded_shrinking, element(0.125, 0.0, 0.5, 1.0)),
      set(&Options::traded_vanishing, element(0.5, 0.0, 1.0)));
}

}  // namespace

rc::Gen<Scenario> any_scenario() {
  using rc::gen::inRange;
  using rc::gen::set;
  return rc::gen::build<Scenario>(
      set(&Scenario::shape, any_shape()),
      set(&Scenario::seed, inRange<std::uint32_t>(0, 1'000'000)),
      set(&Scenario::books, rc::gen::resize(100, inRange<std::size_t>(1, 120))),
      set(&Scenario::wait, inRange(0, 4)), set(&Scenario::options, any_options()),
      set(&Scenario::fundings, inRange<std::uint32_t>(0, 6)));
}

std::vector<Step> market_of(const Scenario& scenario) {
  Exchange exchange{scenario.shape, scenario.seed};
  std::vector<Step> steps;
  steps.reserve(scenario.books);
  for (std::size_t i = 0; i < scenario.books; ++i) {
    const int draw = exchange.below(2 + 2 * static_cast<unsigned>(scenario.wait));
    const Signal signal = draw == 0 ? Signal::buy : draw == 1 ? Signal::sell : Signal::wait;
    steps.push_back({.book = exchange.next(), .signal = signal});
    steps.back().trades = exchange.trades(steps.back().book);
  }
  return steps;
}

std::vector<FundingRate> funding_of(const Scenario& scenario, const std::vector<Step>& market) {
  std::mt19937 random{scenario.seed};
  std::vector<Timestamp> times;
  const Timestamp first = to_timestamp(market.front().book.time).value();
  if (scenario.fundings > 0) times = {first - std::chrono::hours{8}, first};
  for (std::uint32_t i = 0; i < scenario.fundings; ++i) {
    const auto& near = market.at(random() % market.size()).book;
    times.push_back(*to_timestamp(near.time) +
                    std::chrono::milliseconds{static_cast<int>(random() % 3) - 1});
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  std::vector<FundingRate> rates;
  rates.reserve(times.size());
  for (const Timestamp time : times)
    rates.push_back({.time = time, .rate = static_cast<std::int64_t>(random()) - (1LL << 31)});
  return rates;
}

Record record(const std::vector<Step>& market, const Options& options,
              const std::vector<FundingRate>& funding) {
  Record result;
  std::size_t pushed = 0;
  Backtest backtest{
      {.options = options, .funding = funding},
      {.trade =
           [&](std::size_t, const Trade& trade) {
             result.trades.push_back(trade);
             result.trade_books.push_back(pushed - 1);
           },
       .execution =
           [&](std::size_t, const Execution& execution) {
             result.executions.push_back({.book = pushed - 1, .execution = execution});
           },
       .book = [&](std::size_t, const BookState& state) { result.states.push_back(state); }}};
  try {
    for (; pushed < market.size(); ++pushed)
      backtest.push(market[pushed].book, std::span{&market[pushed].signal, 1},
                    market[pushed].trades);
    backtest.finish();
  } catch (const DataError&) {
    result.refused = true;
  }
  result.summary = backtest.summary();
  return result;
}

std::vector<std::string> texts(const std::vector<Event>& events) {
  std::vector<std::string> result(events.size());
  std::transform(events.begin(), events.end(), result.begin(), [](const Event& event) {
    const Execution& execution = event.execution;
    return "book " + std::to_string(event.book) + ": " +
           std::string{to_string(execution.direction)} + " " + std::to_string(execution.amount) +
           " at " + to_string(execution.fill.price);
  });
  return result;
}

bool ends(const std::vector<Step>& market, std::size_t book, const Options& options) {
  if (book + 1 == market.size()) return true;
  const OrderBook& next = market[book + 1].book;
  return (next.gap && options.on_gap == OnGap::close) ||
         (options.midnight == Midnight::flat && next.time.date != market[book].book.time.date);
}

std::int64_t milliseconds_of(DateTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(to_timestamp(time).value())
      .time_since_epoch()
      .count();
}

}  // namespace obkit::backtest
