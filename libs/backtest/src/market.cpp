#include "obkit/backtest/market.hpp"

#include <algorithm>
#include <cstddef>

#include "rounding.hpp"

namespace obkit::backtest {
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

void Market::push(const OrderBook& book) {
  check_prices(book, contract_);
  const bool moved = book_.prices.empty() || book.double_mid() != book_.double_mid();
  book_ = book;
  if (book.time.date != date_) {
    date_ = book.time.date;
    day_ = since_1970({.date = date_, .time = 0});
  }
  time_ = day_ + of_day(book.time.time);
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
