#pragma once

#include "engine/market.hpp"

namespace obkit::backtest {

/// An order of an account that waits at a price of its own side.
class RestingOrder {
 public:
  RestingOrder() = default;
  RestingOrder(const RestingOrder&) = delete;
  RestingOrder& operator=(const RestingOrder&) = delete;
  virtual ~RestingOrder() = default;

  /// What the newest book fills. Pre: called once for each book behind the one it was made at.
  [[nodiscard]] virtual Amount observe(const Market& market) = 0;
  /// As observe(), for a book in front of which continuity was lost.
  [[nodiscard]] virtual Amount begin_again(const Market& market) = 0;
  /// Whether a better price than its own has appeared on its side.
  [[nodiscard]] virtual bool is_outbid(const Market& market) const = 0;

  [[nodiscard]] virtual Signal direction() const = 0;
  [[nodiscard]] virtual Price price() const = 0;
  [[nodiscard]] virtual Amount rest() const = 0;  ///< not filled yet
};

}  // namespace obkit::backtest
