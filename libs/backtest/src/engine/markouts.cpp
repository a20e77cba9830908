#include "engine/markouts.hpp"

#include <cmath>

namespace obkit::backtest {
namespace {

/// In basis points of the mid price at the fill.
double adverse_move(Signal direction, Price before, Price after) {
  constexpr double per_one = 10'000;
  const double up = (after - before).value() / std::abs(before.value()) * per_one;
  return direction == Signal::buy ? -up : up;
}

}  // namespace

void Markouts::add(std::size_t account, std::chrono::milliseconds clock, Signal direction,
                   Price double_mid) {
  if (double_mid == Price{}) return;
  for (std::size_t i = 0; i < pending_.size(); ++i)
    pending_[i].push_back({.account = account,
                           .due = clock + adverse_horizons[i].span,
                           .direction = direction,
                           .double_mid = double_mid});
}

void Markouts::pass(std::chrono::milliseconds clock, Price double_mid) {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    auto& fills = pending_[i];
    for (; !fills.empty() && fills.front().due < clock; fills.pop_front()) {
      const Fill& fill = fills.front();
      moves_[fill.account][i].add(adverse_move(fill.direction, fill.double_mid, double_mid));
    }
  }
}

void Markouts::forget() {
  for (auto& fills : pending_) fills.clear();
}

}  // namespace obkit::backtest
