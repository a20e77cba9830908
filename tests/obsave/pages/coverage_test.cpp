#include "obsave/coverage/coverage.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obkit::obsave {
namespace {

using testing::HasSubstr;
using testing::Not;

Price price(std::int64_t whole) { return Price::from_units(whole * 1'000'000'000, 0); }

OrderBook book(int time, std::int64_t bid, std::int64_t ask) {
  return {.time = {.date = 20260105, .time = time},
          .prices = {price(bid), price(ask)},
          .volumes = {3, 4},
          .recv = {},
          .gap = false};
}

store::DayReport day(const std::string& symbol, int date) {
  store::DayReport report;
  report.symbol = symbol;
  report.date = date;
  return report;
}

store::ManifestGap gap(int from, int to, std::string reason) {
  return {.from = DateTime{.date = 20260105, .time = from},
          .to = {.date = 20260105, .time = to},
          .reason = std::move(reason)};
}

TEST(Coverage, books_are_counted_by_the_time_of_day) {
  Coverage coverage;
  DayProfile books;
  books.add(book(100459999, 99, 101));
  books.add(book(100000000, 100, 100));  // crossed: its spread says nothing
  books.add(book(100500000, 99, 101));
  coverage.add(day("X", 20260105), books);
  coverage.add(day("Y", 20260105));  // without a book
  const auto& bins = coverage.profiles().at("X");
  EXPECT_EQ(bins[120].books, 2U);
  EXPECT_EQ(bins[120].priced, 1U);
  EXPECT_EQ(bins[120].days, 1U);
  EXPECT_EQ(bins[120].spread_bps, 200);
  EXPECT_EQ(bins[120].depth, 14);
  EXPECT_EQ(bins[121].books, 1U);
  EXPECT_FALSE(coverage.profiles().contains("Y"));
}

TEST(Coverage, of_very_many_gaps_the_longest_are_kept) {
  Coverage coverage;
  const std::size_t gaps = 5 * Coverage::most_gaps;
  for (std::size_t i = 0; i < gaps; i += 100) {
    store::DayReport report = day("X", 20260105);
    for (std::size_t k = i; k < i + 100; ++k)
      report.gap_list.push_back(
          gap(0, static_cast<int>(k % 60 * 1000 + k / 60 % 60 * 100'000 + k / 3600 * 10'000'000),
              "restart"));
    coverage.add(report);
  }
  const auto kept = coverage.gaps();
  ASSERT_EQ(kept.size(), Coverage::most_gaps);
  for (const Coverage::Gap& one : kept)
    ASSERT_GE(one.length, static_cast<std::int64_t>(gaps - Coverage::most_gaps) * 1000);
  EXPECT_EQ(coverage.known_gaps(), gaps);
  EXPECT_THAT(coverage_page(coverage, "books"),
              HasSubstr("Of 20000 gaps it shows the 4000 longest."));
}

TEST(Coverage, a_folder_of_any_size_makes_a_page_of_bounded_size) {
  Coverage coverage;
  DayProfile books;
  books.add(book(120000000, 99, 101));
  for (int symbol = 0; symbol < 1000; ++symbol)
    for (int i = 0; i < 25; ++i)
      coverage.add(day("S" + std::to_string(symbol), 20260101 + i), books);
  EXPECT_EQ(coverage.days().size(), Coverage::most_days);
  EXPECT_EQ(coverage.profiles().size(), Coverage::most_symbols);
  EXPECT_EQ(coverage.totals().days, 25'000U);
  const std::string page = coverage_page(coverage, "books");
  EXPECT_LT(page.size(), 8'000'000U);
  EXPECT_THAT(page, HasSubstr("Of 25000 day-files this page shows the first 20000."));
  EXPECT_THAT(page, HasSubstr("symbols it draws the 12 with the most books."));
}

TEST(Coverage, what_others_wrote_stays_a_text) {
  Coverage coverage;
  store::DayReport report = day("<b>&\"", 20260105);
  report.problems = {"</td><script>alert(1)</script>"};
  report.notes = {"<i>"};
  report.gap_list = {gap(100000000, 110000000, "\"><script>")};
  coverage.add(report);
  const std::string page = coverage_page(coverage, "</h1>");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<b>&")));
  EXPECT_THAT(page, HasSubstr("10:00:00.000 to 11:00:00.000 (1\u00a0h): &quot;&gt;&lt;script&gt;"));
}

TEST(Coverage, times_that_do_not_exist_are_no_reason_to_fail) {
  Coverage coverage;
  DayProfile books;
  books.add(book(990000000, 99, 101));
  store::DayReport report = day("X", 20261399);
  report.gap_list = {gap(0, 996161999, "odd")};
  report.first = report.last = DateTime{.date = 20260105, .time = 100000000};
  coverage.add(report, books);
  coverage.add(day("no day-file", 0));
  EXPECT_EQ(coverage.known_gaps(), 0U);
  EXPECT_THAT(coverage_page(coverage, "books"), HasSubstr("no day-file"));
}

}  // namespace
}  // namespace obkit::obsave
