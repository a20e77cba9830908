#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <vector>

#include "obkit/backtest/summary.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/signal.hpp"

#include "engine/account.hpp"
#include "engine/market.hpp"
#include "engine/shared_orders.hpp"
#include "engine/wake_list.hpp"

namespace obkit::backtest {

/// Many accounts of which only the money counts. Those that stand alike are one account, until
/// their signals part them; each knows by how much its money differs from that account's. So the
/// work is that of the different ones: of a thousand thresholds some ten.
class Crowd {
 public:
  /// As Account. Pre: `rules` want Detail::money and have no exits, which hang on where a position
  /// began: most accounts would differ.
  Crowd(std::size_t accounts, const Account::Rules& rules, SharedOrders& orders);

  // As those of Account, for all of them. `signals`: [accounts].
  void act(const Market& market, std::span<const Signal> signals, bool orders_have_news);
  void close(const Market& market, Reason reason);
  void charge(const Market& market, std::int64_t rate);

  /// Money alone.
  [[nodiscard]] Summary summary(std::size_t number) const;

 private:
  using Number = std::uint32_t;  ///< of an account
  struct Group {
    Account account;
    std::vector<Number> members = {};
    /// Of these, who has something to do at this book, by signal: SELL, WAIT, BUY.
    std::array<std::vector<Number>, 3> woken = {};
  };
  using Place = std::list<Group>::iterator;
  struct Member {
    Place group;
    std::size_t place = 0;   ///< among its members
    Ledger::Totals besides;  ///< its own less those of the group's account
  };

  void wake(Number number, Signal signal);
  void act(const Market& market, Place group);
  [[nodiscard]] Place part(Place group, const std::vector<Number>& numbers);
  void join_alike();
  void join(Place group);
  void note(Place group);
  template <class Work>
  void for_each_group(Work work);

  std::list<Group> groups_;
  std::vector<Member> members_;  ///< [accounts]
  std::vector<Place> acting_;    ///< groups with somebody woken
  std::vector<Place> acted_;     ///< groups that acted at this book
  WakeList wake_list_;
};

}  // namespace obkit::backtest
