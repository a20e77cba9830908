#include "obkit/backtest/fill_model.hpp"

#include "engine/market.hpp"

namespace obkit::backtest::fills {

FillModel taker() {
  return {.name = FillRule::taker.name,
          .help = "crosses the spread, walks the levels",
          .leaves_out = "what the order does to the market",
          .quote = [](const Market& market, Signal direction,
                      Amount amount) { return market.taker(direction, amount); },
          .quote_fee = FeeKind::taker,
          .levels = levels_to_take};
}

}  // namespace obkit::backtest::fills
