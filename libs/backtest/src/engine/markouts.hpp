#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "obkit/backtest/summary.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/signal.hpp"

namespace obkit::backtest {

/// How far the mid price moved against fills some time after them, for each of
/// `adverse_horizons`. Memory for the fills of the longest of these.
class Markouts {
 public:
  explicit Markouts(std::size_t accounts) : moves_(accounts) {}

  /// A fill at a book of this clock and mid price. Pre: clocks do not go back.
  void add(std::size_t account, std::chrono::milliseconds clock, Signal direction,
           Price double_mid);
  /// The mid price stands at `double_mid` until just before `clock`.
  void pass(std::chrono::milliseconds clock, Price double_mid);
  /// Nobody knows what comes after the fills so far.
  void forget();

  [[nodiscard]] const AdverseMoves& of(std::size_t account) const { return moves_.at(account); }

 private:
  /// Those of one book in one direction: of many accounts, many fill together.
  struct Fills {
    std::chrono::milliseconds clock;
    Signal direction;
    Price double_mid;
    std::vector<std::size_t> accounts = {};
  };

  std::deque<Fills> fills_;  ///< that wait for a horizon, in the order of their clocks
  std::array<std::size_t, adverse_horizons.size()> passed_{};  ///< of these, by each horizon
  std::vector<AdverseMoves> moves_;
};

}  // namespace obkit::backtest
