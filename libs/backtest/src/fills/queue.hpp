#pragma once

#include "engine/market.hpp"

namespace obkit::backtest {

/// What books do not tell of a decrease of the volume at a price; each in [0, 1].
struct QueueShares {
  double ahead = 0.5;      ///< of what was cancelled, that stood before the order
  double shrinking = 0.1;  ///< traded, of a decrease that leaves volume at the price
  double vanishing = 0.5;  ///< traded, of one that leaves none
};

/// An order that rests at a price, behind the volume that was there when it came.
///
/// Of each decrease of the volume at the price, a share was traded and the rest cancelled. Cancels
/// before the order move it forward and never fill it. What was traded takes those that are still
/// before it, then fills the order, in parts where it is less than the order. The volume ahead is
/// never more than what is visible. Once the opposite best reaches the price, all of it is filled.
/// Its own volume moves nobody.
class QueueOrder {
 public:
  /// At the own side's best price. Pre: amount > 0.
  QueueOrder(Signal direction, Amount amount, const Market& market);

  /// What the newest book fills. Pre: called once for each book behind the one it was made at.
  [[nodiscard]] Amount observe(const Market& market, const QueueShares& shares);
  /// The same where the market knows the trades: what traded at the price takes those before the
  /// order, then fills it; the rest of a decrease was cancelled, `ahead` of it before the order. A
  /// trade through the price fills all of it.
  [[nodiscard]] Amount observe_trades(const Market& market, double ahead);
  /// Continuity was lost: to the back of the queue, at the same price; all of it is filled where
  /// the opposite best has reached the price.
  [[nodiscard]] Amount begin_again(const Market& market);

  /// Whether a better price than its own has appeared on its side.
  [[nodiscard]] bool is_outbid(const Market& market) const;

  [[nodiscard]] Signal direction() const { return direction_; }
  [[nodiscard]] Price price() const { return price_; }
  [[nodiscard]] Amount rest() const { return rest_; }  ///< not filled yet
  [[nodiscard]] double ahead() const { return ahead_; }

 private:
  [[nodiscard]] bool is_reached(const Market& market) const;
  /// Volume at the price has gone, and `visible` of it is left. What was traded behind all that
  /// stood before the order.
  double leave(double visible, const QueueShares& shares);
  void cancel(double left, double visible, double share);
  Amount fill(Amount amount);

  Signal direction_;
  Price price_;
  Amount rest_;
  double seen_;   ///< visible volume at the price, in the last book that showed it
  double ahead_;  ///< of that, what stands before the order
};

}  // namespace obkit::backtest
