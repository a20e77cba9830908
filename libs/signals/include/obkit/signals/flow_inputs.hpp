#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "obkit/core/order_book.hpp"

namespace obkit::signals {

/// What the last books of a stream did, as 14 numbers, made anew with each book:
///
/// - imbalance() of the 1, 2, 5 and 20 levels nearest to the spread, or as many as there are;
/// - means of that of the best level which forget, half in 8 and 64 books;
/// - the flow of orders at the best levels, half of it forgotten in 2, 8, 32 and 128 books;
/// - that at the five best levels, likewise.
///
/// docs/learning.md has the formulas. Prices are only compared, never used as numbers. With bids
/// and asks of all books swapped, each number is negated exactly.
///
/// Source of the flow: Cont, Kukanov and Stoikov, "The Price Impact of Order Book Events" (2014).
class FlowInputs {
 public:
  static constexpr std::size_t count = 14;
  using Numbers = std::array<double, count>;

  /// Of the next book of the stream. A book with a gap begins anew, as if it were the first.
  /// Throws DataError where its volumes add up to more than a number holds. Pre: depth() >= 2.
  [[nodiscard]] Numbers next(const OrderBook& book);

 private:
  static constexpr std::size_t kept_levels = 8;

  /// Levels of one side, the best first.
  struct Side {
    std::array<Price, kept_levels> prices = {};
    std::array<double, kept_levels> volumes = {};
    std::size_t levels = 0;
  };
  struct Before {
    Side bids, asks;
  };

  [[nodiscard]] static Before nearest(const OrderBook& book);
  [[nodiscard]] static double best_change(const Side& before, const Side& now, int better);
  [[nodiscard]] static double deep_change(const Side& before, const Side& now);
  void remember(double imbalance, double volume);

  std::optional<Before> before_;                 ///< empty at the begin
  std::array<double, 2> means_ = {};             ///< of the best level's imbalance
  double usual_volume_ = 0;                      ///< of a best level, a mean that forgets
  std::array<double, 4> best_ = {}, deep_ = {};  ///< flows
};

}  // namespace obkit::signals
