#pragma once

#include <cassert>
#include <chrono>
#include <cstdint>

#include "obkit/core/time.hpp"

namespace obkit::backtest {

/// Since 1970, UTC. Pre: there is such a day and time of day.
[[nodiscard]] inline std::int64_t milliseconds(DateTime time) {
  const auto timestamp = to_timestamp(time);
  assert(timestamp);
  return std::chrono::floor<std::chrono::milliseconds>(timestamp->time_since_epoch()).count();
}

}  // namespace obkit::backtest
