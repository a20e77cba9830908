#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "obkit/backtest/report.hpp"

#include "synthetic/report.hpp"

namespace obkit::backtest {
namespace {

using Json = nlohmann::json;

std::string page(const SyntheticMarket& market) {
  return synthetic_report(market).html(synthetic_text());
}

Json data_of(const std::string& html) {
  constexpr std::string_view opening = R"(<script type="application/json" id="data">)";
  const auto begin = html.find(opening) + opening.size();
  return Json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

double last_sum(const Json& differences) {
  double sum = 0;
  for (const Json& difference : differences) sum += difference.get<double>();
  return sum;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

bool holds(std::string_view text, std::string_view part) { return count(text, part) > 0; }

TEST(ReportPage, a_day_of_a_million_books_and_many_trades_is_below_three_megabytes) {
  const std::string html = page({.books = 1'000'000, .books_per_trade = 10, .milliseconds = 86});
  EXPECT_LT(html.size(), 3'000'000U);
  EXPECT_GT(html.size(), 500'000U);
  EXPECT_TRUE(holds(html, "this page holds the 4000 that gained or lost most"));
}

TEST(ReportPage, no_market_however_wild_makes_a_larger_one) {
  Report report;
  std::mt19937_64 random{1};
  const auto price = [&] {
    return Price::from_units(static_cast<std::int64_t>(random() % 9'000'000'000'000'000'000), 9);
  };
  const auto equity = [&] { return static_cast<double>(random() % 2'000'000'000) - 1e9; };
  const Timestamp start = *to_timestamp({.date = 20240808, .time = 0});
  for (int i = 0; i < 131'072; ++i) {  // all buckets full
    report.add({.time = to_date_time(start + std::chrono::minutes{i} * (random() % 2)),
                .bid = price(),
                .ask = price(),
                .position = equity(),
                .gross = equity(),
                .net = equity()});
  }
  EXPECT_LT(report.html({}).size(), 3'000'000U);
}

TEST(ReportPage, the_same_backtest_gives_the_same_bytes) {
  const SyntheticMarket market{.books = 20'000, .silent_after = 9000};
  EXPECT_EQ(page(market), page(market));
}

TEST(ReportPage, a_report_may_be_asked_before_the_end_and_goes_on) {
  Report report;
  report.add({.time = {.date = 20240808, .time = 0}, .net = 1});
  EXPECT_TRUE(holds(report.html({}), "1 book "));
  report.add({.time = {.date = 20240808, .time = 1}, .net = 2});
  EXPECT_TRUE(holds(report.html({}), "2 books"));
}

TEST(ReportPage, the_curves_end_where_the_backtest_ended) {
  Report report;
  report.add({.time = {.date = 20240808, .time = 0},
              .bid = *parse_price("100.5"),
              .ask = *parse_price("101.25"),
              .position = 2,
              .gross = 0,
              .net = -0.5});
  report.add({.time = {.date = 20240809, .time = 1},
              .bid = *parse_price("99.5"),
              .ask = *parse_price("99.75"),
              .position = -4,
              .gross = 12.25,
              .net = -967.2});
  const Json rows = data_of(report.html({})).at("rows");
  EXPECT_EQ(last_sum(rows.at("time")), 1723161600001);
  EXPECT_EQ(rows.at("price_decimals"), 2);
  EXPECT_EQ(last_sum(rows.at("bid")), 9950);
  EXPECT_EQ(last_sum(rows.at("spread")), 25);
  const double unit = std::pow(10, rows.at("equity_scale").get<int>());
  EXPECT_NEAR(last_sum(rows.at("gross")) * unit, 12.25, 1e-3);
  EXPECT_NEAR((last_sum(rows.at("gross")) - last_sum(rows.at("cost"))) * unit, -967.2, 1e-3);
  EXPECT_NEAR(last_sum(rows.at("drawdown")) * unit, -967.2, 1e-3);
  EXPECT_EQ(rows.at("long"), Json::parse("[500,-500]"));  // half of the largest, for all the time
}

TEST(ReportPage, facts_are_said_in_words) {
  Report report;
  report.add({.time = {.date = 20240808, .time = 0}});
  report.add({.time = {.date = 20240808, .time = 1000}, .net = 12});
  report.add({.time = {.date = 20240808, .time = 2000}, .net = -967.2});
  const std::string html = report.html({.title = "t", .currency = "quote"});
  EXPECT_TRUE(holds(html,
                    "Net equity from 0 to \u2212967.2 quote; lowest \u2212967.2 at 2024-08-08 "
                    "00:00:02.000 UTC, highest 12 at 2024-08-08 00:00:01.000 UTC."));
  EXPECT_TRUE(holds(html, "Net equity fell 979.2 quote below its highest before"));
}

/// The text of the row of a name in a table, behind where `table` stands.
std::string cell_of(const std::string& html, std::string_view table, const std::string& name) {
  const auto row = html.find("<th scope=\"row\">" + name + "</th>", html.find(table));
  const auto cell = html.find("<td class=\"number", row);
  const auto begin = html.find('>', cell) + 1;
  return html.substr(begin, html.find('<', begin) - begin);
}

/// Units of money of a text as the page writes amounts, read by hand.
Money::Units units_of(const std::string& text) {
  Money::Units units = 0;
  int decimals = -1;
  for (const char c : text) {
    if (c == '.') decimals = 0;
    if (c < '0' || c > '9') continue;
    units = units * 10 + (c - '0');
    if (decimals >= 0) ++decimals;
  }
  for (int i = std::max(decimals, 0); i < Money::decimals; ++i) units *= 10;
  return text.starts_with("\u2212") ? -units : units;
}

Trade odd_trade(std::mt19937_64& random) {
  const auto amount = [&](std::uint64_t most) {
    return Money::from_units(static_cast<Money::Units>(random() % (2 * most)) -
                             static_cast<Money::Units>(most));
  };
  constexpr std::uint64_t large = 4'000'000'000'000'000'000;
  Trade trade;
  trade.open_time = trade.close_time = {.date = 20240808, .time = 1};
  trade.gross = amount(large) + amount(large) + amount(large);
  trade.fees = amount(large / 7);
  trade.funding = amount(large / 1'000'003);
  trade.slippage = amount(17);
  return trade;
}

TEST(ReportPage, gross_and_costs_add_up_to_net_as_they_are_printed) {
  std::mt19937_64 random{3};
  for (int run = 0; run < 50; ++run) {
    Report report;
    Money net;
    for (int i = 0; i < 30; ++i) {
      const Trade trade = odd_trade(random);
      net += trade.net();
      report.add(trade);
    }
    const std::string html = report.html({});
    Money::Units sum = 0;
    for (const auto* name : {"gross", "fees", "funding", "slippage"})
      sum += units_of(cell_of(html, "id=\"waterfall\"", name));
    EXPECT_TRUE(sum == units_of(cell_of(html, "id=\"waterfall\"", "net")));
    EXPECT_TRUE(sum == net.units());
  }
}

Trade closed_trade(const char* gross, Signal side, int date, int time, Reason reason) {
  Trade trade;
  trade.direction = side;
  trade.open_time = trade.close_time = {.date = date, .time = time};
  trade.gross =
      Money::from_units(static_cast<Money::Units>(parse_price(gross)->units()) * 1'000'000'000);
  trade.reason = reason;
  return trade;
}

TEST(ReportPage, days_hours_sides_and_reasons_are_told_apart) {
  Report report;
  report.add(closed_trade("-3", Signal::buy, 20240808, 235959999, Reason::reverse));
  report.add(closed_trade("5.5", Signal::sell, 20240809, 0, Reason::stop));
  report.add(closed_trade("-1", Signal::sell, 20240809, 1, Reason::stop));
  const std::string html = report.html({});
  EXPECT_TRUE(holds(html, "<title>2024-08-08: net \u22123 quote of 1 trade</title>"));
  EXPECT_TRUE(holds(html, "<title>2024-08-09: net 4.5 quote of 2 trades</title>"));
  EXPECT_TRUE(holds(html, "<title>23:00: net \u22123 quote of 1 trade</title>"));
  EXPECT_TRUE(holds(html, "<title>00:00: net 4.5 quote of 2 trades</title>"));
  EXPECT_TRUE(holds(html, "<title>12:00: net 0 quote of 0 trades</title>"));
  EXPECT_TRUE(holds(html, "Best 2024-08-09: net 4.5 quote of 2 trades. Worst 2024-08-08: net"));
  EXPECT_EQ(cell_of(html, "<caption>Long and short", "short"), "4.5");
  EXPECT_EQ(cell_of(html, "<caption>Why positions ended", "stop"), "4.5");
}

TEST(ReportPage, what_was_lost_is_red) {
  Report report;
  report.add(closed_trade("-3", Signal::buy, 20240808, 0, Reason::end));
  EXPECT_TRUE(holds(report.html({}), "<dt>Net</dt><dd class=\"loss\">\u22123</dd>"));
  report.add(closed_trade("3", Signal::buy, 20240808, 0, Reason::end));
  EXPECT_TRUE(holds(report.html({}), "<dt>Net</dt><dd>0</dd>"));
}

TEST(ReportPage, the_interval_stands_beside_the_mean) {
  Report report;
  for (int i = 0; i < 19; ++i) report.add(closed_trade("1", Signal::buy, 20240808, i, Reason::end));
  EXPECT_TRUE(holds(report.html({}), "too few trades for an interval"));
  report.add(closed_trade("1", Signal::buy, 20240808, 20, Reason::end));
  EXPECT_TRUE(holds(report.html({}), "95 % interval 1 to 1"));
}

TEST(ReportPage, says_what_it_assumes_and_what_flatters) {
  ReportText text = synthetic_text();
  text.assumptions = {{"fills", "<touch>"}};
  text.cautions = {{.id = "no-fees", .heading = "No <fees>", .text = "none & nothing"}};
  const std::string html = synthetic_report({.books = 10}).html(text);
  EXPECT_TRUE(holds(html, "<th scope=\"row\">fills</th><td>&lt;touch&gt;</td>"));
  EXPECT_TRUE(holds(html, "<h2 id=\"no-fees\">No &lt;fees&gt;</h2><p>none &amp; nothing</p>"));
}

TEST(ReportPage, any_text_is_shown_as_it_is) {
  const std::string evil = "</title></script><script>alert(1)</script><!-- \" ' & {{data}}";
  Report report = synthetic_report({.books = 100});
  const ReportText text{.title = evil,
                        .strategy = evil,
                        .currency = evil,
                        .tool = evil,
                        .summary = {{evil, evil}},
                        .options = {{evil, evil}},
                        .files = {{.name = evil, .sha256 = evil}},
                        .assumptions = {{evil, evil}},
                        .in_sample_warning = evil,
                        .cautions = {{.id = "c", .heading = evil, .text = evil}}};
  const std::string html = report.html(text);
  EXPECT_FALSE(holds(html, "<script>alert"));
  EXPECT_FALSE(holds(html, "<!--"));
  EXPECT_EQ(count(html, "</script>"), 3U);
  EXPECT_EQ(count(html, "</title>"), 1U + count(html, "<g><title>"));
  EXPECT_EQ(data_of(html).at("currency"), evil);
}

TEST(ReportPage, bytes_that_are_no_text_do_no_harm) {
  Report report = synthetic_report({.books = 10});
  EXPECT_EQ(data_of(report.html({.currency = "\xff\xc3"})).at("currency"), "\ufffd\ufffd");
}

TEST(ReportPage, warns_of_books_that_a_model_was_trained_on) {
  ReportText text = synthetic_text();
  Report report = synthetic_report({.books = 10});
  EXPECT_FALSE(holds(report.html(text), "In-sample"));
  text.in_sample_warning = "trained on this day";
  EXPECT_TRUE(holds(report.html(text), "In-sample: this result says nothing about the future"));
  EXPECT_TRUE(holds(report.html(text), "trained on this day"));
}

TEST(ReportPage, holds_all_it_needs_and_the_licence_of_what_it_embeds) {
  const std::string html = page({.books = 100});
  EXPECT_TRUE(holds(html, "default-src 'none'"));
  EXPECT_FALSE(holds(html, "sourceMappingURL"));
  EXPECT_FALSE(holds(html, " src="));
  EXPECT_TRUE(holds(html, "@license https://github.com/danvk/dygraphs"));
  EXPECT_TRUE(holds(html, "Permission is hereby granted, free of charge"));
}

TEST(ReportPage, is_sane_when_there_is_nothing_or_little_to_show) {
  EXPECT_TRUE(holds(page({.books = 0}), "No books."));
  EXPECT_FALSE(holds(page({.books = 0}), "<script"));
  EXPECT_TRUE(holds(page({.books = 100, .books_per_trade = 0}), "No trade was closed."));
  EXPECT_TRUE(holds(page({.books = 100, .books_per_trade = 0}), "No position was held."));
  EXPECT_TRUE(holds(page({.books = 1, .books_per_trade = 0}), "1 book "));
}

const std::array odd_markets{
    SyntheticMarket{.books = 1, .books_per_trade = 0},
    SyntheticMarket{.books = 1, .books_per_trade = 1},
    SyntheticMarket{.books = 500, .volatility = 0},
    SyntheticMarket{.books = 500, .first_price = 0.00001234, .price_decimals = 9},
    SyntheticMarket{.books = 500, .first_price = 1e9, .price_decimals = 9},
    SyntheticMarket{.books = 500, .milliseconds = 0},
    SyntheticMarket{.books = 9000, .silent_after = 5000},
};

/// JavaScript counts exactly to 2^53.
void expect_exact(const Json& columns) {
  for (const auto& [name, column] : columns.items()) {
    if (!column.is_array() || name == "reasons") continue;
    for (const Json& number : column) {
      ASSERT_TRUE(number.is_number_integer()) << name;
      ASSERT_LT(std::abs(number.get<double>()), 9e15) << name;
    }
  }
}

TEST(ReportPage, columns_hold_whole_numbers_that_a_script_can_hold) {
  for (const SyntheticMarket& market : odd_markets) {
    const Json data = data_of(page(market));
    expect_exact(data.at("rows"));
    expect_exact(data.at("trades"));
  }
}

TEST(ReportPage, words_hold_no_broken_numbers_and_no_empty_places) {
  for (const SyntheticMarket& market : odd_markets) {
    const std::string html = page(market);
    const auto begin = html.find("<main>");
    const std::string words = html.substr(begin, html.find("<script", begin) - begin);
    for (const auto* bad : {"nan", "NaN", "inf ", "-inf", "e+", "e-0", "{{"})
      EXPECT_FALSE(holds(words, bad)) << bad;
  }
}

}  // namespace
}  // namespace obkit::backtest
