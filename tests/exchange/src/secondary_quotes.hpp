#pragma once

#include <array>

#include "obkit/exchange/order_flow.hpp"

namespace obkit::exchange {

/// The secondary pool: one protected order a side, quoted anew when the primary best price comes
/// near it or leaves it behind.
class SecondaryQuotes {
 public:
  SecondaryQuotes(OrderFlow& primary, Timestamp now);

  /// What follows from the primary book as it is now: requotes, as removals and insertions.
  [[nodiscard]] OrderFlow::Changes follow(Timestamp now);
  /// Sell, then Buy.
  [[nodiscard]] std::vector<Row> rows() const { return {rows_.begin(), rows_.end()}; }

 private:
  [[nodiscard]] Row quote(Side side, Timestamp now);

  OrderFlow& primary_;
  std::array<std::int64_t, 2> ticks_{};
  std::array<Row, 2> rows_;
};

}  // namespace obkit::exchange
