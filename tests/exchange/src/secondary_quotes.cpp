#include "secondary_quotes.hpp"

#include <cstdlib>

namespace obkit::exchange {
namespace {

constexpr std::array sides{Side::ask, Side::bid};
/// Distances from the own side's best primary price, in ticks.
constexpr std::int64_t nearest = 3, farthest = 60;
constexpr double quoted_from = 6, quoted_span = 20;
/// Contracts: large and round, as the pool's orders were in 2026.
constexpr std::int64_t base_size = 1'000'000;
constexpr double size_span_lots = 400;

}  // namespace

SecondaryQuotes::SecondaryQuotes(OrderFlow& primary, Timestamp now) : primary_{primary} {
  for (std::size_t i = 0; i < sides.size(); ++i) {
    rows_[i] = quote(sides[i], now);
    ticks_[i] = rows_[i].price->units() / OrderFlow::price_of(1).units();
  }
}

OrderFlow::Changes SecondaryQuotes::follow(Timestamp now) {
  OrderFlow::Changes changes{now, {}, {}, {}};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const std::int64_t best = primary_.best_tick(sides[i]);
    const std::int64_t behind = sides[i] == Side::ask ? ticks_[i] - best : best - ticks_[i];
    if (behind >= nearest && behind <= farthest) continue;
    Row gone = rows_[i];
    gone.size.reset();
    gone.changed = now;
    changes.removed.push_back(gone);
    changes.inserted.push_back(rows_[i] = quote(sides[i], now));
    ticks_[i] = rows_[i].price->units() / OrderFlow::price_of(1).units();
  }
  return changes;
}

Row SecondaryQuotes::quote(Side side, Timestamp now) {
  const auto behind = static_cast<std::int64_t>(quoted_from + primary_.uniform() * quoted_span);
  const std::int64_t best = primary_.best_tick(side);
  const auto lots = static_cast<std::int64_t>(primary_.uniform() * size_span_lots);
  const Price price = OrderFlow::price_of(side == Side::ask ? best + behind : best - behind);
  return {primary_.fresh_id(), side, price, base_size + lots * OrderFlow::lot, now};
}

}  // namespace obkit::exchange
