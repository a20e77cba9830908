#include "obkit/feed/backoff.hpp"

#include <algorithm>

namespace obkit::feed {

std::chrono::milliseconds Backoff::pause(std::mt19937& random) {
  const auto whole = next_.count();
  next_ = std::min(next_ * 2, limits_.longest);
  // Not std::uniform_int_distribution: its draws differ between standard libraries.
  const auto share = static_cast<double>(random()) / static_cast<double>(std::mt19937::max());
  return std::chrono::milliseconds{
      static_cast<std::chrono::milliseconds::rep>(static_cast<double>(whole) * (1 + share) / 2)};
}

void Backoff::stood(std::chrono::milliseconds lifetime) {
  if (lifetime >= limits_.steady) next_ = limits_.first;
}

}  // namespace obkit::feed
