// Resting orders of a recorded market whose every order is known: what the backtest says of them,
// beside what became of them.

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "obkit/backtest/backtest.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/exchange/true_book.hpp"
#include "obkit/exchange/virtual_order.hpp"
#include "obkit/store/book_stream.hpp"

#include "obbacktest/market_trades.hpp"

namespace {

using namespace obkit;
using Milliseconds = std::chrono::milliseconds;

struct Options {
  std::string name = "books";
  std::vector<std::string> books;
  std::string trades;
  exchange::SyntheticOptions market;
  std::string start = "2026-01-01T00:00:00Z";
  std::int64_t size = 100;
  double life = 3, every = 1;
  bool check = false;
};

Milliseconds milliseconds(double seconds) {
  return std::chrono::round<Milliseconds>(std::chrono::duration<double>{seconds});
}

Timestamp cut(Timestamp time) { return std::chrono::floor<Milliseconds>(time); }

Timestamp time_of(const OrderBook& book) {
  const auto time = to_timestamp(book.time);
  if (!time || !book.recv)
    throw DataError{{.name = "book of " + format_iso(book.time)}, "it has no time of receipt"};
  return *time;
}

/// The market that was recorded, once more: from its seed.
class Market {
 public:
  explicit Market(const exchange::SyntheticOptions& options)
      : source_{exchange::make_synthetic_source(options)} {
    book_.apply(source_->opening().at(primary));
    draw();
  }

  /// All that was received until then; receipts are whole microseconds.
  template <class Hear>
  void advance(Timestamp received, Hear hear) {
    while (std::chrono::floor<std::chrono::microseconds>(upcoming_.time) <= received) {
      for (const exchange::QueueEvent& one : upcoming_.queue) hear(one, upcoming_.time);
      for (const exchange::BookFrame& frame : upcoming_.frames)
        if (frame.channel == primary) book_.apply(frame);
      draw();
    }
  }
  [[nodiscard]] exchange::TrueBook::PriceLevel best(Side side) const {
    return book_.levels(side, 1).front();
  }

 private:
  static constexpr std::size_t primary = 0;

  void draw() {
    if (!source_->next(upcoming_)) throw Error{"the market has ended"};
  }

  std::unique_ptr<exchange::Source> source_;
  exchange::Event upcoming_;
  exchange::TrueBook book_;
};

/// What a backtest may know and assume of a resting order.
struct Way {
  std::string_view text;
  backtest::Tape tape;
  double share_of_cancels;
};

constexpr std::array ways{Way{"without trades, cancels ahead 0", backtest::Tape::unknown, 0},
                          Way{"without trades, cancels ahead 0.5", backtest::Tape::unknown, 0.5},
                          Way{"without trades, cancels ahead 1", backtest::Tape::unknown, 1},
                          Way{"with trades, cancels ahead 0", backtest::Tape::known, 0},
                          Way{"with trades, cancels ahead 0.5", backtest::Tape::known, 0.5},
                          Way{"with trades, cancels ahead 1", backtest::Tape::known, 1}};
constexpr std::size_t usual_without = 1, usual_with = 4;

/// How an order fared within its life.
struct Outcome {
  double share = 0;    ///< of its size that was filled
  double seconds = 0;  ///< until all was filled; else its whole life
};

/// An order of the backtest: it is sent at the first book, and rests until the last.
class Estimate {
 public:
  Estimate(const Way& way, Signal direction, const Options& options)
      : direction_{direction},
        size_{static_cast<double>(options.size)},
        backtest_{
            {.options = {.fill = backtest::FillRule::queue,
                         .size = size_,
                         .requote = backtest::Requote::stay,
                         .tape = way.tape,
                         .queue_share = way.share_of_cancels}},
            {.execution = [this](std::size_t, const backtest::Execution& one) { note(one); }}} {}
  Estimate(const Estimate&) = delete;
  Estimate& operator=(const Estimate&) = delete;
  ~Estimate() = default;

