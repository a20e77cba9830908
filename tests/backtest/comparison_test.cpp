#include "obkit/backtest/comparison.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace obkit::backtest {
namespace {

bool shows(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Summary summary_of(int net) {
  Trade trade;
  trade.gross = Money::from_units(Money::Units{net + 1} * 1'000'000'000'000'000'000);
  trade.fees = Money::from_units(1'000'000'000'000'000'000);
  Summary summary;
  summary.add(trade);
  summary.books = 3;
  return summary;
}

ReportPoint book_at(int time, double net) {
  return {.time = {.date = 20240808, .time = time}, .gross = net, .net = net};
}

TEST(Comparison, two_runs_stand_side_by_side_with_their_equity) {
  const Summary good = summary_of(4), bad = summary_of(-4);
  Comparison comparison{2};
  ASSERT_TRUE(comparison.draws_equity());
  for (int i = 0; i <= 2; ++i) {
    comparison.add(0, book_at(i * 1000, 2 * i));
    comparison.add(1, book_at(i * 1000, -2 * i));
  }
  const std::string html = comparison.html(
      {.title = "t"}, {.runs = {{.strategy = "<good>", .summary = &good, .is_best = true},
                                {.strategy = "bad", .summary = &bad}}});
  EXPECT_TRUE(shows(html, "&lt;good&gt;"));
  EXPECT_TRUE(shows(html, "<dt>Net</dt><dd>4</dd>"));
  EXPECT_TRUE(shows(html, "<dt>Net</dt><dd class=\"loss\">\u22124</dd>"));
  EXPECT_TRUE(
      shows(html, R"svg(var(--run-1)" stroke-dasharray="none" d="M0 50L500 25L1000 0")svg"));
  EXPECT_TRUE(
      shows(html, R"svg(var(--run-2)" stroke-dasharray="8 4" d="M0 50L500 75L1000 100")svg"));
  EXPECT_TRUE(shows(html, "2024-08-08 00:00:02 UTC\n&lt;good&gt;: 4\nbad: \u22124"));
  EXPECT_FALSE(shows(html, "id=\"heat\""));
  EXPECT_FALSE(shows(html, "<script"));
}

/// Strategies a and b at thresholds 0, 0.5 and 1: net -2, -1, 0 and 1, 2, 4.
TEST(Comparison, a_sweep_of_two_parameters_is_a_heat_map_of_net) {
  const std::vector<Summary> nets{summary_of(-2), summary_of(-1), summary_of(0),
                                  summary_of(1),  summary_of(2),  summary_of(4)};
  ComparedRuns compared{.thresholds = 3};
  for (std::size_t i = 0; i < nets.size(); ++i)
    compared.runs.push_back({.strategy = i < 3 ? "a" : "b",
                             .threshold = 0.5 * static_cast<double>(i % 3),
                             .summary = &nets[i],
                             .is_best = i == 5});
  const std::string html = Comparison{6}.html({}, compared);
  EXPECT_TRUE(shows(html, R"(<th scope="col">threshold</th><th scope="col" class="number">a</th>)"
                          R"(<th scope="col" class="number">b</th>)"));
  EXPECT_TRUE(shows(html,
                    "<th scope=\"row\">0</th><td class=\"number loss-2\">\u22122</td>"
                    "<td class=\"number gain-1\">1</td>"));
  EXPECT_TRUE(shows(html,
                    "<th scope=\"row\">1</th><td class=\"number\">0</td>"
                    "<td class=\"number gain-4 best\">4</td>"));
  EXPECT_TRUE(shows(html, "Best: net 4 quote with b, threshold 1."));
}

TEST(Comparison, many_thresholds_of_one_strategy_are_a_line) {
  std::vector<Summary> nets;
  for (int i = 0; i < 8; ++i) nets.push_back(summary_of(i - 4));
  ComparedRuns compared{.thresholds = nets.size()};
  for (std::size_t i = 0; i < nets.size(); ++i)
    compared.runs.push_back({.strategy = "a",
                             .threshold = static_cast<double>(i) / 7,
                             .summary = &nets[i],
                             .is_best = i == 7});
  EXPECT_FALSE(Comparison{8}.draws_equity());
  const std::string html = Comparison{8}.html({}, compared);
  EXPECT_TRUE(shows(html, "id=\"by-threshold\""));
  EXPECT_FALSE(shows(html, "id=\"runs\""));
  EXPECT_FALSE(shows(html, "id=\"heat\""));
  EXPECT_TRUE(shows(html, "Best: net 3 quote with a, threshold 1."));
}

/// A falls by 1 where B rises by 3.
TEST(Comparison, a_sum_of_several_markets_stands_beside_them) {
  const Summary one = summary_of(4);
  Summary sum = summary_of(8);
  sum.drawdown.emplace().depth = Money::from_units(Money::Units{3} * 1'000'000'000'000'000'000);
  Comparison comparison{2, 1};
  ASSERT_TRUE(comparison.draws_sums());
  for (int i = 0; i <= 2; ++i) {
    comparison.add(0, book_at(i * 1000, -i));
    comparison.add(1, book_at(i * 1000, 3 * i));
    comparison.add_sum(0, book_at(i * 1000, 2 * i));
  }
  const std::string html = comparison.html(
      {}, {.runs = {{.strategy = "A", .summary = &one}, {.strategy = "B", .summary = &one}},
           .sums = {{.strategy = "sum", .summary = &sum}}});
  const std::string row = html.substr(html.find("<th scope=\"row\">sum</th>"));
  EXPECT_TRUE(shows(row, "<td class=\"number\">0</td><td class=\"number\">8</td>"));
  EXPECT_TRUE(shows(row, "<td class=\"number loss\">\u22123</td>")) << "the deepest drawdown";
  EXPECT_TRUE(shows(html, "2024-08-08 00:00:02 UTC\nsum: 4\nA: \u22122\nB: 6"));
  EXPECT_TRUE(shows(html, R"svg(var(--ink)" stroke-dasharray="none" d="M0 )svg"));
  EXPECT_TRUE(shows(html, "aria-label=\"sum\""));
}

TEST(Comparison, the_sum_of_many_markets_is_drawn_alone) {
  const Summary one = summary_of(4), sum = summary_of(8);
  Comparison comparison{7, 1};
  EXPECT_FALSE(comparison.draws_equity());
  ASSERT_TRUE(comparison.draws_sums());
  for (int i = 0; i <= 2; ++i) comparison.add_sum(0, book_at(i * 1000, i));
  ComparedRuns compared{.sums = {{.strategy = "sum", .summary = &sum}}};
  for (int i = 0; i < 7; ++i) compared.runs.push_back({.strategy = "A", .summary = &one});
  const std::string html = comparison.html({}, compared);
  EXPECT_TRUE(shows(html, "run best-run\" aria-label=\"sum\""));
  EXPECT_TRUE(shows(html, "2024-08-08 00:00:02 UTC\nsum: 2"));
}

TEST(Comparison, sums_of_several_rows_are_drawn_where_there_is_room) {
  EXPECT_TRUE((Comparison{4, 2}.draws_sums()));
  EXPECT_FALSE((Comparison{6, 2}.draws_sums()));
  EXPECT_TRUE((Comparison{6, 2}.draws_equity()));
  EXPECT_TRUE((Comparison{20, 2}.draws_sums())) << "without their parts";
}

TEST(Comparison, markets_with_other_times_share_an_axis) {
  const Summary one = summary_of(1);
  Comparison comparison{2};
  for (int i = 0; i <= 2; ++i) {
    comparison.add(0, book_at(i * 1000, 0));
    comparison.add(1, book_at(2000 + i * 1000, i));
  }
  const std::string html = comparison.html(
      {}, {.runs = {{.strategy = "A", .summary = &one}, {.strategy = "B", .summary = &one}}});
  EXPECT_TRUE(shows(html, R"(d="M0 100L250 100L500 100")"));
  EXPECT_TRUE(shows(html, R"(d="M500 100L750 50L1000 0")"));
  EXPECT_TRUE(shows(html, "2024-08-08 00:00:00 to 2024-08-08 00:00:04 UTC."));
}

TEST(Comparison, what_was_chosen_is_shown_with_the_rest) {
  const Summary chosen = summary_of(4), rest = summary_of(-7);
  const std::string html = Comparison{2}.html(
      {}, {.runs = {{.strategy = "a", .summary = &chosen, .rest = &rest, .is_best = true},
                    {.strategy = "b", .summary = &rest, .rest = &chosen}}});
  EXPECT_TRUE(shows(html, "<dt>Net on the rest</dt><dd class=\"loss\">\u22127</dd>"));
  EXPECT_TRUE(shows(html, "net of the rest"));
}

}  // namespace
}  // namespace obkit::backtest
