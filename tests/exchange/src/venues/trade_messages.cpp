#include "trade_messages.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "obkit/core/time.hpp"
#include "obkit/exchange/protocol.hpp"

#include "ladder_rows.hpp"

namespace obkit::exchange {
namespace {

using Trades = std::span<const MarketTrade>;
using Messages = std::vector<std::string>;

/// Of the aggressor.
bool buys(const MarketTrade& trade) { return trade.taken == Side::ask; }

std::string in_quotes(std::string_view text) { return '"' + std::string{text} + '"'; }

std::string guid_of(const MarketTrade& trade) {
  constexpr std::uint64_t part = 1'000'000'000'000;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "7d1f0c52-0000-4000-8000-%012llu",
                static_cast<unsigned long long>(trade.number % part));
  return text.data();
}

/// Rows with commas between.
template <class Write>
std::string list_of(Trades trades, Write write) {
  std::string list;
  for (const MarketTrade& trade : trades) {
    if (!list.empty()) list += ',';
    list += write(trade);
  }
  return list;
}

template <class Write>
Messages one_each(Trades trades, Write write) {
  Messages messages;
  for (const MarketTrade& trade : trades) messages.push_back(write(trade));
  return messages;
}

Messages deribit(Trades trades, const std::string& symbol) {
  const auto row = [&](const MarketTrade& trade) {
    const std::string price = to_string(trade.price), size = std::to_string(trade.size);
    return R"({"timestamp":)" + milliseconds_text(trade.time) + R"(,"price":)" + price +
           R"(,"amount":)" + size + R"(.0,"direction":")" + (buys(trade) ? "buy" : "sell") +
           R"(","index_price":)" + price + R"(,"instrument_name":")" + symbol +
           R"(","trade_seq":)" + std::to_string(trade.number) + R"(,"mark_price":)" + price +
           R"(,"tick_direction":0,"trade_id":")" + std::to_string(trade.number) + "\"}";
  };
  return {R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.)" + symbol +
          R"(.100ms","data":[)" + list_of(trades, row) + "]}}"};
}

/// An old one is the whole table.
Messages bitmex(Trades trades, const std::string& symbol, bool is_old) {
  const auto row = [&](const MarketTrade& trade) {
    return R"({"timestamp":")" + format_iso(trade.time) + R"(","symbol":")" + symbol +
           R"(","side":")" + (buys(trade) ? "Buy" : "Sell") + R"(","size":)" +
           std::to_string(trade.size) + R"(,"price":)" + to_string(trade.price) +
           R"(,"tickDirection":"ZeroPlusTick","trdMatchID":")" + guid_of(trade) +
           R"(","trdType":"Regular"})";
  };
  const std::string action =
      is_old ? R"("partial","keys":[],"filter":{"symbol":")" + symbol + "\"}" : R"("insert")";
  return {R"({"table":"trade","action":)" + action + R"(,"data":[)" + list_of(trades, row) + "]}"};
}

Messages bybit(Trades trades, const std::string& symbol) {
  const auto row = [&](const MarketTrade& trade) {
    return R"({"T":)" + milliseconds_text(trade.time) + R"(,"s":")" + symbol + R"(","S":")" +
           (buys(trade) ? "Buy" : "Sell") + R"(","v":")" + std::to_string(trade.size) +
           R"(","p":")" + to_string(trade.price) + R"(","L":"PlusTick","i":)" +
           in_quotes(guid_of(trade)) + R"(,"BT":false,"RPI":false})";
  };
  return {R"({"topic":"publicTrade.)" + symbol + R"(","type":"snapshot","ts":)" +
          milliseconds_text(trades.back().time) + R"(,"data":[)" + list_of(trades, row) + "]}"};
}

Messages bybit_spot(Trades trades, const std::string& symbol) {
  const auto row = [&](const MarketTrade& trade) {
    return R"({"i":")" + std::to_string(trade.number) + R"(","T":)" +
           milliseconds_text(trade.time) + R"(,"p":")" + to_string(trade.price) + R"(","v":")" +
           std::to_string(trade.size) + R"(","S":")" + (buys(trade) ? "Buy" : "Sell") +
           R"(","s":")" + symbol + R"(","BT":false,"RPI":false})";
  };
  return {R"({"topic":"publicTrade.)" + symbol + R"(","ts":)" +
          milliseconds_text(trades.back().time) + R"(,"type":"snapshot","data":[)" +
          list_of(trades, row) + "]}"};
}

/// One row for a taker and a price: the number of its last fill, and how many there are.
Messages okx(Trades trades, const std::string& symbol) {
  Messages messages;
  for (std::size_t first = 0, last = 0; first < trades.size(); first = last) {
    std::int64_t size = 0;
    const MarketTrade& one = trades[first];
    for (; last < trades.size() && trades[last].time == one.time &&
           trades[last].price == one.price && trades[last].taken == one.taken;
         ++last)
      size += trades[last].size;
    messages.push_back(
        R"({"arg":{"channel":"trades","instId":")" + symbol + R"("},"data":[{"instId":")" + symbol +
        R"(","tradeId":")" + std::to_string(trades[last - 1].number) + R"(","px":")" +
        to_string(one.price) + R"(","sz":")" + std::to_string(size) + R"(","side":")" +
        (buys(one) ? "buy" : "sell") + R"(","ts":")" + milliseconds_text(one.time) +
        R"(","count":")" + std::to_string(last - first) + R"(","source":"0"}]})");
  }
  return messages;
}

