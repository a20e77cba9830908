#include "trade_log.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace obkit::campaign {
namespace {

using exchange::MarketTrade;

/// The last digits of an id, or of a GUID, are the number of the trade.
std::optional<std::uint64_t> number_of(std::string_view id) {
  const std::size_t other = id.find_last_not_of("0123456789");
  const std::string_view digits = other == std::string_view::npos ? id : id.substr(other + 1);
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc{} ? std::optional{number} : std::nullopt;
}

std::string show(Timestamp time, Price price, double size, bool bought) {
  return fmt::format("{} {} x {} {}", format_iso(time, 6), to_string(price), size,
                     bought ? "buy" : "sell");
}

/// What differs; empty: nothing. Venues cut times, to milliseconds at most.
std::string differs(const store::RecordedTrade& recorded, const MarketTrade& truth) {
  using std::chrono::milliseconds;
  const Trade& trade = recorded.trade;
  const bool bought = truth.taken == Side::ask;
  const auto aggressor = bought ? Aggressor::buyer : Aggressor::seller;
  const bool same_time =
      std::chrono::floor<milliseconds>(trade.time) == std::chrono::floor<milliseconds>(truth.time);
  if (same_time && trade.price == truth.price && trade.aggressor == aggressor &&
      trade.volume == static_cast<double>(truth.size) && trade.off.empty())
    return {};
  const auto size = static_cast<double>(truth.size);
  return "expected " + show(truth.time, truth.price, size, bought) + ", found " +
         show(trade.time, trade.price, trade.volume, trade.aggressor == Aggressor::buyer);
}

}  // namespace

bool numbers_trades(exchange::Venue venue) {
  using exchange::Venue;
  return venue != Venue::bitmex && venue != Venue::bybit_linear && venue != Venue::bybit_spot &&
         venue != Venue::bybit_inverse;
}

void TradeLog::record(const MarketTrade& trade, const exchange::Channel& channel) {
  ++recorded_;
  const std::lock_guard lock{mutex_};
  std::vector<MarketTrade>& trades = logs_[channel.symbol].trades;
  // OKX has one row for a taker and a price, with the number of the last fill.
  const bool goes_on = venue_ == exchange::Venue::okx && !trades.empty() &&
                       trades.back().time == trade.time && trades.back().price == trade.price &&
                       trades.back().taken == trade.taken;
  if (!goes_on) return trades.push_back(trade);
  trades.back().size += trade.size;
  trades.back().number = trade.number;
}

std::string TradeLog::judge(const std::string& symbol, const store::RecordedTrade& trade) {
  const std::lock_guard lock{mutex_};
  Log& log = logs_[symbol];
  const auto number = number_of(trade.trade.id);
  const auto found = std::lower_bound(
      log.trades.begin(), log.trades.end(), number.value_or(0),
      [](const MarketTrade& one, std::uint64_t wanted) { return one.number < wanted; });
  if (!number || found == log.trades.end() || found->number != *number)
    return "a trade that never was: '" + trade.trade.id + "'";
  if (const std::string problem = differs(trade, *found); !problem.empty())
    return fmt::format("trade {}: {}", *number, problem);
  const auto at = static_cast<std::size_t>(found - log.trades.begin());
  if (at < log.next)
    return fmt::format("trade {} behind number {}", *number, log.trades[log.next - 1].number);
  if (log.has_begun && at > log.next && !trade.gap)
    return fmt::format("{} trades before number {} are missing, and no gap says so", at - log.next,
                       *number);
  if (log.has_begun) missing_ += at - log.next;
  log.has_begun = true;
  log.next = at + 1;
  ++judged_;
  if (trade.gap) ++gaps_;
  return {};
}

}  // namespace obkit::campaign
