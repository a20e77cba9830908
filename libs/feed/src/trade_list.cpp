#include "trade_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

#include "json/json_value.hpp"

namespace obkit::feed {

void TradeList::clear() {
  for (TradeUpdate& update : all()) {
    for (Trade& trade : update.trades) spare_.push_back(std::move(trade));
    update.trades.clear();
  }
  count_ = 0;
}

void TradeList::add(const TradeRow& row) {
  const bool has_price = row.price || !row.lost.empty();
  if (row.symbol.empty() || !row.time || !has_price || !row.size)
    throw BadFrame{"a trade without symbol, time, price or size"};
  if (!row.price) return;
  Trade trade;
  if (!spare_.empty()) {
    trade = std::move(spare_.back());
    spare_.pop_back();
  }
  trade.time = *row.time;
  trade.price = *row.price;
  trade.volume = *row.size;
  trade.aggressor = row.aggressor;
  trade.id = row.id;
  trade.number = row.number;
  trade.fills = row.fills;
  trade.off = row.off;
  if (row.id.empty() && row.number) {
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), *row.number).ptr;
    trade.id.assign(digits.begin(), end);
  }
  update_of(row.symbol).trades.push_back(std::move(trade));
}

void TradeList::sort_by_number() {
  for (TradeUpdate& update : all())
    std::sort(update.trades.begin(), update.trades.end(),
              [](const Trade& a, const Trade& b) { return a.number < b.number; });
}

void TradeList::repeat(std::size_t index, const std::string& symbol) {
  TradeUpdate again{.symbol = symbol, .trades = updates_[index].trades};
  if (count_ == updates_.size()) updates_.emplace_back();
  updates_[count_++] = std::move(again);
}

/// Mostly that of the row before.
TradeUpdate& TradeList::update_of(std::string_view symbol) {
  const auto known = all();
  const auto found = std::find_if(known.rbegin(), known.rend(), [&](const TradeUpdate& update) {
    return update.symbol == symbol;
  });
  if (found != known.rend()) return *found;
  if (count_ == updates_.size()) updates_.emplace_back();
  TradeUpdate& update = updates_[count_++];
  update.symbol = symbol;
  return update;
}

Aggressor aggressor_of(std::string_view word, std::string_view buy, std::string_view sell) {
  if (word != buy && word != sell) throw BadFrame{"a trade of an unknown side"};
  return word == buy ? Aggressor::buyer : Aggressor::seller;
}

std::optional<std::uint64_t> number_of_id(std::string_view id) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
  if (read.ec != std::errc{} || read.ptr != id.data() + id.size()) return std::nullopt;
  return number;
}

}  // namespace obkit::feed