Messages binance(Trades trades, const std::string& symbol, bool is_spot) {
  std::string stream = symbol;
  std::transform(stream.begin(), stream.end(), stream.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return one_each(trades, [&](const MarketTrade& trade) {
    const std::string time = milliseconds_text(trade.time);
    return R"({"stream":")" + stream + R"(@trade","data":{"e":"trade","E":)" + time + R"(,"T":)" +
           time + R"(,"s":")" + symbol + R"(","t":)" + std::to_string(trade.number) + R"(,"p":")" +
           to_string(trade.price) + R"(","q":")" + std::to_string(trade.size) + '"' +
           (is_spot ? "" : R"(,"X":"MARKET")") + R"(,"m":)" + (buys(trade) ? "false" : "true") +
           (is_spot ? R"(,"M":true}})" : "}}");
  });
}

Messages kraken(Trades trades, const std::string& symbol) {
  const auto row = [&](const MarketTrade& trade) {
    return R"({"symbol":")" + symbol + R"(","side":")" + (buys(trade) ? "buy" : "sell") +
           R"(","price":)" + to_string(trade.price) + R"(,"qty":)" + std::to_string(trade.size) +
           R"(.00000000,"ord_type":"market","trade_id":)" + std::to_string(trade.number) +
           R"(,"timestamp":")" + format_iso(trade.time, 6) + "\"}";
  };
  return {R"({"channel":"trade","type":"update","data":[)" + list_of(trades, row) + "]}"};
}

std::string kraken_fill(const MarketTrade& trade, const std::string& symbol) {
  return R"({"feed":"trade","product_id":")" + symbol + R"(","uid":")" + guid_of(trade) +
         R"(","side":")" + (buys(trade) ? "buy" : "sell") + R"(","type":"fill","seq":)" +
         std::to_string(trade.number) + R"(,"time":)" + milliseconds_text(trade.time) +
         R"(,"qty":)" + std::to_string(trade.size) + R"(.0,"price":)" + to_string(trade.price) +
         "}";
}

/// The newest first, as one image.
Messages old_of_kraken_futures(Trades trades, const std::string& symbol) {
  std::vector<MarketTrade> newest{trades.rbegin(), trades.rend()};
  return {R"({"feed":"trade_snapshot","product_id":")" + symbol + R"(","trades":[)" +
          list_of(newest, [&](const MarketTrade& one) { return kraken_fill(one, symbol); }) + "]}"};
}

/// The newest first; the side is the maker's.
Messages coinbase(Trades trades, const std::string& symbol, std::string_view type) {
  const std::vector<MarketTrade> newest{trades.rbegin(), trades.rend()};
  const auto row = [&](const MarketTrade& trade) {
    return R"({"product_id":")" + symbol + R"(","trade_id":")" + std::to_string(trade.number) +
           R"(","price":")" + to_string(trade.price) + R"(","size":")" +
           std::to_string(trade.size) + R"(","time":")" + format_iso(trade.time, 6) +
           R"(","side":")" + (buys(trade) ? "SELL" : "BUY") + "\"}";
  };
  return {R"({"channel":"market_trades","timestamp":")" + format_iso(trades.back().time, 9) +
          R"(","sequence_num":)" + std::string{number_slot} + R"(,"events":[{"type":)" +
          in_quotes(type) + R"(,"trades":[)" + list_of(newest, row) + "]}]}"};
}

}  // namespace

Messages trade_messages(Venue venue, Trades trades, const Channel& channel) {
  const std::string& symbol = channel.symbol;
  if (trades.empty()) return {};
  switch (venue) {
    case Venue::bitmex:
      return bitmex(trades, symbol, false);
    case Venue::deribit:
      return deribit(trades, symbol);
    case Venue::bybit_spot:
      return bybit_spot(trades, symbol);
    case Venue::bybit_linear:
    case Venue::bybit_inverse:
      return bybit(trades, symbol);
    case Venue::binance_spot:
    case Venue::binance_usdm:
    case Venue::binance_coinm:
      return binance(trades, symbol, venue == Venue::binance_spot);
    case Venue::okx:
      return okx(trades, symbol);
    case Venue::kraken:
      return kraken(trades, symbol);
    case Venue::kraken_futures:
      return one_each(trades, [&](const MarketTrade& one) { return kraken_fill(one, symbol); });
    case Venue::coinbase:
      return coinbase(trades, symbol, "update");
  }
  return {};
}

Messages old_trade_messages(Venue venue, Trades trades, const Channel& channel) {
  if (trades.empty()) return {};
  if (venue == Venue::bitmex) return bitmex(trades.last(1), channel.symbol, true);
  if (venue == Venue::okx) return okx(trades.last(1), channel.symbol);
  if (venue == Venue::kraken_futures) return old_of_kraken_futures(trades, channel.symbol);
  if (venue == Venue::coinbase) return coinbase(trades, channel.symbol, "snapshot");
  return {};
}

}  // namespace obkit::exchange
