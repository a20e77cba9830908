#pragma once

#include "obkit/core/signal.hpp"

namespace obkit::signals {

enum class Polarity { normal, inverted };

/// BUY when score > threshold, SELL when score < −threshold, else WAIT; the other way round when
/// inverted. Pre: threshold in [0, 1].
[[nodiscard]] constexpr Signal decide(double score, double threshold, Polarity polarity) {
  const bool inverted = polarity == Polarity::inverted;
  if (score > threshold) return inverted ? Signal::sell : Signal::buy;
  if (score < -threshold) return inverted ? Signal::buy : Signal::sell;
  return Signal::wait;
}

}  // namespace obkit::signals
