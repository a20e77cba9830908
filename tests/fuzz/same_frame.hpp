#pragma once

#include <algorithm>

#include "obkit/feed/protocol.hpp"

#include "fuzz.hpp"

namespace obkit::fuzz {

inline bool is_same(const BookUpdate& a, const BookUpdate& b) {
  return a.kind == b.kind && a.symbol == b.symbol && a.pool == b.pool && a.time == b.time &&
         a.lost == b.lost && a.levels == b.levels;
}

inline bool is_same(const TradeUpdate& a, const TradeUpdate& b) {
  return a.symbol == b.symbol && a.trades == b.trades;
}

/// Of one message, read the fast way and simdjson's. The fast way takes nothing but changes of
/// books; of a broken frame that says none, simdjson may say one thing or another, as the bytes
/// behind it are.
inline void require_same(const feed::Frame& fast, const feed::Frame& slow) {
  const bool says_nothing = fast.updates.empty() && slow.updates.empty();
  require(says_nothing ||
          (fast.kind == slow.kind &&
           std::equal(fast.updates.begin(), fast.updates.end(), slow.updates.begin(),
                      slow.updates.end(),
                      [](const BookUpdate& a, const BookUpdate& b) { return is_same(a, b); })));
}

}  // namespace obkit::fuzz
