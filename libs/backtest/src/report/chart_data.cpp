#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "obkit/core/number.hpp"
#include "obkit/core/price.hpp"
#include "obkit/report/text.hpp"

#include "report/page.hpp"

namespace obkit::backtest {

using namespace obkit::report;

namespace {

using Json = nlohmann::ordered_json;

/// JSON that is written as it comes: a tree of a million numbers would take longer than a run.
class JsonText {
 public:
  explicit JsonText(std::size_t about) { text_.reserve(about); }

  void begin() { text_ += '{'; }
  void begin(std::string_view key) {
    add_key(key);
    begin();
  }
  void end() { text_ += '}'; }
  void add(std::string_view key, const Json& value) {
    add_key(key);
    text_ += json_for_script(value.dump(-1, ' ', true, Json::error_handler_t::replace));
  }
  /// Whole numbers.
  template <class Items, class Value>
  void add_list(std::string_view key, const Items& items, Value value) {
    add_key(key);
    text_ += '[';
    for (const auto& item : items) {
      append_integer(text_, value(item));
      text_ += ',';
    }
    if (text_.back() == ',') text_.pop_back();
    text_ += ']';
  }
  /// Differences of neighbours, the first from zero.
  template <class Items, class Value>
  void add_differences(std::string_view key, const Items& items, Value value) {
    std::int64_t last = 0;
    add_list(key, items, [&](const auto& item) {
      const std::int64_t current = value(item);
      return current - std::exchange(last, current);
    });
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void add_key(std::string_view key) {
    text_ += text_.ends_with('{') ? "\"" : ",\"";
    text_.append(key).append("\":");
  }

  std::string text_;
};

/// Six digits of the largest value: all are whole multiples of 10^exponent.
struct Scale {
  explicit Scale(double largest)
      : exponent{largest > 0 ? static_cast<int>(std::floor(std::log10(largest))) - 5 : 0},
        power{std::pow(10.0, std::abs(exponent))} {}

  [[nodiscard]] std::int64_t steps(double value) const {
    return std::llround(exponent < 0 ? value * power : value / power);
  }

  int exponent;
  double power;
};

/// Prices as whole multiples of 10^-decimals, with fewer decimals than they were written with where
/// a script's numbers would not hold them.
struct PriceScale {
  PriceScale(int most_decimals, Price highest) : decimals{most_decimals} {
    constexpr std::int64_t largest = 1'000'000'000'000'000;
    for (int i = decimals; i < Price::max_decimals; ++i) unit *= 10;
    for (; decimals > 0 && std::abs(steps(highest)) > largest; --decimals) unit *= 10;
  }

  [[nodiscard]] std::int64_t steps(Price price) const {
    const std::int64_t half = price.units() < 0 ? -unit / 2 : unit / 2;
    return price.units() / unit + (price.units() % unit + half) / unit;
  }

  int decimals;
  std::int64_t unit = 1;  ///< of a price, of a step
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

void add_trades(JsonText& json, const std::vector<Trade>& trades) {
  const PriceScale price = price_scale(trades);
  const Scale net = net_scale(trades);
  const std::vector<std::string_view> reasons = reasons_of(trades);
  const auto reason = [&](const Trade& trade) {
    return std::ranges::find(reasons, to_string(trade.reason)) - reasons.begin();
  };
  const auto add = [&](std::string_view key, auto value) { json.add_list(key, trades, value); };
  const auto add_differences = [&](std::string_view key, auto value) {
    json.add_differences(key, trades, value);
  };
  json.begin("trades");
  json.add("price_decimals", price.decimals);
  json.add("net_scale", net.exponent);
  json.add("reasons", reasons);
  add_differences("open", [](const Trade& trade) { return milliseconds(trade.open_time); });
  add("held", [](const Trade& trade) { return trade.held.count(); });
  add_differences("from", [&](const Trade& trade) { return price.steps(trade.open_price); });
  add_differences("to", [&](const Trade& trade) { return price.steps(trade.close_price); });
  add_differences("net", [&](const Trade& trade) { return net.steps(trade.net().value()); });
  add("buy", [](const Trade& trade) { return trade.direction == Signal::buy ? 1 : 0; });
  add("reason", reason);
  json.end();
}

/// Thousandths of the largest position that were held from one row to the next, on average.
template <class Sum>
void add_held(JsonText& json, std::string_view key, const std::vector<Curve::Row>& rows,
              double largest, Sum sum) {
  json.add_differences(key, rows, [&](const Curve::Row& row) -> std::int64_t {
    const Curve::Row& next = &row == &rows.back() ? row : *(&row + 1);
    const auto time = static_cast<double>(next.sample.time - row.sample.time);
    const double average = time > 0 ? (sum(next.sample) - sum(row.sample)) / time : 0;
    return largest > 0 ? std::llround(1000 * average / largest) : 0;
  });
}

/// Numbers of the rows before which no book came for long.
std::vector<std::size_t> silences(const std::vector<Curve::Row>& rows) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].after_silence) numbers.push_back(i);
  return numbers;
}

void add_rows(JsonText& json, const CurveTotals& totals, const std::vector<Curve::Row>& rows) {
  using Sample = CurveSample;
  const PriceScale price{totals.price_decimals, totals.highest_mid.ask};
  const Scale equity{totals.largest_equity}, position{totals.largest_position};
  const double largest = totals.largest_position;
  const auto add = [&](std::string_view key, auto value) {
    json.add_differences(key, rows, [&](const Curve::Row& row) { return value(row.sample); });
  };
  json.begin("rows");
  json.add("price_decimals", price.decimals);
  json.add("equity_scale", equity.exponent);
  json.add("position_scale", position.exponent);
  json.add("after_silence", silences(rows));
  add("time", [](const Sample& s) { return s.time; });
  add("bid", [&](const Sample& s) { return price.steps(s.bid); });
  add("spread", [&](const Sample& s) { return price.steps(s.ask) - price.steps(s.bid); });
  add("gross", [&](const Sample& s) { return equity.steps(s.gross); });
  add("cost", [&](const Sample& s) { return equity.steps(s.gross) - equity.steps(s.net); });
  add("drawdown", [&](const Sample& s) { return equity.steps(s.drawdown); });
  add("position", [&](const Sample& s) { return position.steps(s.position); });
  add_held(json, "long", rows, largest, [](const Sample& s) { return s.long_sum; });
  add_held(json, "short", rows, largest, [](const Sample& s) { return s.short_sum; });
  json.end();
}

}  // namespace

std::string chart_data(const CurveTotals& totals, const std::vector<Curve::Row>& rows,
                       const std::vector<Trade>& trades, std::string_view currency) {
  constexpr std::size_t usual_row = 30;  // characters
  JsonText json{usual_row * (rows.size() + trades.size())};
  json.begin();
  json.add("currency", currency);
  json.add("largest_position", totals.largest_position);
  add_rows(json, totals, rows);
  add_trades(json, trades);
  json.end();
  return json.take();
}

}  // namespace obkit::backtest
