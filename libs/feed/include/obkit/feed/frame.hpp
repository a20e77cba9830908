#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/level_update.hpp"

namespace obkit::feed {

/// What one message of an exchange says, in words that all exchanges share.
struct Frame {
  enum class Kind {
    greeting,    ///< the exchange introduces itself
    subscribed,  ///< `text` the topic, `pool` the pool of it where it is told
    refused,     ///< a request was turned down: `status`, `text`, `retry_after`, `passes`
    pong,
    book,       ///< `updates`, one a symbol
    other,      ///< legal and of no interest to a book
    malformed,  ///< not what the protocol allows: `text` says what
  };

  Kind kind = Kind::other;
  std::string text;
  std::string pool;
  int status = 0;
  bool passes = false;  ///< of a refusal: nobody needs to mend anything, later it will do
  std::optional<std::chrono::seconds> retry_after;
  std::span<const BookUpdate> updates;
  std::vector<std::string> replies;  ///< requests that the exchange waits for now

  /// As a new one, but for memory that can be used again.
  void clear() {
    kind = Kind::other;
    text.clear();
    pool.clear();
    status = 0;
    passes = false;
    retry_after.reset();
    updates = {};
    replies.clear();
  }
};

}  // namespace obkit::feed
