#include "obkit/signals/imbalance.hpp"

#include <cassert>

namespace obkit::signals {

double imbalance(std::span<const double> volumes, std::size_t levels) {
  assert(volumes.size() % 2 == 0 && levels >= 1 && levels <= volumes.size() / 2);
  const std::size_t best_ask = volumes.size() / 2;
  double bid = 0;
  double ask = 0;
  for (std::size_t i = 0; i < levels; ++i) {
    bid += volumes[best_ask - 1 - i];
    ask += volumes[best_ask + i];
  }
  const double total = bid + ask;
  return total > 0 ? (bid - ask) / total : 0;
}

}  // namespace obkit::signals
