#pragma once

#include <functional>
#include <optional>

#include "obkit/backtest/options.hpp"
#include "obkit/backtest/quote.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/order_book.hpp"

namespace obkit::backtest {

/// Trades on the signals of a stream of books, in flat memory.
///
/// Flat until the first signal that is not WAIT, then always in the market: an opposite signal
/// closes the position and opens the opposite one at that book, two fills of the size, each from
/// the whole visible book. The last book, and the last book before a gap, give no signal: they
/// close what is open. After a gap one is flat again. So a book is acted on when the next is known.
class Backtest {
 public:
  using Observer = std::function<void(const Trade&)>;

  /// `on_trade` is called for each trade when it is closed. Throws UsageError for bad options.
  Backtest(const Options& options, Observer on_trade);

  /// The next book, with the signal that it gave. Throws DataError when the book before had to be
  /// traded on and its visible levels hold less than the size.
  void push(const OrderBook& book, Signal signal);

  /// No book follows. Throws as push().
  void finish();

  /// Of the books pushed and the trades closed so far.
  [[nodiscard]] const Summary& summary() const { return summary_; }

 private:
  /// What is kept of the last book.
  struct Moment {
    DateTime time;
    Quote quote;
    Signal signal = Signal::wait;
  };
  struct Position {
    Signal direction = Signal::buy;
    DateTime time;
    Fill fill;
  };

  void act();
  void open(Signal direction);
  void close(Reason reason);
  [[nodiscard]] const Fill& fill(Signal direction) const;
  [[nodiscard]] Money profit(const Position& position, const Fill& close) const;

  Options options_;
  Observer on_trade_;
  double fee_bps_;
  std::optional<Moment> last_;
  std::optional<Position> position_;
  Summary summary_;
};

}  // namespace obkit::backtest
