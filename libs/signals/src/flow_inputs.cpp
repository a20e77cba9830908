#include "obkit/signals/flow_inputs.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "obkit/core/error.hpp"
#include "obkit/signals/strategy.hpp"

namespace obkit::signals {
namespace {

constexpr std::array<std::size_t, 4> summed_levels{1, 2, 5, 20};
constexpr std::array<double, 2> half_lives_of_means{8, 64};
constexpr std::array<double, 4> half_lives_of_flows{2, 8, 32, 128};
constexpr double half_life_of_volume = 256;
constexpr std::size_t flow_levels = 5;  ///< that the deep flow looks at
constexpr double largest_flow = 5;      ///< of one book, in usual volumes

/// What a book leaves of a number, until the next one.
double kept(double half_life) { return std::exp2(-1 / half_life); }

void move_mean(double& mean, double value, double half_life) {
  mean += (1 - kept(half_life)) * (value - mean);
}

/// In usual volumes, within bounds; 0 where none is usual.
double as_flow(double change, double usual_volume) {
  return usual_volume > 0 ? std::clamp(change / usual_volume, -largest_flow, largest_flow) : 0;
}

void add_flow(std::array<double, 4>& sums, double flow) {
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i] = sums[i] * kept(half_lives_of_flows[i]) + flow;
}

}  // namespace

FlowInputs::Before FlowInputs::nearest(const OrderBook& book) {
  const std::size_t side = book.depth() / 2;
  Before now;
  now.bids.levels = now.asks.levels = std::min(kept_levels, side);
  for (std::size_t k = 0; k < now.bids.levels; ++k) {
    now.bids.prices[k] = book.prices[side - 1 - k];
    now.bids.volumes[k] = book.volumes[side - 1 - k];
    now.asks.prices[k] = book.prices[side + k];
    now.asks.volumes[k] = book.volumes[side + k];
  }
  return now;
}

/// Of the volume at the best level. `better` is the sign of a price's change for the better.
double FlowInputs::best_change(const Side& before, const Side& now, int better) {
  const Price from = before.prices.front(), to = now.prices.front();
  if (from == to) return now.volumes.front() - before.volumes.front();
  const bool is_better = better > 0 ? to > from : to < from;
  return is_better ? now.volumes.front() : -before.volumes.front();
}

/// Of the volumes at the best prices that were there before, the deeper the less.
double FlowInputs::deep_change(const Side& before, const Side& now) {
  double sum = 0;
  for (std::size_t k = 0; k < std::min(flow_levels, now.levels); ++k) {
    const auto end = before.prices.begin() + static_cast<std::ptrdiff_t>(before.levels);
    const auto found = std::find(before.prices.begin(), end, now.prices[k]);
    if (found == end) continue;
    const auto at = static_cast<std::size_t>(found - before.prices.begin());
    sum += (now.volumes[k] - before.volumes[at]) / static_cast<double>(1 + k);
  }
  return sum;
}

/// Means start at their first value.
void FlowInputs::remember(double imbalance, double volume) {
  if (!before_) {
    means_.fill(imbalance);
    usual_volume_ = volume;
    return;
  }
  for (std::size_t i = 0; i < means_.size(); ++i)
    move_mean(means_[i], imbalance, half_lives_of_means[i]);
  move_mean(usual_volume_, volume, half_life_of_volume);
}

FlowInputs::Numbers FlowInputs::next(const OrderBook& book) {
  assert(book.depth() >= 2);
  if (book.gap) *this = {};
  Numbers numbers{};
  auto* number = numbers.begin();
  for (const std::size_t levels : summed_levels)
    *number++ = imbalance(book.volumes, std::min(levels, book.depth() / 2));
  const Before now = nearest(book);
  const double volume = (now.bids.volumes.front() + now.asks.volumes.front()) / 2;
  if (!std::isfinite(volume) ||
      !std::ranges::all_of(numbers, [](double n) { return std::isfinite(n); }))
    throw DataError{{.name = "book of " + format_iso(book.time)},
                    "the volumes add up to more than a number can hold"};
  remember(numbers.front(), volume);
  if (before_) {
    const double best =
        best_change(before_->bids, now.bids, 1) - best_change(before_->asks, now.asks, -1);
    const double deep = deep_change(before_->bids, now.bids) - deep_change(before_->asks, now.asks);
    add_flow(best_, as_flow(best, usual_volume_));
    add_flow(deep_, as_flow(deep, usual_volume_));
  }
  before_ = now;
  number = std::ranges::copy(means_, number).out;
  for (const auto* flows : {&best_, &deep_})
    for (std::size_t i = 0; i < flows->size(); ++i)
      *number++ = (*flows)[i] / std::sqrt(half_lives_of_flows[i]);
  return numbers;
}

}  // namespace obkit::signals
