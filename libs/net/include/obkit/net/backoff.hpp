#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace obkit::net {

/// Pauses between attempts: they double up to a limit, and vary so that many clients do not come
/// back at once.
class Backoff {
 public:
  struct Limits {
    std::chrono::milliseconds first{1000};
    std::chrono::milliseconds longest{60000};
    /// After a connection that lasted so long the pauses begin with the first one again.
    std::chrono::milliseconds steady{30000};
  };

  explicit Backoff(Limits limits) : limits_{limits}, next_{limits.first} {}

  /// Between half and the whole of 1, 2, 4, ... times the first pause.
  [[nodiscard]] std::chrono::milliseconds pause(std::mt19937& random) {
    const auto whole = next_.count();
    next_ = std::min(next_ * 2, limits_.longest);
    return std::chrono::milliseconds{whole} - part(whole / 2, random);
  }

  /// A pause that the other side asks for, or a tenth more; never above `longest`.
  [[nodiscard]] static std::chrono::milliseconds asked(std::chrono::milliseconds whole,
                                                       std::chrono::milliseconds longest,
                                                       std::mt19937& random) {
    const auto wanted = std::clamp(whole, std::chrono::milliseconds{0}, longest);
    const auto more = part(wanted.count() / 10, random);
    return wanted + more <= longest ? wanted + more : longest - more;
  }

  /// A connection ended that had lasted for `lifetime`.
  void lasted(std::chrono::milliseconds lifetime) {
    if (lifetime >= limits_.steady) next_ = limits_.first;
  }

 private:
  /// Between nothing and the whole.
  static std::chrono::milliseconds part(std::chrono::milliseconds::rep whole,
                                        std::mt19937& random) {
    // Not std::uniform_int_distribution: its draws differ between standard libraries.
    const auto share = static_cast<double>(random()) / static_cast<double>(std::mt19937::max());
    return std::chrono::milliseconds{
        static_cast<std::chrono::milliseconds::rep>(static_cast<double>(whole) * share)};
  }

  Limits limits_;
  std::chrono::milliseconds next_;
};

}  // namespace obkit::net
