#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace obkit::neural {

/// What lies above a threshold of the scores: shares, 0 to 1, of all falls and of all rises.
struct RocPoint {
  double falls = 0;
  double rises = 0;

  bool operator==(const RocPoint&) const = default;
};

/// From (0, 0) to (1, 1), neither share ever goes down. Empty: unknown.
using RocCurve = std::vector<RocPoint>;

/// The curve below which area_under_curve() lies: a point for each score that occurs. Samples of
/// neither class 0 nor 1 do not count. Empty unless both classes occur. O(n log n).
[[nodiscard]] RocCurve roc_curve(std::span<const double> scores,
                                 std::span<const std::uint8_t> classes);

/// Trapezoids below the curve; 0 where it is empty.
[[nodiscard]] double area_below(const RocCurve& curve);

struct WeightedCurve {
  RocCurve curve;
  double weight = 1;
};

/// The mean share of rises at each of `steps` + 1 shares of falls, evenly spread. Its area is the
/// mean of the areas to within 1 / `steps`. Curves that are empty do not count. A single curve of
/// no more points is itself.
/// Pre: steps > 0; weights above 0.
[[nodiscard]] RocCurve mean_curve(std::span<const WeightedCurve> curves, std::size_t steps);

}  // namespace obkit::neural
