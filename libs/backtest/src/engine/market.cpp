#include "engine/market.hpp"

#include <algorithm>
#include <cstddef>

#include "obkit/core/error.hpp"

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
  }
  result.visible = to_size(amount - rest);
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

namespace {

std::chrono::milliseconds since_1970(DateTime time) {
  const auto timestamp = to_timestamp(time);
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      timestamp.value_or(Timestamp{}).time_since_epoch());
}

/// HHMMSSmmm as milliseconds of the day.
std::chrono::milliseconds of_day(int time) {
  const int minutes = time / 10'000'000 * 60 + time / 100'000 % 100;
  return std::chrono::milliseconds{minutes * 60'000 + time % 100'000};
}

}  // namespace

void Market::push(const OrderBook& book, Clock clock) {
  check_prices(book, contract_);
  const bool is_first = book_.prices.empty();
  const bool moved = is_first || book.double_mid() != book_.double_mid();
  book_ = book;
  if (book.time.date != date_) {
    date_ = book.time.date;
    day_ = since_1970({.date = date_, .time = 0});
  }
  const auto time = day_ + of_day(book.time.time);
  time_ = is_first || clock == Clock::begins_again ? time : std::max(time_, time);
  taker_ = {};
  if (!moved) return;
  ++mid_moves_;
  value_.reset();
}

Price Market::own_best(Signal direction) const {
  return direction == Signal::buy ? book_.best_bid() : book_.best_ask();
}

Price Market::opposite_best(Signal direction) const {
  return direction == Signal::buy ? book_.best_ask() : book_.best_bid();
}

std::optional<double> Market::own_volume(Signal direction, Price price) const {
  const auto best_ask = book_.prices.begin() + static_cast<std::ptrdiff_t>(book_.depth() / 2);
  const bool buys = direction == Signal::buy;
  const auto first = buys ? book_.prices.begin() : best_ask;
  const auto last = buys ? best_ask : book_.prices.end();
  if (buys ? price < *first : price > *(last - 1)) return std::nullopt;
  const auto found = std::lower_bound(first, last, price);
  if (found == last || *found != price) return 0;
  return book_.volumes[static_cast<std::size_t>(found - book_.prices.begin())];
}

TakerQuote Market::taker(Signal direction, Amount amount) const {
  if (amount != amount_) return take(book_, direction, amount, contract_);
  auto& known = taker_.at(direction == Signal::buy ? 1 : 0);
  if (!known) known = take(book_, direction, amount, contract_);
  return *known;
}

Money Market::value(Amount amount) const {
  const auto worth = [&](Amount of) {
    const Money::Units double_mid = book_.double_mid().units();
    constexpr Money::Units two_squared_billions = 2'000'000'000'000'000'000;
    return Money::from_units(contract_ == Contract::linear
                                 ? divide_rounded(of * double_mid, 2)
                                 : -divide_rounded(of * two_squared_billions, double_mid));
  };
  if (amount == 0) return {};
  if (amount != amount_ && amount != -amount_) return worth(amount);
  if (!value_) value_ = worth(amount_);
  return amount > 0 ? *value_ : -*value_;
}

}  // namespace obkit::backtest
