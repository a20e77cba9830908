#pragma once

#include <chrono>
#include <optional>

#include "obkit/core/time.hpp"

namespace obkit::exchange {

/// How the market's time runs along the wall's: from `start` at begin(), `speed` times as fast;
/// without a speed, events are due at once.
class MarketClock {
 public:
  using Wall = std::chrono::steady_clock::time_point;

  MarketClock(Timestamp start, std::optional<double> speed) : start_{start}, speed_{speed} {}

  void begin(Wall now) { begun_ = now; }
  [[nodiscard]] bool has_begun() const { return begun_.has_value(); }
  [[nodiscard]] bool is_paced() const { return speed_.has_value(); }

  /// When the wall's clock shows this market time. Pre: has_begun() and is_paced().
  [[nodiscard]] Wall due(Timestamp time) const {
    const std::chrono::duration<double, std::nano> market = time - start_;
    return *begun_ + std::chrono::duration_cast<Wall::duration>(market / *speed_);
  }

  /// The market's time; `last` (of the last event) where the clock does not tell.
  [[nodiscard]] Timestamp now(Wall wall, Timestamp last) const {
    if (!begun_ || !speed_) return last;
    const std::chrono::duration<double, std::nano> elapsed = wall - *begun_;
    return start_ + std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed * *speed_);
  }

 private:
  Timestamp start_;
  std::optional<double> speed_;
  std::optional<Wall> begun_;
};

}  // namespace obkit::exchange
