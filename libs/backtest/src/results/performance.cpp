#include "obkit/backtest/performance.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace obkit::backtest {

void ReturnSums::add(double value) {
  sum += value;
  squares += value * value;
  if (value < 0) squares_below_zero += value * value;
}

void ReturnMeter::turn(std::int64_t minute) {
  minute_ = minute;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    Series& series = series_[i];
    const std::int64_t number = minute / periods[i].length.count();
    if (number == series.number) continue;
    series.number = number;
    series.sums.add((equity_ - series.begin).value());
    series.begin = equity_;
  }
}

std::array<ReturnSums, periods.size()> ReturnMeter::sums() const {
  std::array<ReturnSums, periods.size()> result;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    result[i] = series_[i].sums;
    result[i].add((equity_ - series_[i].begin).value());
  }
  return result;
}

void PeriodCounter::turn(std::int64_t minute) {
  minute_ = minute;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const std::int64_t number = minute / periods[i].length.count();
    if (number == numbers_[i] && counts_[i] > 0) continue;
    numbers_[i] = number;
    ++counts_[i];
  }
}

namespace {

/// Empty where a denominator is no more than what sums of doubles leave of zero.
std::optional<double> quotient(double dividend, double divisor) {
  return divisor > 0 ? std::optional{dividend / divisor} : std::nullopt;
}

}  // namespace

std::optional<Ratios> ratios_of(const std::array<ReturnSums, periods.size()>& sums,
                                const std::array<std::uint64_t, periods.size()>& counts,
                                Money deepest_drawdown) {
  std::size_t longest = periods.size();
  while (longest > 0 && counts[longest - 1] < fewest_periods) --longest;
  if (longest == 0) return std::nullopt;
  const Period& period = periods[longest - 1];
  const ReturnSums& of = sums[longest - 1];
  const auto n = static_cast<double>(counts[longest - 1]);
  const double mean = of.sum / n;
  const double deviation = std::sqrt(std::max(of.squares - n * mean * mean, 0.0) / (n - 1));
  const double downside = std::sqrt(of.squares_below_zero / n);
  const double root = std::sqrt(period.a_year);
  const double yearly = mean * period.a_year;
  return Ratios{.period = period,
                .count = counts[longest - 1],
                .yearly = yearly,
                .sharpe = quotient(mean * root, deviation),
                .sortino = quotient(mean * root, downside),
                .calmar = quotient(yearly, deepest_drawdown.value())};
}

}  // namespace obkit::backtest
