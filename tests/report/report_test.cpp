#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "obkit/report/bar_chart.hpp"
#include "obkit/report/heat_map.hpp"
#include "obkit/report/line_chart.hpp"
#include "obkit/report/page.hpp"
#include "obkit/report/signed_bars.hpp"
#include "obkit/report/text.hpp"

namespace obkit::report {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

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

TEST(ReportNumbers, those_among_words_get_the_same_style) {
  EXPECT_EQ(styled_text("net -12345.6789 (from -1 to 20000, 5 %)"),
            "net \u221212\u202f345.6789 (from \u22121 to 20\u202f000, 5 %)");
  EXPECT_EQ(styled_text("from 2024-08-08T00:00:01.250Z to 2024-08-08"),
            "from 2024-08-08 00:00:01.250 UTC to 2024-08-08");
  EXPECT_EQ(styled_text("-0.123456789012345678"), "\u22120.123456789012345678")
      << "no digit is cut";
  EXPECT_EQ(styled_text("1e-05 and -2.5e+10"), "0.00001 and \u221225\u202f000\u202f000\u202f000");
}

TEST(ReportNumbers, names_among_words_stay) {
  for (const std::string text :
       {"", " ", "-", "a-12345", "XBT_20240808.txt", "1.2.3", "--queue-share", "12345x", "1e400",
        "e-5", "(", "from  two spaces", "-.5", "5."})
    EXPECT_EQ(styled_text(text), text);
}

TEST(ReportHtml, no_text_can_leave_its_place) {
  EXPECT_EQ(escape_html("</script><b a=\"x\" b='y'>&amp;"),
            "&lt;/script&gt;&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(escape_html(std::string_view{"a\0b\x1b\x7f\n", 6}), "a\ufffdb\ufffd\ufffd\n");
  EXPECT_EQ(escape_html("\xC9 \xC3\x89 \xE2\x82\xAC \xE2\x82"), "\ufffd \u00c9 \u20ac \ufffd\ufffd")
      << "bytes that are no UTF-8, in a file's name";
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

TEST(ReportBars, a_bar_says_what_it_counts) {
  Histogram histogram{{0, 1, 2, 3}};
  histogram.add(1.5);
  const std::string html =
      bar_chart_html({.id = "x",
                      .title = "a < b",
                      .caption = "",
                      .noun = "book",
                      .edge_text = [](double value) { return number_text(value); },
                      .trim = true},
                     histogram);
  EXPECT_NE(html.find("<title>1 to 2: 1 book (100\u00a0%)</title>"), std::string::npos);
  EXPECT_NE(html.find("a &lt; b"), std::string::npos);
  EXPECT_EQ(html.find("0 to 1"), std::string::npos);
}

TEST(ReportLines, ticks_are_round_and_within) {
  EXPECT_EQ(axis_of(0, 1).ticks, (std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1}));
  EXPECT_EQ(axis_of(0, 60).ticks, (std::vector<double>{0, 20, 40, 60}));
  EXPECT_EQ(axis_of(7, 7).ticks, (std::vector<double>{6.5, 7, 7.5}))
      << "a single value has room around it";
  EXPECT_EQ(axis_of(0, 0).low, 0);
}

RC_GTEST_PROP(ReportLines, any_two_values_have_some_ticks_between_them, ()) {
  const double low = *rc::gen::inRange(-1'000'000, 1'000'000) / 1000.0;
  const double span = *rc::gen::inRange(0, 1'000'000) / 700.0;
  const Axis axis = axis_of(low, low + span);
  RC_ASSERT(axis.low <= low && axis.high >= low + span);
  RC_ASSERT(axis.ticks.size() >= 2U && axis.ticks.size() <= 8U);
  const double slack = 1e-6 * (axis.high - axis.low);
  RC_ASSERT(axis.ticks.front() >= axis.low - slack && axis.ticks.back() <= axis.high + slack);
}

TEST(ReportTables, money_that_was_lost_is_red) {
  const std::string html = table_html({.caption = "c",
                                       .columns = {"name", "score", "net"},
                                       .rows = {{"a", "\u22121", "\u22122"}, {"b", "1", "2"}},
                                       .money = {2}});
  EXPECT_TRUE(
      holds(html, "<td class=\"number\">\u22121</td><td class=\"number loss\">\u22122</td>"));
  EXPECT_TRUE(holds(html, "<td class=\"number\">1</td><td class=\"number\">2</td>"));
  EXPECT_TRUE(
      holds(tile_html("Net", "\u22121", "", Tone::loss), "<dd class=\"loss\">\u22121</dd>"));
  EXPECT_TRUE(holds(tile_html("Net", "1", ""), "<dd>1</dd>"));
}

TEST(ReportTables, those_that_may_scroll_say_so) {
  EXPECT_TRUE(
      holds(table_html({.caption = "c", .columns = {"name"}, .rows = {{"a"}}}), "Scroll sideways"));
  EXPECT_TRUE(holds(folded_table_html("t", {"name"}, {{"a"}}), "Scroll sideways"));
}

/// 0 to 4 is 1000 wide.
TEST(ReportWaterfall, each_step_begins_where_the_one_above_ended) {
  const std::string html =
      waterfall_html({.id = "w",
                      .title = "<t>",
                      .steps = {{.name = "gross", .amount = 3, .text = "3"},
                                {.name = "fees", .amount = 1, .text = "1"},
                                {.name = "costs", .amount = -2, .text = "-2"},
                                {.name = "net", .amount = 2, .is_sum = true}}});
  EXPECT_TRUE(holds(html, "&lt;t&gt;"));
  EXPECT_TRUE(holds(html, R"(<rect class="bar" x="0" y="0" width="750")"));
  EXPECT_TRUE(holds(html, R"(<rect class="bar" x="750" y="0" width="250")"));
  EXPECT_TRUE(holds(html, R"(<rect class="bar loss" x="500" y="0" width="500")"));
  EXPECT_TRUE(holds(html, R"(<rect class="bar" x="0" y="0" width="500")"));
  EXPECT_TRUE(holds(html, R"(<td class="number loss">-2</td>)"));
}

TEST(ReportWaterfall, nothing_at_all_is_drawn_as_nothing) {
  const std::string html = waterfall_html({.id = "w", .steps = {{.name = "a"}, {.name = "b"}}});
  EXPECT_TRUE(holds(html, R"(width="0")"));
  EXPECT_FALSE(holds(html, "nan"));
}

/// From -2 to 2 is 100 high: zero lies at 50.
TEST(ReportSignedBars, hang_below_zero_and_stand_above_it) {
  const std::string html =
      signed_bars_html({.id = "b",
                        .bars = {{.name = "<one>", .label = "1", .value = 2, .text = "two"},
                                 {.name = "two", .label = "2", .value = -2, .text = "minus two"}}});
  EXPECT_TRUE(holds(html, R"(<title>&lt;one&gt;: two</title><rect class="bar" )"));
  EXPECT_TRUE(holds(html, R"(class="bar" x="220" y="0" width="60" height="50")"));
  EXPECT_TRUE(holds(html, R"(class="bar loss" x="720" y="50" width="60" height="50")"));
}

TEST(ReportSignedBars, of_nothing_have_no_height) {
  const std::string html = signed_bars_html({.id = "b", .bars = {{.name = "a"}}});
  EXPECT_TRUE(holds(html, R"(width="60" height="0")"));
  EXPECT_FALSE(holds(html, "nan"));
}

TEST(ReportHeatMap, shades_grow_with_the_distance_from_zero) {
  const std::string html =
      heat_map_html({.id = "h",
                     .title = "t",
                     .corner = "<c>",
                     .columns = {"<a>", "b"},
                     .rows = {"0", "1"},
                     .cells = {{{.value = -8, .text = "-8"}, {.text = "0"}},
                               {{.value = 2, .text = "2"}, {.value = 2.1, .is_best = true}}}});
  EXPECT_TRUE(holds(html, R"(<td class="number loss-4">-8</td><td class="number">0</td>)"));
  EXPECT_TRUE(holds(html, R"(<td class="number gain-1">2</td><td class="number gain-2 best">)"));
  EXPECT_TRUE(holds(html, "&lt;a&gt;"));
}

LineChart chart_of(std::vector<LinePoint> points) {
  return {.id = "x",
          .title = "a < b",
          .caption = "5 < 6",
          .x = axis_of(0, 10),
          .y = axis_of(0, 1),
          .lines = {{.name = "<one>", .colour = "net", .points = std::move(points)}},
          .readings = {{.x = 0, .text = "</svg>"}, {.x = 10, .text = "end"}}};
}

TEST(ReportLines, a_line_is_broken_where_nothing_is_known) {
  const std::string html = line_chart_html(
      chart_of({{0, 0.0}, {1, 1.0}, {2, {}}, {3, 0.5}, {4, 0.25}, {5, {}}, {6, 1}}));
  EXPECT_TRUE(holds(html, R"(d="M0 100L100 0M300 50L400 75M600 0")"));
  EXPECT_TRUE(holds(html, R"svg(class="mark" stroke="var(--net)" d="M600 0h0")svg"))
      << "one alone is a dot";
}

TEST(ReportLines, what_lies_outside_is_drawn_at_the_end) {
  EXPECT_TRUE(holds(line_chart_html(chart_of({{-5, 2.0}, {20, -1.0}})), R"(d="M0 0L1000 100")"));
}

TEST(ReportLines, no_text_can_leave_its_place) {
  const std::string html = line_chart_html(chart_of({{0, 0.0}}));
  EXPECT_TRUE(holds(html, "a &lt; b"));
  EXPECT_TRUE(holds(html, "&lt;one&gt;"));
  EXPECT_TRUE(holds(html, "5 &lt; 6"));
  EXPECT_TRUE(holds(html, "<title>&lt;/svg&gt;</title>"));
}

TEST(ReportPage, what_it_does_not_name_is_forbidden_to_it) {
  const std::string plain = page_html({.kind = "odd report", .title = "<b>", .body_html = "<p>"});
  EXPECT_TRUE(
      holds(plain, "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\""));
  EXPECT_TRUE(holds(plain, "<title>&lt;b&gt; – odd report</title>"));
  EXPECT_TRUE(holds(plain, R"(<p class="kicker">Odd report</p>)"));
  EXPECT_FALSE(holds(plain, "<script"));
  EXPECT_TRUE(holds(page_html({.policy = "connect-src 'self'"}), "data:; connect-src 'self'\">"));
}

TEST(ReportPage, tables_hold_any_text) {
  const std::string html =
      table_html({.caption = "a&b", .columns = {"name", "<n>"}, .rows = {{"<i>", "1"}}, .id = "t"});
  EXPECT_TRUE(holds(html, R"(<table id="t"><caption>a&amp;b</caption>)"));
  EXPECT_TRUE(holds(html, R"(<th scope="col" class="number">&lt;n&gt;</th>)"));
  EXPECT_TRUE(holds(html, R"(<th scope="row">&lt;i&gt;</th><td class="number">1</td>)"));
  EXPECT_EQ(table_html({.caption = "none", .columns = {"name"}, .rows = {}}), "");
  EXPECT_EQ(json_for_script("\"</script>\""), "\"\\u003c/script>\"");
}

}  // namespace
}  // namespace obkit::report