  void begin(const OrderBook& book) { backtest_.push(book, direction_); }
  void push(const OrderBook& book, std::span<const Trade> trades) {
    constexpr Signal wait = Signal::wait;
    backtest_.push(book, std::span{&wait, 1}, trades);
  }
  void finish() { backtest_.finish(); }
  [[nodiscard]] Outcome outcome(Timestamp begin, double life) const {
    const std::chrono::duration<double> waited = done_.value_or(begin) - begin;
    return {.share = filled_ / size_, .seconds = done_ ? waited.count() : life};
  }

 private:
  /// What closes it at the end is of the other direction.
  void note(const backtest::Execution& one) {
    if (one.direction != direction_) return;
    filled_ += backtest::to_size(one.amount);
    if (filled_ >= size_) done_ = to_timestamp(one.time);
  }

  Signal direction_;
  double size_, filled_ = 0;
  std::optional<Timestamp> done_;
  backtest::Backtest backtest_;
};

/// One order, as it was and as each way has it.
class Order {
 public:
  /// Rests at the best price of the book, behind all that is there.
  Order(const OrderBook& book, Side side, std::int64_t ahead, const Options& options)
      : begin_{time_of(book)},
        end_{begin_ + milliseconds(options.life)},
        life_{options.life},
        size_{options.size},
        truth_{side, side == Side::bid ? book.best_bid() : book.best_ask(), ahead, options.size} {
    for (std::size_t i = 0; i < ways.size(); ++i)
      estimates_[i] = std::make_unique<Estimate>(
          ways[i], side == Side::bid ? Signal::buy : Signal::sell, options);
    for (const auto& one : estimates_) one->begin(book);
  }

  void follow(const exchange::QueueEvent& event, Timestamp time) {
    if (cut(time) <= end_) truth_.follow(event, time);
  }
  /// False: the book lies behind its life.
  [[nodiscard]] bool push(const OrderBook& book, std::span<const Trade> trades) {
    if (time_of(book) > end_) return false;
    for (const auto& one : estimates_) one->push(book, trades);
    return true;
  }
  void finish() {
    for (const auto& one : estimates_) one->finish();
  }
  [[nodiscard]] Outcome truth() const {
    const auto done = truth_.done();
    const std::chrono::duration<double> waited = done.value_or(begin_) - begin_;
    return {.share = static_cast<double>(truth_.filled()) / static_cast<double>(size_),
            .seconds = done ? waited.count() : life_};
  }
  [[nodiscard]] Outcome estimate(std::size_t way) const {
    return estimates_[way]->outcome(begin_, life_);
  }

 private:
  Timestamp begin_, end_;
  double life_;
  std::int64_t size_;
  exchange::VirtualOrder truth_;
  std::array<std::unique_ptr<Estimate>, ways.size()> estimates_;
};

/// Sums over orders; means are sums by their number.
struct Sums {
  Outcome value, error;  ///< errors without sign

  void add(const Outcome& one, const Outcome& truth) {
    value.share += one.share;
    value.seconds += one.seconds;
    error.share += std::abs(one.share - truth.share);
    error.seconds += std::abs(one.seconds - truth.seconds);
  }
};

class Comparison {
 public:
  explicit Comparison(const Options& options)
      : options_{options}, market_{options.market}, trades_{inputs(options)} {}

  void run() {
    store::BookStream books{options_.books, store::BadLine::refuse};
    Timestamp next;
    while (books.next()) {
      const OrderBook& book = books.book();
      const Timestamp time = time_of(book);
      market_.advance(*book.recv, [this](const exchange::QueueEvent& event, Timestamp when) {
        for (Order& one : open_) one.follow(event, when);
      });
      const auto shown = trades_.until(book);
      std::erase_if(open_, [&](Order& one) { return ends_at(one, book, shown); });
      if (time < next) continue;
      next = time + milliseconds(options_.every);
      place(book);
    }
  }
  void report() const {
    if (count_ == 0) throw DataError{{.name = options_.books.front()}, "no order had its life"};
    tell("truth", truth_);
    for (std::size_t i = 0; i < ways.size(); ++i) tell(ways[i].text, sums_[i]);
  }
  /// Throws Error where trades do not help.
  void check() const {
    const Outcome without = mean(sums_[usual_without].error), with = mean(sums_[usual_with].error);
    constexpr std::uint64_t enough = 100;
    constexpr double better = 0.5;
    if (count_ < enough) throw Error{fmt::format("only {} orders", count_)};
    if (with.share > better * without.share || with.seconds > better * without.seconds) {
      throw Error{
          fmt::format("with trades the error is {:.4f} and {:.3f} s, without {:.4f} and "
                      "{:.3f} s: expected {} of that at most",
                      with.share, with.seconds, without.share, without.seconds, better)};
    }
  }

