#include "obkit/signals/imbalance.hpp"

#include <array>
#include <cassert>
#include <cstddef>

namespace obkit::signals {
namespace {

/// Of `count` volumes from `first` on, in the direction of `step`. Four sums side by side, since
/// each has to wait for the one before.
template <std::ptrdiff_t step>
double sum(const double* first, std::size_t count) {
  const auto volume = [&](std::size_t i) { return first[step * static_cast<std::ptrdiff_t>(i)]; };
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= count; i += sums.size())
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += volume(i + k);
  for (; i < count; ++i) sums[0] += volume(i);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

double imbalance(std::span<const double> volumes, std::size_t levels) {
  assert(volumes.size() % 2 == 0 && levels >= 1 && levels <= volumes.size() / 2);
  const std::size_t best_ask = volumes.size() / 2;
  const double bid = sum<-1>(volumes.data() + best_ask - 1, levels);
  const double ask = sum<1>(volumes.data() + best_ask, levels);
  const double total = bid + ask;
  return total > 0 ? (bid - ask) / total : 0;
}

}  // namespace obkit::signals
