#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "obkit/core/level_update.hpp"

namespace obkit::feed {

/// What one message of an exchange says, in words that all exchanges share.
struct Frame {
  enum class Kind {
    greeting,    ///< the exchange introduces itself
    subscribed,  ///< `text` the topic, `pool` the pool of it where it is told
    refused,     ///< a request was turned down: `status`, `text`, `retry_after`
    pong,
    book,       ///< `updates`, one a symbol
    other,      ///< legal and of no interest to a book
    malformed,  ///< not what the protocol allows: `text` says what
  };

  Kind kind = Kind::other;
  std::string text;
  std::string pool;
  int status = 0;
  std::optional<std::chrono::seconds> retry_after;
  std::span<const BookUpdate> updates;
};

}  // namespace obkit::feed
