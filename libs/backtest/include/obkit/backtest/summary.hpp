#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "obkit/backtest/drawdown.hpp"
#include "obkit/backtest/trade.hpp"

namespace obkit::backtest {

/// What a backtest comes to. What cannot be said, such as the mean of no trade, is empty.
struct Summary {
  std::uint64_t books = 0;
  std::uint64_t trades = 0;
  std::uint64_t wins = 0;  ///< trades with net > 0
  Money gross, fees, funding;
  Money gains, losses;  ///< sums of the net of trades above zero, and of the others, without sign
  Money turnover;       ///< notional of all that was bought and sold
  std::chrono::milliseconds held{0};      ///< the holding times of all trades together
  std::chrono::milliseconds observed{0};  ///< from book to book, without gaps that close
  std::optional<Drawdown> drawdown;       ///< of net equity at mid prices, book by book
  std::optional<Money> buy_and_hold;      ///< net of buying at the first book, selling at the last
  std::vector<double> nets;               ///< of each trade, in the order they were closed

  void add(const Trade& trade);

  [[nodiscard]] Money net() const { return gross - fees - funding; }
  [[nodiscard]] std::optional<double> win_rate() const;
  [[nodiscard]] std::optional<double> mean_net() const;
  /// Of mean_net(), as if trades did not depend on each other; from two trades on.
  [[nodiscard]] std::optional<double> standard_error() const;
  /// Gains per loss; empty without a loss.
  [[nodiscard]] std::optional<double> profit_factor() const;
  /// Share of the observed time in the market.
  [[nodiscard]] std::optional<double> exposure() const;
  [[nodiscard]] std::optional<double> mean_holding_seconds() const;
};

}  // namespace obkit::backtest
