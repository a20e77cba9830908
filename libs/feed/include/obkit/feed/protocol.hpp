#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "obkit/feed/frame.hpp"

namespace obkit::feed {

/// What is to be recorded.
struct Subscription {
  std::vector<std::string> symbols;
  std::string pool;  ///< of liquidity; empty: the exchange's default
};

/// An exchange's side of the talk, pure: texts go in, events and requests come out. Knows no socket
/// and no clock, so a live connection and a capture go through the same code.
class Protocol {
 public:
  Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol() = default;

  /// A connection begins, whatever was before is forgotten. Returns what to send first.
  [[nodiscard]] virtual std::vector<std::string> open() = 0;

  /// What a message says. No input makes it fail: what it cannot understand is `malformed`. Valid,
  /// with what it refers to, until the next call. O(bytes).
  [[nodiscard]] virtual const Frame& decode(std::string_view text) = 0;

  /// What to send for a fresh image of one symbol, others undisturbed.
  [[nodiscard]] virtual std::vector<std::string> refresh(const std::string& symbol) = 0;
};

}  // namespace obkit::feed
