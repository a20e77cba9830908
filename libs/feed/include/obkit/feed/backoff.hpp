#pragma once

#include <chrono>
#include <random>

namespace obkit::feed {

/// Pauses between attempts: they double up to a limit, and vary so that many clients do not come
/// back at once.
class Backoff {
 public:
  struct Limits {
    std::chrono::milliseconds first{1000};
    std::chrono::milliseconds longest{60000};
    /// A connection that stood so long makes the next pause a first one again.
    std::chrono::milliseconds steady{30000};
  };

  explicit Backoff(Limits limits) : limits_{limits}, next_{limits.first} {}

  /// Between half and the whole of 1, 2, 4, ... times the first pause.
  [[nodiscard]] std::chrono::milliseconds pause(std::mt19937& random);
  /// A connection ended that had stood for `lifetime`.
  void stood(std::chrono::milliseconds lifetime);

 private:
  Limits limits_;
  std::chrono::milliseconds next_;
};

}  // namespace obkit::feed
