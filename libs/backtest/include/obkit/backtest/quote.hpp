#pragma once

#include <optional>

#include "obkit/backtest/money.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/core/order_book.hpp"

namespace obkit::backtest {

/// What an order got.
struct Fill {
  Price price;     ///< the average where several levels were used, rounded to nine decimals
  Money notional;  ///< linear: size × price in quote currency, exact; inverse: size / price in coin
};

/// What an order of the given size would get on one side of a book.
struct SideQuote {
  std::optional<Fill> fill;  ///< empty when the visible levels hold less than the size
  double visible = 0;        ///< volume of those levels, where `fill` is empty
};

/// What buying and selling would get, each alone on the whole visible book.
struct Quote {
  SideQuote buy, sell;
};

/// Pre: check(options) passed. Throws DataError for an inverse contract at a price that is not
/// above zero. O(levels that the size needs).
[[nodiscard]] Quote quote(const OrderBook& book, const Options& options);

}  // namespace obkit::backtest