 private:
  static obbacktest::TradeInputs inputs(const Options& options) {
    return obbacktest::trade_inputs_of(options.trades, options.books);
  }

  /// What it came to is counted then.
  bool ends_at(Order& order, const OrderBook& book, std::span<const Trade> shown) {
    if (order.push(book, shown)) return false;
    order.finish();
    const Outcome truth = order.truth();
    truth_.add(truth, truth);
    for (std::size_t i = 0; i < ways.size(); ++i) sums_[i].add(order.estimate(i), truth);
    ++count_;
    return true;
  }

  /// Buys and sells by turns.
  void place(const OrderBook& book) {
    const Side side = placed_++ % 2 == 0 ? Side::bid : Side::ask;
    const std::size_t at = side == Side::bid ? book.depth() / 2 - 1 : book.depth() / 2;
    const exchange::TrueBook::PriceLevel true_best = market_.best(side);
    if (book.prices[at] != true_best.price ||
        book.volumes[at] != static_cast<double>(true_best.size)) {
      throw DataError{{.name = "book of " + format_iso(book.time)},
                      fmt::format("its best level is {} x {}, that of the market {} x {}: is it of "
                                  "another --seed, --rate or --start?",
                                  to_string(book.prices[at]), book.volumes[at],
                                  to_string(true_best.price), true_best.size)};
    }
    open_.emplace_back(book, side, true_best.size, options_);
  }

  [[nodiscard]] Outcome mean(const Outcome& sum) const {
    const auto n = static_cast<double>(count_);
    return {.share = sum.share / n, .seconds = sum.seconds / n};
  }

  /// A row of a table in Markdown.
  void tell(std::string_view way, const Sums& sums) const {
    const Outcome value = mean(sums.value), error = mean(sums.error);
    fmt::print("| {} | {} | {} | {:.1f} % | {:.1f} % | {:.2f} s | {:.2f} s |\n", options_.name, way,
               count_, value.share * 100, error.share * 100, value.seconds, error.seconds);
  }

  Options options_;
  Market market_;
  obbacktest::MarketTrades trades_;
  std::deque<Order> open_;
  std::uint64_t placed_ = 0, count_ = 0;
  Sums truth_;
  std::array<Sums, ways.size()> sums_;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("books", options.books, "Day-files of one symbol")->required();
  app.add_option("--trades", options.trades, "Its trades, or their folder")->required();
  app.add_option("--name", options.name, "What the rows begin with")->capture_default_str();
  app.add_option("--seed", options.market.seed, "That of the market")->capture_default_str();
  app.add_option("--rate", options.market.rate, "That of the market")->capture_default_str();
  app.add_option("--start", options.start, "That of the market")->capture_default_str();
  app.add_option("--size", options.size, "Of each order, in contracts; a lot is 100")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--life", options.life, "Seconds that an order rests at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--every", options.every, "Seconds from one order to the next")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--check", options.check, "Fail where trades do not make the errors smaller");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Holds the backtest's resting orders against the orders of a simulated market",
               "obqueuetruth"};
  Options options;
  add_options(app, options);
  return cli::run_tool(app, argc, argv, [&] {
    const auto start = parse_iso(options.start);
    if (!start) throw UsageError{"--start: expected a time such as 2026-01-01T00:00:00Z"};
    options.market.start = *start;
    Comparison comparison{options};
    comparison.run();
    comparison.report();
    if (options.check) comparison.check();
  });
}
