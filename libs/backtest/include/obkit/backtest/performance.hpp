#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "obkit/backtest/money.hpp"

namespace obkit::backtest {

/// A length of time over which returns are taken: minutes, hours and days of UTC.
struct Period {
  std::string_view name;  ///< "day"
  std::chrono::minutes length;
  double a_year = 0;  ///< how many: markets that never close have 365 days
};

/// The shortest first.
inline constexpr std::array periods{Period{"minute", std::chrono::minutes{1}, 365.0 * 24 * 60},
                                    Period{"hour", std::chrono::minutes{60}, 365.0 * 24},
                                    Period{"day", std::chrono::minutes{60 * 24}, 365.0}};

/// What the returns of periods add up to; a return is the change of net equity, in money.
struct ReturnSums {
  double sum = 0, squares = 0;
  double squares_below_zero = 0;  ///< of the returns that are

  void add(double value);
};

/// The changes of a net equity over minutes, hours and days.
class ReturnMeter {
 public:
  /// The equity from now on. Pre: `minute` (since 1970) is not below that of the last call, unless
  /// begin_again() was called.
  void add(std::int64_t minute, Money equity) {
    if (minute != minute_) turn(minute);
    equity_ = equity;
  }
  /// Of whole and begun periods, for each of `periods`.
  [[nodiscard]] std::array<ReturnSums, periods.size()> sums() const;

 private:
  struct Series {
    std::int64_t number = 0;  ///< of the period, since 1970
    Money begin;              ///< equity
    ReturnSums sums;
  };

  void turn(std::int64_t minute);

  std::int64_t minute_ = 0;
  Money equity_;
  std::array<Series, periods.size()> series_;
};

/// Counts the periods in which there are books, for each of `periods`.
class PeriodCounter {
 public:
  /// Of a book; minutes since 1970. Behind a step back, a period counts again.
  void add(std::int64_t minute) {
    if (minute != minute_ || counts_.front() == 0) turn(minute);
  }
  [[nodiscard]] const std::array<std::uint64_t, periods.size()>& counts() const { return counts_; }

 private:
  void turn(std::int64_t minute);

  std::int64_t minute_ = 0;
  std::array<std::int64_t, periods.size()> numbers_{};
  std::array<std::uint64_t, periods.size()> counts_{};
};

/// Returns over periods of one length, against what they varied. Sizes stay the same whatever was
/// earned, so returns are simple, and none of this depends on a capital.
struct Ratios {
  Period period;
  std::uint64_t count = 0;        ///< periods with books
  double yearly = 0;              ///< mean return × periods a year, in money
  std::optional<double> sharpe;   ///< mean / standard deviation (n − 1) × √(periods a year)
  std::optional<double> sortino;  ///< mean / √(Σ min(return, 0)² / n) × √(periods a year)
  std::optional<double> calmar;   ///< yearly / deepest drawdown
};

/// By the longest of `periods` that has at least `fewest_periods`; empty where none has.
/// Sources: Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994), with a riskless
/// return of 0; Sortino and Price, "Performance Measurement in a Downside Risk Framework", Journal
/// of Investing 3 (1994), with a target of 0; Young, "Calmar Ratio: A Smoother Tool", Futures 20
/// (1991), with all of the run in place of 36 months.
[[nodiscard]] std::optional<Ratios> ratios_of(
    const std::array<ReturnSums, periods.size()>& sums,
    const std::array<std::uint64_t, periods.size()>& counts, Money deepest_drawdown);

inline constexpr std::uint64_t fewest_periods = 20;

}  // namespace obkit::backtest
