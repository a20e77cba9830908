#include "report/histogram.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "report/number_text.hpp"

namespace obkit::backtest {
namespace {

constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

}  // namespace

Histogram::Histogram(std::vector<double> edges)
    : edges_{std::move(edges)}, counts_(edges_.size() - 1) {
  assert(edges_.size() >= 2 && std::ranges::is_sorted(edges_));
}

void Histogram::add(double value) {
  const auto above = std::ranges::upper_bound(edges_, value) - edges_.begin();
  const auto bins = static_cast<std::ptrdiff_t>(counts_.size());
  const auto bin = std::clamp<std::ptrdiff_t>(above - 1, 0, bins - 1);
  ++counts_[static_cast<std::size_t>(bin)];
  lowest_ = total_ == 0 ? value : std::min(lowest_, value);
  highest_ = total_ == 0 ? value : std::max(highest_, value);
  ++total_;
  sum_ += value;
}

double Histogram::mean() const { return total_ == 0 ? 0 : sum_ / static_cast<double>(total_); }

Histogram score_histogram() {
  constexpr int half = 20;  // bins from zero to one
  std::vector<double> edges;
  for (int i = -half; i <= half; ++i) edges.push_back(static_cast<double>(i) / half);
  return Histogram{std::move(edges)};
}

Histogram holding_histogram() {
  return Histogram{{0,           1,           2,           5,        10,         20,
                    50,          100,         200,         500,      second,     2 * second,
                    5 * second,  10 * second, 30 * second, minute,   2 * minute, 5 * minute,
                    10 * minute, 30 * minute, hour,        2 * hour, 5 * hour,   12 * hour,
                    day,         2 * day,     5 * day,     10 * day, 30 * day,   100 * day}};
}

std::string duration_text(double milliseconds) {
  struct Unit {
    double length;
    const char* name;
  };
  constexpr std::array<Unit, 4> units{
      {{day, "\u00a0d"}, {hour, "\u00a0h"}, {minute, "\u00a0min"}, {second, "\u00a0s"}}};
  for (const Unit& unit : units)
    if (milliseconds >= unit.length) return number_text(milliseconds / unit.length, 3) + unit.name;
  return number_text(milliseconds, 3) + "\u00a0ms";
}

}  // namespace obkit::backtest
