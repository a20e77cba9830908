#pragma once

#include "report/curve.hpp"

namespace obkit::backtest {

/// Keeps the one of two books that is further by `measure`.
template <class Measure>
void keep_higher(CurveSample& kept, const CurveSample& other, Measure measure) {
  if (measure(other) > measure(kept)) kept = other;
}

/// Of equals the kept one stays, here and above.
template <class Measure>
void keep_lower(CurveSample& kept, const CurveSample& other, Measure measure) {
  if (measure(other) < measure(kept)) kept = other;
}

inline constexpr auto mid_of = [](const CurveSample& sample) { return sample.mid(); };
inline constexpr auto gross_of = [](const CurveSample& sample) { return sample.gross; };
inline constexpr auto net_of = [](const CurveSample& sample) { return sample.net; };
inline constexpr auto drawdown_of = [](const CurveSample& sample) { return sample.drawdown; };

/// The silence between two neighbours, if there is one.
[[nodiscard]] inline Silence between(const CurveSample& before, const CurveSample& after) {
  const std::int64_t length = after.time - before.time;
  if (length <= Curve::shortest_silence) return {};
  return {.length = length, .before = before, .after = after};
}

}  // namespace obkit::backtest
