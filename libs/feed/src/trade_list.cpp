#include "trade_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

#include "json/json_value.hpp"

namespace obkit::feed {
namespace {

/// So many are looked through one by one.
constexpr std::size_t few_symbols = 16;

}  // namespace

void TradeList::clear() {
  for (TradeUpdate& update : all()) {
    for (Trade& trade : update.trades) spare_.push_back(std::move(trade));
    update.trades.clear();
  }
  count_ = 0;
  places_.clear();
}

Trade TradeList::take_spare() {
  if (spare_.empty()) return {};
  Trade trade = std::move(spare_.back());
  spare_.pop_back();
  return trade;
}

void TradeList::add(const TradeRow& row) {
  const bool has_price = row.price || !row.lost.empty();
  if (row.symbol.empty() || !row.time || !has_price || !row.size)
    throw BadFrame{"a trade without symbol, time, price or size"};
  if (!row.price) return;
  Trade trade = take_spare();
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
  std::vector<Trade>& copies = append(symbol).trades;
  for (const Trade& trade : updates_[index].trades) copies.emplace_back(take_spare()) = trade;
}

/// Mostly that of the row before.
TradeUpdate& TradeList::update_of(std::string_view symbol) {
  TradeUpdate* const known = find(symbol);
  return known != nullptr ? *known : append(symbol);
}

/// Null: there is none.
TradeUpdate* TradeList::find(std::string_view symbol) {
  if (count_ > few_symbols) {
    const auto place = places_.find(symbol);
    return place == places_.end() ? nullptr : &updates_[place->second];
  }
  const auto known = all();
  const auto found = std::find_if(known.rbegin(), known.rend(), [&](const TradeUpdate& update) {
    return update.symbol == symbol;
  });
  return found == known.rend() ? nullptr : &*found;
}

TradeUpdate& TradeList::append(std::string_view symbol) {
  if (count_ == updates_.size()) updates_.emplace_back();
  TradeUpdate& update = updates_[count_++];
  update.symbol = symbol;
  // Where few become many, those before are put there, too.
  for (std::size_t i = count_ == few_symbols + 1 ? 0 : count_ - 1;
       count_ > few_symbols && i < count_; ++i)
    places_.emplace(updates_[i].symbol, i);
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
