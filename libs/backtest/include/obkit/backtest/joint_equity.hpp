#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "obkit/backtest/backtest.hpp"
#include "obkit/backtest/money.hpp"
#include "obkit/backtest/performance.hpp"
#include "obkit/backtest/summary.hpp"
#include "obkit/core/time.hpp"

namespace obkit::backtest {

/// The equity of one account that trades on several markets: at any time the sum of what it has in
/// each. Steps of the markets are put in order of their clocks, at the same millisecond in order of
/// the markets. A clock that goes back counts as the latest before.
///
/// Memory: the steps that wait for those of other markets.
class JointEquity {
 public:
  /// `taker` is called with the joint equity at each step, in their order; may be empty.
  explicit JointEquity(std::size_t markets, std::function<void(const EquityStep&)> taker = {});

  /// The next step of a market. Throws MoneyRangeError, as all below.
  void add(std::size_t market, const EquityStep& step);

  /// What comes next, of all markets, at the earliest.
  struct Front {
    std::chrono::milliseconds clock{0};
    std::size_t market = 0;

    auto operator<=>(const Front&) const = default;
  };
  /// No step before the front comes any more.
  void pass(Front front);
  /// No step comes any more.
  void finish();

  /// Sets what depends on the order of what the markets did: drawdowns and returns. `now` is the
  /// clock at the end. Pre: finish() was called.
  void describe(Summary& summary, std::chrono::milliseconds now) const;

 private:
  struct Step {
    std::size_t market = 0;
    EquityStep of_market;
  };
  struct Market {
    std::vector<EquityStep> waiting;
    std::chrono::milliseconds clock{0};  ///< of the last step
    Money gross, net;                    ///< after the last step that was taken
  };

  template <class IsDue>
  void take_all(IsDue is_due);
  void take(const Step& step);

  std::function<void(const EquityStep&)> taker_;
  std::vector<Market> markets_;
  std::vector<Step> due_;
  std::chrono::milliseconds clock_{0};
  Money gross_, net_;
  DrawdownMeter drawdown_;
  ReturnMeter returns_;
};

/// Counts the periods in which any of several markets has books.
///
/// Memory: a number for each minute with books.
class JointPeriods {
 public:
  /// A book, in any order. Pre: there is such a time.
  void add(DateTime time);
  [[nodiscard]] std::array<std::uint64_t, periods.size()> counts() const;

 private:
  DateTime last_;                   ///< its minute, as the two integers have it
  std::set<std::int64_t> minutes_;  ///< since 1970
};

}  // namespace obkit::backtest
