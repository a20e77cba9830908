#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "obkit/backtest/backtest.hpp"
#include "obkit/backtest/fill_model.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/backtest/summary.hpp"
#include "obkit/backtest/trade.hpp"

#include "engine/market.hpp"
#include "engine/shared_orders.hpp"

namespace obkit::backtest {

/// The books of an account: what it holds, what it paid, and the round trip that it is in.
class Ledger {
 public:
  explicit Ledger(ContractTerms terms) : terms_{terms} {}

  /// Returns the round trip, where the position is flat again: `reason` is why. Pre: the execution
  /// opens, grows or shrinks the position, it does not turn it.
  std::optional<Trade> book(const Execution& execution, Reason reason);
  /// Paid for holding the position. Pre: position() != 0.
  void charge(Money funding);

  /// Of all that was done so far.
  struct Totals {
    /// Got minus paid for all that was bought and sold, before all costs. While flat, it is the
    /// sum of the gross of all trades.
    Money cash;
    Money fees, funding, slippage;
    Money turnover;  ///< notional of all executions, without sign: prices may be negative

    /// All that is taken from gross.
    [[nodiscard]] Money costs() const { return fees + funding + slippage; }
    Totals& operator+=(const Totals& other);
    Totals operator-() const;
  };

  /// Signed: what is held, or owed.
  [[nodiscard]] Amount position() const { return position_; }
  [[nodiscard]] const Totals& totals() const { return totals_; }

 private:
  /// One end of a round trip.
  struct Leg {
    Amount amount = 0;
    Money notional;
    Price price;  ///< of the first fill
    bool one_price = true;

    void add(const Execution& execution);
    [[nodiscard]] Price average(ContractTerms terms) const;
  };

  Trade end(const Execution& last, Reason reason);

  Amount position_ = 0;
  ContractTerms terms_;
  Totals totals_;
  Trade trade_;  ///< as far as it is known
  Money cash_before_;
  std::chrono::milliseconds opened_{0};  ///< by the market's clock
  Leg in_, out_;
};

/// Called with what an account does; each may be empty.
struct AccountObserver {
  std::function<void(const Trade&)> trade = {};
  std::function<void(const Execution&)> execution = {};
  std::function<void(const EquityStep&)> equity = {};
};

/// One who trades on the signals of a market: flat until the first signal that is not WAIT, then
/// wanting to be in the market always, on the side of the last such signal.
///
/// For each book of the market one of act() and close() is called, when it is known whether the
/// next one continues it. act() is left out where the account has nothing to do: the signal is WAIT
/// or the settled one, its order has no news, and the market will not forget a move of the mid
/// price.
class Account {
 public:
  /// How it trades: `model` fills its orders, whatever the options name.
  struct Rules {
    Options options;
    FillModel model;
    Detail detail = Detail::all;
    Amount size = to_amount(options.size);
  };

  /// `rules`, and `orders`, among which its orders rest, must outlive it. Pre: check(options)
  /// passed.
  Account(const Rules& rules, SharedOrders& orders, AccountObserver observer);

  /// The signal of the market's last book counts, and whatever is due is done. Throws DataError
  /// when the book shows less than an order that crosses the spread needs.
  void act(const Market& market, Signal signal);

  /// The one signal besides WAIT that asks for nothing; empty where any does.
  [[nodiscard]] std::optional<Signal> settled_signal() const {
    return restless_ ? std::nullopt : std::optional{wanted_};
  }
  /// That rests; null where none does.
  [[nodiscard]] const SharedOrder* order() const { return order_.get(); }
  /// Whether both do the same from now on, whatever comes. Pre: there are no exits.
  [[nodiscard]] bool is_like(const Account& other) const;

  /// The market's last book gives no signal: it closes what is open and cancels what is under way.
  /// Throws as act().
  void close(const Market& market, Reason reason);

  /// Funding of `rate` (billionths of a millionth of the notional at the mid price) falls due: who
  /// bought pays where it is above zero, who sold receives. Pre: act() or close() was called.
  void charge(const Market& market, std::int64_t rate);

  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  /// Cash and what the position is worth at the mid price, before all costs.
  [[nodiscard]] Money gross(const Market& market) const;
  /// Of the trades closed so far; what an account does not know (books, observed time) is zero.
  /// Pre: act() or close() was called for the book before the market's last, or for that.
  [[nodiscard]] Summary summary(const Market& market) const;
  /// Follows and tells the equity of the books that it was not woken for. Pre: as summary().
  void catch_up(const Market& market);

 private:
  /// Where a position began: at the book of its first fill.
  struct Entry {
    std::chrono::milliseconds clock{0};
    Price double_mid;
  };
  /// An order on its way to the exchange.
  struct Message {
    enum class Kind { turn, requote, leave };
    std::chrono::milliseconds due;
    Kind kind;
    Signal direction;     ///< to turn to; of an order to move
    Reason reason;        ///< of what it closes
    std::uint64_t turns;  ///< how many had been received: a requote is of the order of its time
  };

  [[nodiscard]] std::chrono::milliseconds latency(const Market& market) const;
  /// What follows the net equity.
  struct Meters {
    DrawdownMeter drawdown;
    ReturnMeter returns;

    void add(const EquityStep& step, std::int64_t minute) {
      drawdown.add(step.time, step.clock, step.net);
      returns.add(minute, step.net);
    }
  };
  /// Calls `take` with the step and the minute of each move of the mid price since the last mark,
  /// but for that of the last book.
  template <class Take>
  void follow(const Market& market, Take take) const;
  void tell(const EquityStep& step, std::int64_t minute);
  void observe(const Market& market);
  void decide(const Market& market, Signal signal);
  /// Why what is held, or wanted, is to end at the market's last book; empty where it is not.
  [[nodiscard]] std::optional<Reason> exit(const Market& market, Signal signal) const;
  void send(const Market& market, Message::Kind kind, Signal direction,
            Reason reason = Reason::reverse);
  void receive(const Market& market, const Message& message);
  void turn(const Market& market, Signal direction);
  void leave(const Market& market, Reason reason);
  void rest(const Market& market, Signal direction, Amount amount, Reason reason);
  void fill_resting(const Market& market, Amount amount);
  void fill_at_once(const Market& market, Signal direction, Amount amount, Reason reason);
  void execute(const Market& market, Execution execution, FeeKind fee_kind, Reason reason);
  void mark(const Market& market);
  void add(const Trade& trade);

  Signal wanted_ = Signal::wait;
  Signal left_ = Signal::wait;  ///< a side that was left while its signal stood, and still stands
  /// An order is under way, an exit may come, or money has moved since the last mark.
  bool restless_ = true;
  bool changed_ = true;  ///< money has moved since the last mark
  std::uint64_t marked_moves_ = 0;
  const Rules& rules_;
  SharedOrders& orders_;
  AccountObserver observer_;
  Ledger ledger_;
  std::vector<Message> messages_;       ///< the oldest first
  std::shared_ptr<SharedOrder> order_;  ///< may be null
  Reason order_reason_ = Reason::reverse;
  Entry entry_;                          ///< of the position that is held
  bool requote_under_way_ = false;       ///< of the order that rests
  std::uint64_t turns_ = 0;              ///< messages to turn that were received
  std::chrono::milliseconds placed_{0};  ///< when the order that rests did first
  Summary summary_;
  Meters meters_;
};

}  // namespace obkit::backtest
