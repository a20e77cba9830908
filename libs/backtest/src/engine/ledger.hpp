#pragma once

#include <optional>

#include "obkit/backtest/trade.hpp"

namespace obkit::backtest {

/// The books of an account: what it holds, what it paid, and the round trip that it is in.
class Ledger {
 public:
  explicit Ledger(Contract contract) : contract_{contract} {}

  /// Returns the round trip, where the position is flat again: `reason` is why. Pre: the execution
  /// opens, grows or shrinks the position, it does not turn it.
  std::optional<Trade> book(const Execution& execution, Reason reason);
  /// Paid for holding the position. Pre: position() != 0.
  void charge(Money funding);

  /// Signed: what is held, or owed.
  [[nodiscard]] Amount position() const { return position_; }
  /// Got minus paid for all that was bought and sold, before fees and funding. While flat, it is
  /// the sum of the gross of all trades.
  [[nodiscard]] Money cash() const { return cash_; }
  /// Of all executions so far.
  [[nodiscard]] Money fees() const { return fees_; }
  [[nodiscard]] Money funding() const { return funding_; }
  /// Notional of all executions so far.
  [[nodiscard]] Money turnover() const { return turnover_; }

 private:
  /// One end of a round trip.
  struct Leg {
    Amount amount = 0;
    Money notional;
    Price price;  ///< of the first fill
    bool one_price = true;

    void add(const Execution& execution);
    [[nodiscard]] Price average(Contract contract) const;
  };

  Trade end(DateTime time, Reason reason);

  Amount position_ = 0;
  Contract contract_;
  Money cash_, fees_, funding_, turnover_;
  Trade trade_;  ///< as far as it is known
  Money cash_before_;
  Leg in_, out_;
};

}  // namespace obkit::backtest
