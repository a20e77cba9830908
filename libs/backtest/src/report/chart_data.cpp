#include "report/chart_data.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "report/columns.hpp"
#include "report/trade_columns.hpp"

namespace obkit::backtest {
namespace {

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

Json row_columns(const CurveFacts& facts, const std::vector<Curve::Row>& rows) {
  using Row = Curve::Row;
  const PriceScale price{facts.price_decimals, facts.highest_mid.ask};
  const Scale equity{facts.largest_equity}, position{facts.largest_position};
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
      {"long", held(rows, facts.largest_position, [](const Sample& s) { return s.long_sum; })},
      {"short", held(rows, facts.largest_position, [](const Sample& s) { return s.short_sum; })}};
}

}  // namespace

std::string chart_data(const CurveFacts& facts, const std::vector<Curve::Row>& rows,
                       const std::vector<Trade>& trades, std::string_view currency) {
  const Json json{{"currency", currency},
                  {"largest_position", facts.largest_position},
                  {"rows", row_columns(facts, rows)},
                  {"trades", trade_columns(trades)}};
  const std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

}  // namespace obkit::backtest
