#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "report/bar_chart.hpp"
#include "report/chosen_trades.hpp"
#include "report/histogram.hpp"
#include "report/html.hpp"
#include "report/number_text.hpp"

namespace obkit::backtest {
namespace {

TEST(ReportNumbers, are_rounded_grouped_and_without_exponent) {
  EXPECT_EQ(number_text(0.0), "0");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(0.00001234), "0.00001234");
  EXPECT_EQ(number_text(1e9), "1\u202f000\u202f000\u202f000");
  EXPECT_EQ(number_text(1234.5678), "1234.57");
  EXPECT_EQ(number_text(-12345.678), "\u221212\u202f345.7");
  EXPECT_EQ(number_text(999999.96), "1\u202f000\u202f000");
  EXPECT_EQ(number_text(0.1 + 0.2), "0.3");
  EXPECT_EQ(number_text(-1e-30), "0");
  EXPECT_EQ(number_text(std::uint64_t{1'000'000}), "1\u202f000\u202f000");
  EXPECT_EQ(number_text(std::uint64_t{4321}), "4321");
}

TEST(ReportNumbers, the_largest_double_is_written_out) {
  EXPECT_EQ(number_text(1e308).substr(0, 1), "1");
}

TEST(ReportNumbers, a_part_of_nothing_is_nothing) {
  EXPECT_EQ(percent_text(0, 0), "0\u00a0%");
  EXPECT_EQ(percent_text(1, 3), "33.3\u00a0%");
}

TEST(ReportNumbers, durations_are_in_the_unit_that_people_read_them_in) {
  EXPECT_EQ(duration_text(0), "0\u00a0ms");
  EXPECT_EQ(duration_text(250), "250\u00a0ms");
  EXPECT_EQ(duration_text(1500), "1.5\u00a0s");
  EXPECT_EQ(duration_text(12.0 * 60'000), "12\u00a0min");
  EXPECT_EQ(duration_text(3.0 * 3'600'000), "3\u00a0h");
  EXPECT_EQ(duration_text(2.0 * 86'400'000), "2\u00a0d");
}

TEST(ReportHtml, no_text_can_leave_its_place) {
  EXPECT_EQ(escape_html("</script><b a=\"x\" b='y'>&amp;"),
            "&lt;/script&gt;&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(escape_html(std::string_view{"a\0b\x1b\x7f\n", 6}), "a\ufffdb\ufffd\ufffd\n");
}

TEST(ReportHtml, what_is_filled_in_is_not_looked_at_again) {
  EXPECT_EQ(fill("<{{a}}|{{b}}|{{a}}>", {{"a", "{{b}}"}, {"b", "{{"}}), "<{{b}}|{{|{{b}}>");
}

RC_GTEST_PROP(ReportHistogram, counts_as_a_plain_search_does, (const std::vector<double>& values)) {
  const std::vector<double> edges{-10, -1, 0, 0.5, 100};
  Histogram histogram{edges};
  std::vector<std::uint64_t> expected(edges.size() - 1);
  for (const double value : values) {
    histogram.add(value);
    std::size_t bin = 0;
    while (bin + 2 < edges.size() && value >= edges[bin + 1]) ++bin;
    ++expected[bin];
  }
  RC_ASSERT(histogram.counts() == expected);
  RC_ASSERT(histogram.total() == values.size());
}

TEST(ReportHistogram, the_ends_of_a_score_are_counted_inside) {
  Histogram scores = score_histogram();
  for (const double score : {-1.0, 1.0, 0.0, -1.5, 1.5}) scores.add(score);
  EXPECT_EQ(scores.counts().size(), 40U);
  EXPECT_EQ(scores.counts().front(), 2U);
  EXPECT_EQ(scores.counts().back(), 2U);
  EXPECT_EQ(scores.counts()[20], 1U);
  EXPECT_EQ(scores.mean(), 0);
}

Trade trade_of(std::int64_t net) {
  Trade trade;
  trade.gross = Money::from_units(net);
  return trade;
}

RC_GTEST_PROP(ReportTrades, those_that_gained_or_lost_most_are_kept, ()) {
  std::mt19937 random{*rc::gen::arbitrary<std::uint32_t>()};
  const auto count = *rc::gen::inRange<std::size_t>(0, 3 * ChosenTrades::capacity);
  ChosenTrades chosen;
  std::vector<std::int64_t> nets;
  for (std::size_t i = 0; i < count; ++i) {
    nets.push_back(static_cast<std::int64_t>(random() % 4001) - 2000);
    chosen.add(trade_of(nets.back()));
  }
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return std::abs(nets[i]); });
  order.resize(std::min(count, ChosenTrades::capacity));
  std::ranges::sort(order);
  const std::vector<Trade> kept = chosen.trades();
  RC_ASSERT(kept.size() == order.size());
  for (std::size_t i = 0; i < kept.size(); ++i) RC_ASSERT(kept[i].gross.units() == nets[order[i]]);
  RC_ASSERT(chosen.count() == count);
}

TEST(ReportTrades, sums_are_of_all_trades) {
  ChosenTrades chosen;
  const auto count = static_cast<std::int64_t>(ChosenTrades::capacity) + 10;
  for (std::int64_t i = 0; i < count; ++i) chosen.add(trade_of(i - 3));
  EXPECT_EQ(chosen.net().units(), count * (count - 1) / 2 - 3 * count);
  EXPECT_EQ(chosen.wins(), static_cast<std::uint64_t>(count - 4));
}

TEST(ReportBars, a_bar_says_what_it_counts) {
  Histogram histogram{{0, 1, 2, 3}};
  histogram.add(1.5);
  const std::string html =
      bar_chart_html({.id = "x",
                      .title = "a < b",
                      .facts = "",
                      .noun = "book",
                      .edge_text = [](double value) { return number_text(value); },
                      .trim = true},
                     histogram);
  EXPECT_NE(html.find("<title>1 to 2: 1 book (100\u00a0%)</title>"), std::string::npos);
  EXPECT_NE(html.find("a &lt; b"), std::string::npos);
  EXPECT_EQ(html.find("0 to 1"), std::string::npos);
}

}  // namespace
}  // namespace obkit::backtest
