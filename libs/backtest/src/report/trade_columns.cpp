#include "report/trade_columns.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "report/milliseconds.hpp"

namespace obkit::backtest {
namespace {

/// Holds the prices of all trades.
PriceScale price_scale(const std::vector<Trade>& trades) {
  int decimals = 0;
  Price highest;
  for (const Trade& trade : trades) {
    decimals = std::max({decimals, trade.open_price.decimals(), trade.close_price.decimals()});
    highest = std::max({highest, trade.open_price, trade.close_price});
  }
  return {decimals, highest};
}

Scale net_scale(const std::vector<Trade>& trades) {
  double largest = 0;
  for (const Trade& trade : trades) largest = std::max(largest, std::abs(trade.net().value()));
  return Scale{largest};
}

/// Each once, in the order of their first trade.
std::vector<std::string_view> reasons_of(const std::vector<Trade>& trades) {
  std::vector<std::string_view> reasons;
  for (const Trade& trade : trades) {
    const std::string_view reason = to_string(trade.reason);
    if (std::ranges::find(reasons, reason) == reasons.end()) reasons.push_back(reason);
  }
  return reasons;
}

std::int64_t held(const Trade& trade) {
  return milliseconds(trade.close_time) - milliseconds(trade.open_time);
}

}  // namespace

Json trade_columns(const std::vector<Trade>& trades) {
  const PriceScale price = price_scale(trades);
  const Scale net = net_scale(trades);
  const std::vector<std::string_view> reasons = reasons_of(trades);
  const auto reason = [&](const Trade& trade) {
    return std::ranges::find(reasons, to_string(trade.reason)) - reasons.begin();
  };
  return {
      {"price_decimals", price.decimals},
      {"net_scale", net.exponent},
      {"reasons", reasons},
      {"open", differences(trades, [](const Trade& t) { return milliseconds(t.open_time); })},
      {"held", listed(trades, held)},
      {"from", differences(trades, [&](const Trade& t) { return price.steps(t.open_price); })},
      {"to", differences(trades, [&](const Trade& t) { return price.steps(t.close_price); })},
      {"net", differences(trades, [&](const Trade& t) { return net.steps(t.net().value()); })},
      {"buy", listed(trades, [](const Trade& t) { return t.direction == Signal::buy ? 1 : 0; })},
      {"reason", listed(trades, reason)}};
}

}  // namespace obkit::backtest
