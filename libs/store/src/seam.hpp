#pragma once

#include <chrono>

#include "obkit/core/time.hpp"

namespace obkit::store {

/// Whether a file that begins at `begin` can continue one that ended at `end`.
[[nodiscard]] inline bool follows_closely(Timestamp begin, Timestamp end,
                                          std::chrono::seconds longest = std::chrono::seconds{60}) {
  return begin >= end && begin - end < longest;
}

}  // namespace obkit::store
