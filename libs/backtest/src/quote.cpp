#include "obkit/backtest/quote.hpp"

#include <algorithm>
#include <cstddef>

#include "obkit/core/error.hpp"

#include "rounding.hpp"

namespace obkit::backtest {
namespace {

constexpr Money::Units billion = 1'000'000'000;

/// Size × price or size / price of one contract at one price.
Money::Units notional_units(Amount amount, Price price, Contract contract) {
  if (contract == Contract::linear) return Money::Units{amount} * price.units();
  return divide_rounded(amount * billion * billion, price.units());
}

/// Without trailing zeros.
Price shortest_price(std::int64_t units) {
  int decimals = Price::max_decimals;
  for (std::int64_t power = 10; decimals > 0 && units % power == 0; power *= 10) --decimals;
  return Price::from_units(units, decimals);
}

/// A volume as an amount, as far as `wanted` needs it.
Amount take_of(double volume, Amount wanted) {
  return volume * 1e9 >= static_cast<double>(wanted) ? wanted : to_billionths(volume);
}

}  // namespace

Amount to_amount(double size) { return to_billionths(size); }

double to_size(Amount amount) { return static_cast<double>(amount) / 1e9; }

Fill fill_at(Price price, Amount amount, Contract contract) {
  return {.price = price, .notional = Money::from_units(notional_units(amount, price, contract))};
}

TakerQuote take(const OrderBook& book, Signal direction, Amount amount, Contract contract) {
  const std::size_t best_ask = book.depth() / 2;
  Amount rest = amount;
  Money::Units notional = 0;
  TakerQuote result;
  for (std::size_t i = 0; i < book.depth() / 2; ++i) {
    const std::size_t level = direction == Signal::buy ? best_ask + i : best_ask - 1 - i;
    const Amount taken = take_of(book.volumes[level], rest);
    if (taken == amount) return {.fill = fill_at(book.prices[level], amount, contract)};
    notional += notional_units(taken, book.prices[level], contract);
    rest -= taken;
    const Money total = Money::from_units(notional);
    if (rest == 0)
      return {.fill = Fill{.price = average_price(amount, total, contract), .notional = total}};
    result.visible += book.volumes[level];
  }
  return result;
}

Price average_price(Amount amount, Money notional, Contract contract) {
  const Money::Units price = contract == Contract::linear
                                 ? divide_rounded(notional.units(), amount)
                                 : divide_rounded(amount * billion * billion, notional.units());
  return shortest_price(static_cast<std::int64_t>(price));
}

void check_prices(const OrderBook& book, Contract contract) {
  const Price lowest = std::min(book.prices.front(), book.best_ask());
  if (contract == Contract::inverse && lowest <= Price{})
    throw DataError{{.name = "book of " + format_iso(book.time)},
                    "an inverse contract has prices above 0, found " + to_string(lowest)};
}

}  // namespace obkit::backtest
