#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace obkit::backtest {

struct Interval {
  double low = 0, high = 0;
};

/// A 95 % interval of the mean of a series whose neighbours may depend on each other: the moving
/// block bootstrap, percentiles of 1000 resampled means. Blocks have n^(1/3) values, rounded up,
/// and begin anywhere. The same values and seed give the same interval.
///
/// Empty for fewer than 20 values, of which it would be far too narrow. O(1000 · n^(2/3)).
/// Source: Künsch, "The Jackknife and the Bootstrap for General Stationary Observations" (1989);
/// the block length after Hall, Horowitz and Jing, "On blocking rules for the bootstrap" (1995).
[[nodiscard]] std::optional<Interval> bootstrap_mean(std::span<const double> values,
                                                     std::uint64_t seed = 1);

}  // namespace obkit::backtest
