#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "obkit/core/price.hpp"
#include "obkit/report/text.hpp"

#include "report/page.hpp"

namespace obkit::backtest {

using namespace obkit::report;

namespace {

using Json = nlohmann::ordered_json;

/// Differences of neighbours, the first from zero.
template <class Items, class Value>
Json differences(const Items& items, Value value) {
  Json list = Json::array();
  std::int64_t last = 0;
  for (const auto& item : items) {
    const std::int64_t current = value(item);
    list.push_back(current - last);
    last = current;
  }
  return list;
}

template <class Items, class Value>
Json listed(const Items& items, Value value) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(value(item));
  return list;
}

/// Six digits of the largest value: all are whole multiples of 10^exponent.
struct Scale {
  explicit Scale(double largest)
      : exponent{largest > 0 ? static_cast<int>(std::floor(std::log10(largest))) - 5 : 0} {}

  [[nodiscard]] std::int64_t steps(double value) const {
    const double power = std::pow(10.0, std::abs(exponent));
    return std::llround(exponent < 0 ? value * power : value / power);
  }

  int exponent;
};

/// Prices as whole multiples of 10^-decimals, with fewer decimals than they were written with where
/// a script's numbers would not hold them.
struct PriceScale {
  PriceScale(int most_decimals, Price highest) : decimals{most_decimals} {
    constexpr std::int64_t largest = 1'000'000'000'000'000;
    while (decimals > 0 && std::abs(steps(highest)) > largest) --decimals;
  }

  [[nodiscard]] std::int64_t steps(Price price) const {
    std::int64_t unit = 1;
    for (int i = decimals; i < Price::max_decimals; ++i) unit *= 10;
    const std::int64_t half = price.units() < 0 ? -unit / 2 : unit / 2;
    return price.units() / unit + (price.units() % unit + half) / unit;
  }

  int decimals;
};

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
      {"held", listed(trades, [](const Trade& trade) { return trade.held.count(); })},
      {"from", differences(trades, [&](const Trade& t) { return price.steps(t.open_price); })},
      {"to", differences(trades, [&](const Trade& t) { return price.steps(t.close_price); })},
      {"net", differences(trades, [&](const Trade& t) { return net.steps(t.net().value()); })},
      {"buy", listed(trades, [](const Trade& t) { return t.direction == Signal::buy ? 1 : 0; })},
      {"reason", listed(trades, reason)}};
}

/// Thousandths of the largest position that were held from one row to the next, on average.
template <class Sum>
Json held(const std::vector<Curve::Row>& rows, double largest, Sum sum) {
  Json list = Json::array();
  std::int64_t last = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t next = std::min(i + 1, rows.size() - 1);
    const auto time = static_cast<double>(rows[next].sample.time - rows[i].sample.time);
    const double average = time > 0 ? (sum(rows[next].sample) - sum(rows[i].sample)) / time : 0;
    const std::int64_t share = largest > 0 ? std::llround(1000 * average / largest) : 0;
    list.push_back(share - last);
    last = share;
  }
  return list;
}

/// Numbers of the rows before which no book came for long.
Json silences(const std::vector<Curve::Row>& rows) {
  Json list = Json::array();
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].after_silence) list.push_back(i);
  return list;
}

Json row_columns(const CurveTotals& totals, const std::vector<Curve::Row>& rows) {
  using Row = Curve::Row;
  const PriceScale price{totals.price_decimals, totals.highest_mid.ask};
  const Scale equity{totals.largest_equity}, position{totals.largest_position};
  const auto column = [&](auto value) {
    return differences(rows, [&](const Row& row) { return value(row.sample); });
  };
  using Sample = CurveSample;
  return {
      {"price_decimals", price.decimals},
      {"equity_scale", equity.exponent},
      {"position_scale", position.exponent},
      {"after_silence", silences(rows)},
      {"time", column([](const Sample& s) { return s.time; })},
      {"bid", column([&](const Sample& s) { return price.steps(s.bid); })},
      {"spread", column([&](const Sample& s) { return price.steps(s.ask) - price.steps(s.bid); })},
      {"gross", column([&](const Sample& s) { return equity.steps(s.gross); })},
      {"cost",
       column([&](const Sample& s) { return equity.steps(s.gross) - equity.steps(s.net); })},
      {"drawdown", column([&](const Sample& s) { return equity.steps(s.drawdown); })},
      {"position", column([&](const Sample& s) { return position.steps(s.position); })},
      {"long", held(rows, totals.largest_position, [](const Sample& s) { return s.long_sum; })},
      {"short", held(rows, totals.largest_position, [](const Sample& s) { return s.short_sum; })}};
}

}  // namespace

std::string chart_data(const CurveTotals& totals, const std::vector<Curve::Row>& rows,
                       const std::vector<Trade>& trades, std::string_view currency) {
  const Json json{{"currency", currency},
                  {"largest_position", totals.largest_position},
                  {"rows", row_columns(totals, rows)},
                  {"trades", trade_columns(trades)}};
  return json_for_script(json.dump(-1, ' ', true, Json::error_handler_t::replace));
}

}  // namespace obkit::backtest
