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
  const bool is_known = !fills_.empty() && fills_.back().clock == clock &&
                        fills_.back().direction == direction &&
                        fills_.back().double_mid == double_mid;
  if (!is_known)
    fills_.push_back({.clock = clock, .direction = direction, .double_mid = double_mid});
  fills_.back().accounts.push_back(account);
}

void Markouts::pass(std::chrono::milliseconds clock, Price double_mid) {
  for (std::size_t i = 0; i < adverse_horizons.size(); ++i) {
    for (std::size_t& next = passed_[i]; next < fills_.size(); ++next) {
      const Fills& fills = fills_[next];
      if (fills.clock + adverse_horizons[i].span >= clock) break;
      const double move = adverse_move(fills.direction, fills.double_mid, double_mid);
      for (const std::size_t account : fills.accounts) moves_[account][i].add(move);
    }
  }
  const std::size_t done = passed_.back();  // the longest
  fills_.erase(fills_.begin(), fills_.begin() + static_cast<std::ptrdiff_t>(done));
  for (std::size_t& passed : passed_) passed -= done;
}

void Markouts::forget() {
  fills_.clear();
  passed_ = {};
}

}  // namespace obkit::backtest
