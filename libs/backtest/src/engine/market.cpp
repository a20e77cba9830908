#include "engine/market.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"

namespace obkit::backtest {
namespace {

constexpr std::int64_t billion = 1'000'000'000;

/// value × size / scale, of a value of either sign.
Money::Units scaled(Money::Units value, std::int64_t size, std::int64_t scale) {
  const Money::Units positive = multiply_rounded(value < 0 ? -value : value, size, scale);
  return value < 0 ? -positive : positive;
}

/// Size × price or size / price at one price, of contracts of a size.
Money::Units notional_units(Amount amount, Price price, ContractTerms terms) {
  const Money::Units units = Money::Units{amount} * terms.size;
  if (terms.kind == Contract::inverse) return divide_rounded(units * billion, price.units());
  return scaled(Money::Units{amount} * price.units(), terms.size, billion);
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

Fill fill_at(Price price, Amount amount, ContractTerms terms) {
  return {.price = price, .notional = Money::from_units(notional_units(amount, price, terms))};
}

TakerQuote take(const OrderBook& book, Signal direction, Amount amount, ContractTerms terms) {
  const std::size_t best_ask = book.depth() / 2;
  Amount rest = amount;
  Money::Units notional = 0;
  TakerQuote result;
  for (std::size_t i = 0; i < book.depth() / 2; ++i) {
    const std::size_t level = direction == Signal::buy ? best_ask + i : best_ask - 1 - i;
    const Amount taken = take_of(book.volumes[level], rest);
    if (taken == amount) return {.fill = fill_at(book.prices[level], amount, terms)};
    notional += notional_units(taken, book.prices[level], terms);
    rest -= taken;
    const Money total = Money::from_units(notional);
    if (rest == 0)
      return {.fill = Fill{.price = average_price(amount, total, terms), .notional = total}};
  }
  result.visible = to_size(amount - rest);
  return result;
}

std::size_t levels_to_take(const OrderBook& book, Amount amount) {
  const std::size_t side = book.depth() / 2;
  Amount bid = amount, ask = amount;  // still wanted
  for (std::size_t i = 0; i < side; ++i) {
    bid -= take_of(book.volumes[side - 1 - i], bid);
    ask -= take_of(book.volumes[side + i], ask);
    if (bid == 0 && ask == 0) return i + 1;
  }
  return side;
}

Price average_price(Amount amount, Money notional, ContractTerms terms) {
  const Money::Units units = Money::Units{amount} * terms.size;
  // The quotient apart from the remainder, because the whole product may not fit.
  const Money::Units price = terms.kind == Contract::linear
                                 ? notional.units() / units * billion +
                                       divide_rounded(notional.units() % units * billion, units)
                                 : divide_rounded(units * billion, notional.units());
  return shortest_price(static_cast<std::int64_t>(price));
}

void check_prices(const OrderBook& book, Contract contract) {
  const Price lowest = std::min(book.prices.front(), book.best_ask());
  if (contract == Contract::inverse && lowest <= Price{})
    throw DataError{{.name = "book of " + format_iso(book.time)},
                    "an inverse contract has prices above 0, found " + to_string(lowest)};
}

namespace {

/// HHMMSSmmm as milliseconds of the day.
std::chrono::milliseconds of_day(int time) {
  const int minutes = time / 10'000'000 * 60 + time / 100'000 % 100;
  return std::chrono::milliseconds{minutes * 60'000 + time % 100'000};
}

}  // namespace

void Market::push(const OrderBook& book, Clock clock, std::span<const obkit::Trade> trades) {
  check_prices(book, terms_.kind);
  const bool is_first = book_.prices.empty();
  const bool moved = is_first || book.double_mid() != book_.double_mid();
  book_ = book;
  trades_.assign(trades.begin(), trades.end());
  ++pushed_;
  if (book.time.date != date_) {
    date_ = book.time.date;
    day_ = since_1970({.date = date_, .time = 0});
  }
  const auto time = day_ + of_day(book.time.time);
  time_ = is_first || clock == Clock::begins_again ? time : std::max(time_, time);
  minute_ = std::chrono::duration_cast<std::chrono::minutes>(time_).count();
  taker_ = {};
  if (!moved) return;
  if (forgets_moves()) moves_.clear();
  ++mid_moves_;
  moves_.push_back({.book = number(),
                    .time = book_.time,
                    .clock = time_,
                    .minute = minute_,
                    .mid = {.doubled = book_.double_mid()}});
}

std::span<const Market::Move> Market::moves_behind(std::uint64_t known) const {
  assert(mid_moves_ - known <= moves_.size());
  return std::span{moves_}.last(mid_moves_ - known);
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

Traded Market::traded(Signal direction, Price price) const {
  const bool buys = direction == Signal::buy;
  const Aggressor other = buys ? Aggressor::seller : Aggressor::buyer;
  Traded result;
  for (const obkit::Trade& trade : trades_) {
    if (!trade.off.empty() || trade.aggressor.value_or(other) != other) continue;
    if (trade.price == price) result.at_price += trade.volume;
    result.is_through |= buys ? trade.price < price : trade.price > price;
  }
  return result;
}

TakerQuote Market::taker(Signal direction, Amount amount) const {
  if (amount != amount_) return take(book_, direction, amount, terms_);
  auto& known = taker_.at(direction == Signal::buy ? 1 : 0);
  if (!known) known = take(book_, direction, amount, terms_);
  return *known;
}

Money Market::value(Amount amount, const Mid& mid) const {
  const auto worth = [&](Amount of) {
    const Money::Units double_mid = mid.doubled.units();
    constexpr std::int64_t two_billion = 2'000'000'000;
    return Money::from_units(
        terms_.kind == Contract::linear
            ? scaled(of * double_mid, terms_.size, two_billion)
            : -divide_rounded(Money::Units{of} * terms_.size * two_billion, double_mid));
  };
  if (amount == 0) return {};
  if (amount != amount_ && amount != -amount_) return worth(amount);
  if (!mid.value) mid.value = worth(amount_);
  return amount > 0 ? *mid.value : -*mid.value;
}

}  // namespace obkit::backtest
