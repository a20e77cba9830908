#include "obbacktest/lookahead.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"

namespace obkit::obbacktest {
namespace {

/// A hash of numbers in their order. Source: the finalizer of SplitMix64 (Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", 2014).
class Mixer {
 public:
  explicit Mixer(std::uint64_t hash) : hash_{hash} {}

  template <class... Values>
  Mixer& add(const Values&... values) {
    (mix(values), ...);
    return *this;
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void mix(std::uint64_t value) {
    std::uint64_t z = (hash_ ^ value) + 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    hash_ = z ^ (z >> 31U);
  }
  void mix(std::int64_t value) { mix(static_cast<std::uint64_t>(value)); }
  void mix(double value) { mix(std::bit_cast<std::uint64_t>(value)); }
  void mix(Price price) { mix(price.units()); }
  void mix(backtest::Money money) {
    constexpr int half = 64;
    mix(static_cast<std::uint64_t>(money.units()));
    mix(static_cast<std::uint64_t>(money.units() >> half));
  }
  void mix(DateTime time) { mix(std::int64_t{time.date}), mix(std::int64_t{time.time}); }
  void mix(Signal signal) { mix(static_cast<std::int64_t>(signal)); }
  void mix(backtest::Reason reason) { mix(static_cast<std::int64_t>(reason)); }
  void mix(std::chrono::milliseconds time) { mix(std::int64_t{time.count()}); }

  std::uint64_t hash_;
};

}  // namespace

void Trail::follow(Listener& listener) {
  listener.trade = [this, further = std::move(listener.trade)](std::size_t row, const auto& trade) {
    add(row, trade);
    if (further) further(row, trade);
  };
  listener.execution = [this, further = std::move(listener.execution)](std::size_t row,
                                                                       const auto& execution) {
    add(row, execution);
    if (further) further(row, execution);
  };
  listener.read = [this, further = std::move(listener.read)](std::uint64_t books,
                                                             std::span<const double> scores) {
    end_book(books, scores);
    if (further) further(books, scores);
  };
}

std::vector<Past> Trail::kept() const {
  std::vector<Past> kept = kept_;
  std::erase_if(kept, [&](const Past& past) { return past.books == past_.books; });
  std::ranges::sort(kept, {}, &Past::books);
  return kept;
}

void Trail::add(std::size_t row, const backtest::Execution& one) {
  now_.hash = Mixer{now_.hash}
                  .add(std::uint64_t{row}, one.time, one.clock, one.direction, one.amount,
                       one.fill.price, one.fill.notional, one.fee, one.slippage)
                  .hash();
}

void Trail::add(std::size_t row, const backtest::Trade& one) {
  ++now_.trades;
  now_.hash = Mixer{now_.hash}
                  .add(std::uint64_t{row}, one.direction, one.open_time, one.open_price,
                       one.close_time, one.held, one.close_price, one.size, one.gross, one.fees,
                       one.funding, one.slippage, one.reason)
                  .hash();
}

/// Which books are kept: Vitter's algorithm R ("Random sampling with a reservoir", 1985).
void Trail::end_book(std::uint64_t books, std::span<const double> scores) {
  Mixer mixer{now_.hash};
  for (const double score : scores) mixer.add(score);
  now_.hash = mixer.hash();
  now_.books = books;
  past_ = now_;
  if (kept_.size() < most_kept) return kept_.push_back(past_);
  const std::uint64_t place = Mixer{0}.add(books).hash() % books;
  if (place < most_kept) kept_[place] = past_;
}

std::size_t check_lookahead(const Plan& plan, const Trail& whole) {
  Plan again = plan;
  again.input.silent = true;
  Trail trail;
  Listener listener;
  trail.follow(listener);
  Run run{again, listener};
  const auto kept = whole.kept();
  for (const Past& of_whole : kept) {
    run.read(of_whole.books - trail.past().books);
    const Past& past = trail.past();
    if (past == of_whole) continue;
    throw std::logic_error{"the future changes the past: of the first " +
                           std::to_string(past.books) + " books alone " +
                           std::to_string(past.trades) + " trades are closed, with those behind " +
                           std::to_string(of_whole.trades) + ", or by other scores or fills"};
  }
  return kept.size();
}

}  // namespace obkit::obbacktest
