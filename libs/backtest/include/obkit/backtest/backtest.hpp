#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "obkit/backtest/funding.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/backtest/summary.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/core/trade.hpp"

namespace obkit::backtest {

/// An account as it stands at a book, when all that this book caused is done.
struct BookState {
  DateTime time;
  Price bid, ask;
  double position = 0;            ///< signed size
  Money gross;                    ///< equity with the position at its mid price, before all costs
  Money fees, funding, slippage;  ///< so far

  [[nodiscard]] Money net() const { return gross - fees - funding - slippage; }
};

/// The equity of an account from a book on.
struct EquityStep {
  DateTime time;
  std::chrono::milliseconds clock{0};  ///< of the book, since 1970: never before that of the last
                                       ///< step, but behind a gap that closes
  Money gross, net;                    ///< with the position at its mid price
};

/// Called with the number of the account, from 0, and what happened; each may be empty.
struct Observer {
  std::function<void(std::size_t, const Trade&)> trade = {};
  std::function<void(std::size_t, const Execution&)> execution = {};
  std::function<void(std::size_t, const BookState&)> book = {};
  /// The first book that was acted on, then each at which the equity may be another: of an account
  /// in their order, but only catch_up() tells the last ones.
  std::function<void(std::size_t, const EquityStep&)> equity = {};
};

/// What is worked out of an account.
enum class Detail {
  all,
  money,  ///< of a Summary gross, costs and turnover; pre: nobody observes
};

/// Accounts that trade on one stream of books, each on its own signals, in flat memory but for a
/// number for each trade. What is asked of a book is worked out once for all of them.
///
/// A book is acted on when the next is known: the last book, the last before a gap and the last of
/// a day (where the options want one flat then) give no signal, they close what is open, and cancel
/// what is under way. Then one is flat until the next signal.
class Backtest {
 public:
  struct Setup {
    Options options = {};
    std::size_t accounts = 1;
    std::vector<FundingRate> funding = {};  ///< times ascend
    Detail detail = Detail::all;
  };

  /// Throws UsageError for bad options.
  Backtest(Setup setup, Observer observer);

  Backtest(const Backtest&) = delete;
  Backtest& operator=(const Backtest&) = delete;
  ~Backtest();

  /// The next book, and the signals that it gave: one for each account. Throws DataError when the
  /// book before had to be traded on and its visible levels hold less than the order.
  /// `trades` are the exchange's since the book before, where options.tape is known.
  void push(const OrderBook& book, std::span<const Signal> signals,
            std::span<const obkit::Trade> trades = {});
  void push(const OrderBook& book, Signal signal) { push(book, std::span{&signal, 1}); }

  /// No book follows. Throws as push().
  void finish();

  /// Tells Observer::equity of all books that were acted on.
  void catch_up();

  /// Of the books pushed and the trades closed so far. Pre: account < accounts.
  [[nodiscard]] Summary summary(std::size_t account = 0) const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace obkit::backtest
