#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "obkit/core/signal.hpp"

#include "engine/account.hpp"
#include "engine/market.hpp"
#include "engine/shared_orders.hpp"

namespace obkit::backtest {

/// Which of many accounts have something to do at a book: at most books few, so it looks at what
/// each waits for, side by side, and not at the accounts.
class WakeList {
 public:
  explicit WakeList(std::size_t accounts);

  /// What an account waits for from now on.
  void note(std::size_t number, const Account& account);

  /// Calls `wake` with the number of each account that has something to do at the market's last
  /// book, in their order. `signals`: [accounts]. Pre: it is called for each book, but for those at
  /// which all accounts do something.
  template <class Wake>
  void for_each(const Market& market, std::span<const Signal> signals, bool orders_have_news,
                Wake wake) {
    if (!find(market, signals, orders_have_news)) return;
    for (std::size_t i = next(0); i < wakes_.size(); i = next(i + 1)) wake(i);
  }

 private:
  /// Fills wakes_. Whether there is one.
  bool find(const Market& market, std::span<const Signal> signals, bool orders_have_news);
  bool find_asked(std::span<const Signal> signals);
  /// The first from there on that wakes; how many there are where none does.
  [[nodiscard]] std::size_t next(std::size_t from) const;

  // Of each account.
  std::vector<std::int8_t> settled_;        ///< Account::settled_signal()
  std::vector<const SharedOrder*> orders_;  ///< Account::order()
  std::vector<std::uint8_t> wakes_;         ///< 1: it has something to do
};

}  // namespace obkit::backtest
