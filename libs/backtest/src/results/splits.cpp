#include "obkit/backtest/splits.hpp"

#include <cstddef>

#include "obkit/core/number.hpp"

namespace obkit::backtest {

void Part::add(const Trade& trade) {
  ++trades;
  if (trade.net() > Money{}) ++wins;
  gross += trade.gross;
  fees += trade.fees;
  funding += trade.funding;
  slippage += trade.slippage;
}

namespace {

constexpr std::size_t date_length = 10;  // of 2024-08-08T23:54:16.578Z
constexpr std::size_t hour_place = 11;

}  // namespace

const std::array<Split, 4> splits{
    Split{"by_side", "by side",
          [](const Trade& trade) { return std::string{to_string(trade.direction)}; }},
    Split{"by_hour", "by hour",
          [](const Trade& trade) { return format_iso(trade.open_time).substr(hour_place, 2); }},
    Split{"by_day", "by day",
          [](const Trade& trade) { return format_iso(trade.open_time).substr(0, date_length); }},
    Split{"by_reason", "by reason",
          [](const Trade& trade) { return std::string{to_string(trade.reason)}; }}};

void SplitTrades::add(const Trade& trade) {
  for (std::size_t i = 0; i < splits.size(); ++i) parts_[i][splits[i].part_of(trade)].add(trade);
}

std::string json_of(const std::map<std::string, Part>& parts, Contract contract) {
  const std::string unit = "_" + std::string{currency(contract)};
  std::string text = "{";
  for (const auto& [name, part] : parts) {
    text += (text.size() > 1 ? ",\"" : "\"") + name +
            "\":{\"trades\":" + std::to_string(part.trades) +
            ",\"wins\":" + std::to_string(part.wins);
    const auto money = [&](const std::string& key, Money value) {
      text += ",\"" + key + unit + "\":" + as_real(to_string(value));
    };
    money("gross", part.gross);
    money("fees", part.fees);
    money("funding", part.funding);
    money("slippage", part.slippage);
    money("net", part.net());
    text += '}';
  }
  return text += '}';
}

std::string line_of(const std::map<std::string, Part>& parts) {
  std::string text;
  for (const auto& [name, part] : parts)
    text += (text.empty() ? "" : "; ") + name + ": " + counted(part.trades, "trade") + ", net " +
            to_string(part.net());
  return text;
}

}  // namespace obkit::backtest
