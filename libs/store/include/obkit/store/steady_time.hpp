#pragma once

#include <cstdint>

#include "obkit/core/time.hpp"

namespace obkit::store {

/// Times that never go back: one that would becomes the last one again, and is counted.
class SteadyTime {
 public:
  DateTime next(DateTime time) {
    if (time < last_) {
      ++clamped_;
      return last_;
    }
    return last_ = time;
  }
  /// No time before `time` will be given out.
  void raise_to(DateTime time) {
    if (last_ < time) last_ = time;
  }
  [[nodiscard]] std::uint64_t clamped() const { return clamped_; }

 private:
  DateTime last_;
  std::uint64_t clamped_ = 0;
};

}  // namespace obkit::store
