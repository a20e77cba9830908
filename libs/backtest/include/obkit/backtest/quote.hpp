#pragma once

#include <cstdint>
#include <optional>

#include "obkit/backtest/money.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/core/signal.hpp"

namespace obkit::backtest {

/// A size, exact: billionths of a contract or coin, whatever the volumes of the books count.
using Amount = std::int64_t;

/// The nearest amount. Pre: |size| <= 4·10^9.
[[nodiscard]] Amount to_amount(double size);
[[nodiscard]] double to_size(Amount amount);

/// What an order got.
struct Fill {
  Price price;     ///< the average where several levels were used, rounded to nine decimals
  Money notional;  ///< linear: size × price in quote currency, exact; inverse: size / price in coin
};

/// What an order that crosses the spread would get.
struct TakerQuote {
  std::optional<Fill> fill;  ///< empty when the visible levels hold less than the amount
  double visible = 0;        ///< volume of those levels, where `fill` is empty
};

/// At one price. Pre: the price is above zero where the contract is inverse.
[[nodiscard]] Fill fill_at(Price price, Amount amount, Contract contract);

/// Buys (`direction` buy) from the best ask up, or sells from the best bid down, level by level.
/// Pre: as fill_at(), for all prices of the book. O(levels that the amount needs).
[[nodiscard]] TakerQuote take(const OrderBook& book, Signal direction, Amount amount,
                              Contract contract);

/// The price at which `amount` at once has this notional, rounded to nine decimals.
[[nodiscard]] Price average_price(Amount amount, Money notional, Contract contract);

/// Throws DataError for a price that is not above zero where the contract is inverse.
void check_prices(const OrderBook& book, Contract contract);

}  // namespace obkit::backtest
