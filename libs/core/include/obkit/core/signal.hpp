#pragma once

#include <cstdint>
#include <string_view>

namespace obkit {

enum class Signal : std::int8_t { sell = -1, wait = 0, buy = 1 };

/// "BUY", "SELL" or "WAIT".
[[nodiscard]] constexpr std::string_view to_string(Signal signal) {
  if (signal == Signal::wait) return "WAIT";
  return signal == Signal::buy ? "BUY" : "SELL";
}

}  // namespace obkit
