#include <cstddef>

#include "obkit/backtest/fill_model.hpp"

#include "engine/market.hpp"

namespace obkit::backtest::fills {

FillModel touch() {
  return {
      .name = FillRule::touch.name,
      .help = "own side's best price at once",
      .leaves_out = "the queue and the volume there: an upper bound",
      .quote =
          [](const Market& market, Signal direction, Amount amount) {
            return TakerQuote{.fill = fill_at(market.own_best(direction), amount, market.terms())};
          },
      .quote_fee = FeeKind::maker,
      .levels = [](const OrderBook&, Amount) { return std::size_t{1}; }};
}

}  // namespace obkit::backtest::fills
