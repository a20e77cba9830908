#include "obbacktest/market_trades.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/manifest.hpp"

namespace obkit::obbacktest {
namespace {

/// Their books have no time of their own (BitMEX), or are told later than they were (OKX): of
/// their trades, more match the next book that is received.
constexpr std::array<std::string_view, 2> venues_by_arrival{"bitmex", "okx"};

Attribution attribution_of(const std::vector<std::string>& day_files) {
  for (const std::string& file : day_files) {
    if (store::symbol_of_day_file(file).empty()) continue;
    const std::string path = store::manifest_path(file);
    std::error_code absent;
    if (!std::filesystem::exists(path, absent)) continue;
    const std::string venue = store::read_manifest(path).origin.venue;
    const bool by_arrival = std::ranges::find(venues_by_arrival, venue) != venues_by_arrival.end();
    return by_arrival ? Attribution::arrival : Attribution::time;
  }
  return Attribution::time;
}

}  // namespace

TradeInputs trade_inputs_of(const std::string& path, const std::vector<std::string>& day_files) {
  if (path.empty()) return {};
  return {.files = store::trade_files(path, store::symbol_of_day_file(day_files.front())),
          .attribution = attribution_of(day_files)};
}

MarketTrades::MarketTrades(const TradeInputs& inputs, store::InputHashes* hashes)
    : attribution_{inputs.attribution}, stream_{inputs.files, store::BadLine::refuse, hashes} {
  if (!inputs.files.empty()) has_next_ = stream_.next();
}

std::span<const Trade> MarketTrades::until(const OrderBook& book) {
  shown_.clear();
  while (has_next_ && is_shown(stream_.trade(), book)) {
    const store::RecordedTrade& next = stream_.trade();
    if (!counts_.first) counts_.first = next.trade.time;
    counts_.last = next.trade.time;
    if (double_mid_) {  // what was before the first book moves no order
      shown_.push_back(next.trade);
      count(next);
    }
    has_next_ = stream_.next();
  }
  double_mid_ = book.double_mid();
  return shown_;
}

/// A book's time has whole milliseconds, cut off: so has a trade's, where they are compared.
bool MarketTrades::is_shown(const store::RecordedTrade& trade, const OrderBook& book) const {
  if (attribution_ == Attribution::arrival && trade.recv && book.recv)
    return *trade.recv <= *book.recv;
  const auto time = std::chrono::floor<std::chrono::milliseconds>(trade.trade.time);
  const auto until = to_timestamp(book.time);
  return until && time <= *until;
}

void MarketTrades::count(const store::RecordedTrade& trade) {
  ++counts_.trades;
  if (trade.gap) ++counts_.gaps;
  if (!trade.trade.off.empty()) {
    ++counts_.off;
    return;
  }
  const Price twice = trade.trade.price + trade.trade.price;
  if (!trade.trade.aggressor || twice == *double_mid_) return;
  ++counts_.judged;
  const bool bought = *trade.trade.aggressor == Aggressor::buyer;
  if (bought != (twice > *double_mid_)) ++counts_.against;
}

std::vector<std::string> doubts_of(const TradeCounts& counts) {
  constexpr std::uint64_t enough = 20;
  std::vector<std::string> doubts;
  if (counts.trades == 0)
    doubts.emplace_back("--trades: none of them lies in the time of the books");
  if (counts.gaps > 0)
    doubts.push_back("--trades: " + counted(counts.gaps, "gap") +
                     " in them: what traded there counts as cancelled");
  if (counts.judged >= enough && counts.against * 4 > counts.judged)
    doubts.push_back("--trades: of " + std::to_string(counts.judged) + " trades, " +
                     std::to_string(counts.against) +
                     " bought below the mid price of the book before, or sold above it: is their "
                     "side that of who rested, or are the books of another source?");
  return doubts;
}

}  // namespace obkit::obbacktest
