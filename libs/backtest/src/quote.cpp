#include "obkit/backtest/quote.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "obkit/core/error.hpp"
#include "obkit/core/level_update.hpp"

#include "rounding.hpp"

namespace obkit::backtest {
namespace {

constexpr Money::Units billion = 1'000'000'000;

/// Size × price or size / price of one contract at one price; `size` in billionths.
Money::Units notional_units(std::int64_t size, Price price, Contract contract) {
  if (contract == Contract::linear) return Money::Units{size} * price.units();
  return divide_rounded(size * billion * billion, price.units());
}

/// Without trailing zeros.
Price shortest_price(std::int64_t units) {
  int decimals = Price::max_decimals;
  for (std::int64_t power = 10; decimals > 0 && units % power == 0; power *= 10) --decimals;
  return Price::from_units(units, decimals);
}

/// The price at which `size` at once has this notional.
Price average_price(std::int64_t size, Money::Units notional, Contract contract) {
  const Money::Units price = contract == Contract::linear
                                 ? divide_rounded(notional, size)
                                 : divide_rounded(size * billion * billion, notional);
  return shortest_price(static_cast<std::int64_t>(price));
}

Fill fill_at(Price price, std::int64_t size, Contract contract) {
  return {.price = price, .notional = Money::from_units(notional_units(size, price, contract))};
}

/// A volume in billionths, as far as `wanted` needs it.
std::int64_t take(double volume, std::int64_t wanted) {
  return volume * 1e9 >= static_cast<double>(wanted) ? wanted : to_billionths(volume);
}

/// Uses up level after level, from the best ask up or from the best bid down.
SideQuote walk(const OrderBook& book, Side side, const Options& options) {
  const std::int64_t size = to_billionths(options.size);
  const std::size_t best_ask = book.depth() / 2;
  std::int64_t rest = size;
  Money::Units notional = 0;
  SideQuote result;
  for (std::size_t i = 0; i < book.depth() / 2; ++i) {
    const std::size_t level = side == Side::ask ? best_ask + i : best_ask - 1 - i;
    const std::int64_t taken = take(book.volumes[level], rest);
    if (taken == size) return {.fill = fill_at(book.prices[level], size, options.contract)};
    notional += notional_units(taken, book.prices[level], options.contract);
    rest -= taken;
    if (rest == 0)
      return {.fill = Fill{.price = average_price(size, notional, options.contract),
                           .notional = Money::from_units(notional)}};
    result.visible += book.volumes[level];
  }
  return result;
}

void check_price(const OrderBook& book, Contract contract) {
  const Price lowest = std::min(book.prices.front(), book.best_ask());
  if (contract == Contract::inverse && lowest <= Price{})
    throw DataError{{.name = "book of " + format_iso(book.time)},
                    "an inverse contract has prices above 0, found " + to_string(lowest)};
}

}  // namespace

Quote quote(const OrderBook& book, const Options& options) {
  check_price(book, options.contract);
  if (options.fill == FillRule::taker)
    return {.buy = walk(book, Side::ask, options), .sell = walk(book, Side::bid, options)};
  const std::int64_t size = to_billionths(options.size);
  return {.buy = {.fill = fill_at(book.best_bid(), size, options.contract)},
          .sell = {.fill = fill_at(book.best_ask(), size, options.contract)}};
}

}  // namespace obkit::backtest
