#pragma once

#include "obkit/core/signal.hpp"

namespace obkit::signals {

enum class Polarity { normal, inverted };

/// BUY when score > threshold, SELL when score < −threshold, else WAIT; the other way round when
/// inverted. Pre: threshold in [0, 1].
[[nodiscard]] constexpr Signal decide(double score, double threshold, Polarity polarity) {
  // Without branches, which nobody could guess: a sweep decides twenty times a book.
  const int direction = int{score > threshold} - int{score < -threshold};
  return static_cast<Signal>(polarity == Polarity::inverted ? -direction : direction);
}

}  // namespace obkit::signals
