#include "obkit/exchange/order_flow.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

namespace obkit::exchange {
namespace {

/// Distances, in ticks from the opposite best price, at which orders come and go.
constexpr std::int64_t zone = 50;
/// How far from the own best price there are levels at least, in ticks.
constexpr std::int64_t reach = 150;
/// Rates in model time; only their ratios matter.
constexpr double limit_rate = 1.0;   ///< at distance 1
constexpr double decay = 0.9;        ///< exponent of the power law
constexpr double market_rate = 0.6;  ///< a side
constexpr double cancel_rate_per_order = 0.35;
/// Sizes: mostly small, at times large; means in lots.
constexpr double small_size = 12;
constexpr double large_size = 40;
constexpr double large_share = 0.1;
constexpr std::int64_t warm_up_events = 20'000;
constexpr std::uint64_t id_count = std::uint64_t{1} << 36U;

double by_distance(std::int64_t distance) {
  return std::pow(static_cast<double>(distance), -decay);
}

Side opposite(Side side) { return side == Side::bid ? Side::ask : Side::bid; }

}  // namespace

OrderFlow::OrderFlow(const OrderFlowOptions& options) : options_{options}, random_{options.seed} {
  assert(options.rate > 0);
  double sum = 0;
  for (std::int64_t distance = 1; distance <= zone; ++distance)
    limit_rates_.push_back(sum += limit_rate * by_distance(distance));
  const std::int64_t middle = options.first_price * ticks_per_one;
  add_order(Side::bid, -middle, random_size());
  add_order(Side::ask, middle + 1, random_size());
  extend(Side::bid);
  extend(Side::ask);
  for (std::int64_t i = 0; i < warm_up_events; ++i) step();
  const std::chrono::duration<double> model_time = now_.time_since_epoch();
  time_scale_ = static_cast<double>(warm_up_events) / model_time.count() / options.rate;
  for (Levels* side : {&bids_, &asks_})
    for (auto& [key, level] : *side) level.changed = options.start;
  now_ = options.start;
  trades_.clear();
  queue_.clear();
}

OrderFlow::Changes OrderFlow::next() {
  Changes changes;
  do {
    touched_.clear();
    trades_.clear();
    queue_.clear();
    step();
    changes = collect();
  } while (changes.removed.empty() && changes.updated.empty() && changes.inserted.empty());
  return changes;
}

void OrderFlow::step() {
  const double limits = limit_rates_.back();
  const double bid_cancels = cancel_rate(Side::bid);
  const double ask_cancels = cancel_rate(Side::ask);
  const double total = 2 * limits + 2 * market_rate + bid_cancels + ask_cancels;
  const std::chrono::duration<double> wait{-std::log1p(-uniform()) / total * time_scale_};
  now_ += std::chrono::duration_cast<std::chrono::nanoseconds>(wait);
  double at = uniform() * total;
  if (at < 2 * limits) return limit_order(at < limits ? Side::bid : Side::ask);
  at -= 2 * limits;
  if (at < 2 * market_rate) return market_order(at < market_rate ? Side::bid : Side::ask);
  at -= 2 * market_rate;
  if (at < bid_cancels) return cancel_order(Side::bid, at);
  cancel_order(Side::ask, at - bid_cancels);
}

void OrderFlow::limit_order(Side side) {
  const double at = uniform() * limit_rates_.back();
  const auto found = std::upper_bound(limit_rates_.begin(), limit_rates_.end(), at);
  const std::int64_t distance = std::min(found - limit_rates_.begin() + 1, zone);
  add_order(side, distance - levels(opposite(side)).begin()->first, random_size());
}

void OrderFlow::market_order(Side taken) {
  Levels& side = levels(taken);
  std::int64_t left = random_size();
  while (left > 0) {
    const auto best = side.begin();
    Level& level = best->second;
    touch(taken, best->first);
    const std::int64_t filled = std::min(left, level.orders.front());
    const std::int64_t tick = taken == Side::bid ? -best->first : best->first;
    trades_.push_back({0, now_, taken, price_of(tick), filled});
    note(QueueEvent::Kind::traded, taken, best->first, filled);
    left -= filled;
    level.size -= filled;
    level.orders.front() -= filled;
    if (level.orders.front() == 0) level.orders.erase(level.orders.begin());
    if (level.orders.empty()) side.erase(best);
  }
  extend(taken);
}

void OrderFlow::cancel_order(Side side, double at) {
  const std::int64_t other = levels(opposite(side)).begin()->first;
  for (auto& [key, level] : levels(side)) {
    if (key + other > zone) return;
    const double per_order = cancel_rate_per_order * by_distance(key + other);
    const double rate = per_order * static_cast<double>(level.orders.size());
    if (at >= rate) {
      at -= rate;
      continue;
    }
    if (levels(side).size() == 1) return;
    touch(side, key);
    const auto index = std::min(static_cast<std::size_t>(at / per_order), level.orders.size() - 1);
    const auto order = level.orders.begin() + static_cast<std::ptrdiff_t>(index);
    note(QueueEvent::Kind::cancelled, side, key, *order,
         std::accumulate(level.orders.begin(), order, std::int64_t{0}));
    level.size -= *order;
    level.orders.erase(order);
    if (level.orders.empty()) levels(side).erase(key);
    return extend(side);
  }
}

double OrderFlow::cancel_rate(Side side) const {
  const std::int64_t other = levels(opposite(side)).begin()->first;
  double sum = 0;
  for (const auto& [key, level] : levels(side)) {
    if (key + other > zone) break;
    sum += by_distance(key + other) * static_cast<double>(level.orders.size());
  }
  return sum * cancel_rate_per_order;
}

void OrderFlow::add_order(Side side, std::int64_t key, std::int64_t size) {
  touch(side, key);
  Level& level = levels(side)[key];
  if (level.orders.empty()) level.id = fresh_id();
  note(QueueEvent::Kind::joined, side, key, size, level.size);
  level.orders.push_back(size);
  level.size += size;
}

void OrderFlow::extend(Side side) {
  const Levels& all = levels(side);
  while (all.rbegin()->first - all.begin()->first < reach)
    add_order(side, all.rbegin()->first + (uniform() < 0.2 ? 2 : 1), random_size());
}

void OrderFlow::note(QueueEvent::Kind kind, Side side, std::int64_t key, std::int64_t size,
                     std::int64_t ahead) {
  queue_.push_back({.kind = kind,
                    .side = side,
                    .price = price_of(side == Side::bid ? -key : key),
                    .size = size,
                    .ahead = ahead});
}

void OrderFlow::touch(Side side, std::int64_t key) {
  const auto same = [&](const Before& one) { return one.side == side && one.key == key; };
  if (std::any_of(touched_.begin(), touched_.end(), same)) return;
  const auto found = levels(side).find(key);
  const bool exists = found != levels(side).end();
  touched_.push_back({side, key, exists ? found->second.id : 0, exists ? found->second.size : 0});
}

OrderFlow::Changes OrderFlow::collect() {
  Changes changes{now_, {}, {}, {}, std::exchange(trades_, {}), std::exchange(queue_, {})};
  for (const Before& before : touched_) {
    const auto found = levels(before.side).find(before.key);
    const bool exists = found != levels(before.side).end();
    const std::uint64_t id = exists ? found->second.id : 0;
    if (before.id != 0 && before.id != id) {
      Row gone = row(before.side, before.key, Level{before.id, {}, 0, now_});
      gone.size.reset();
      changes.removed.push_back(gone);
    }
    if (!exists) continue;
    if (before.id == id && before.size == found->second.size) continue;
    found->second.changed = now_;
    (before.id == id ? changes.updated : changes.inserted)
        .push_back(row(before.side, before.key, found->second));
  }
  return changes;
}

std::vector<Row> OrderFlow::rows() const {
  std::vector<Row> out;
  std::for_each(asks_.rbegin(), asks_.rend(),
                [&out](const auto& one) { out.push_back(row(Side::ask, one.first, one.second)); });
  for (const auto& [key, level] : bids_) out.push_back(row(Side::bid, key, level));
  return out;
}

Row OrderFlow::row(Side side, std::int64_t key, const Level& level) {
  const std::int64_t tick = side == Side::bid ? -key : key;
  return {level.id, side, price_of(tick), level.size, level.changed};
}

std::int64_t OrderFlow::best_tick(Side side) const {
  return side == Side::bid ? -bids_.begin()->first : asks_.begin()->first;
}

Price OrderFlow::price_of(std::int64_t tick) {
  constexpr std::int64_t units = Price::units_per_one / ticks_per_one;
  return Price::from_units(tick * units, tick % ticks_per_one == 0 ? 0 : 1);
}

std::uint64_t OrderFlow::fresh_id() {
  constexpr std::uint64_t odd = 0x5851F42D4C957F2D;  // an odd factor permutes 0 .. 2^36 - 1
  return options_.first_id + (++ids_issued_ * odd) % id_count;
}

double OrderFlow::uniform() {
  constexpr double unit = 0x1p-53;
  return static_cast<double>(random_() >> 11U) * unit;
}

std::int64_t OrderFlow::random_size() {
  const double mean = uniform() < large_share ? large_size : small_size;
  return lot * (1 + static_cast<std::int64_t>(-std::log1p(-uniform()) * (mean - 1)));
}

}  // namespace obkit::exchange
