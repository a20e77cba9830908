#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "obkit/report/bar_chart.hpp"

#include "report/curve.hpp"
#include "report/largest_trades.hpp"
#include "report/page.hpp"

namespace obkit::backtest {
namespace {

/// Jumps in price and equity, books in bursts, silences now and then.
std::vector<ReportPoint> random_points(std::uint32_t seed, std::size_t count) {
  std::mt19937 random{seed};
  const auto step = [&](int n) { return static_cast<int>(random() % (2 * n + 1)) - n; };
  std::vector<ReportPoint> points;
  std::int64_t price = 100'000;
  double gross = 0, costs = 0;
  Timestamp time = *to_timestamp({.date = 20240808, .time = 0});
  for (std::size_t i = 0; i < count; ++i) {
    price = std::max<std::int64_t>(price + step(3), 10);
    gross += random() % 500 == 0 ? step(1000) : step(2);
    costs += random() % 50 == 0 ? 0.25 : 0;
    points.push_back({.time = to_date_time(time),
                      .bid = Price::from_units(price * 500'000'000, 1),
                      .ask = Price::from_units((price + 2 + step(1)) * 500'000'000, 1),
                      .position = static_cast<double>(step(1)),
                      .gross = gross,
                      .net = gross - costs});
    time += std::chrono::milliseconds{std::max(step(300), 0)};
    if (random() % 3000 == 0) time += std::chrono::hours{2};
  }
  return points;
}

Curve curve_of(const std::vector<ReportPoint>& points, std::size_t most_buckets = 8192) {
  Curve curve{most_buckets};
  for (const ReportPoint& point : points) curve.add(point);
  return curve;
}

std::vector<double> drawdowns(const std::vector<ReportPoint>& points) {
  std::vector<double> values;
  for (auto end = points.begin(); end != points.end(); ++end) {
    double peak = 0;
    for (auto point = points.begin(); point <= end; ++point) peak = std::max(peak, point->net);
    values.push_back(end->net - peak);
  }
  return values;
}

/// Lowest and highest of `value` over books [begin, end).
template <class Value>
std::pair<double, double> extent(std::size_t begin, std::size_t end, Value value) {
  std::pair<double, double> found{value(begin), value(begin)};
  for (std::size_t i = begin; i < end; ++i) {
    found.first = std::min(found.first, value(i));
    found.second = std::max(found.second, value(i));
  }
  return found;
}

/// What books of one stretch lose when only `rows` of them are kept: nothing at the ends.
void expect_peaks_kept(const std::vector<ReportPoint>& points, const std::vector<Curve::Row>& rows,
                       std::size_t begin, std::size_t end) {
  std::vector<CurveSample> kept;
  for (const Curve::Row& row : rows)
    if (row.sample.number >= begin && row.sample.number < end) kept.push_back(row.sample);
  RC_ASSERT(!kept.empty());
  RC_ASSERT(kept.front().number == begin);
  RC_ASSERT(kept.back().number == end - 1);
  const auto same = [&](auto of_sample, auto of_point) {
    const auto expected = extent(begin, end, [&](std::size_t i) { return of_point(points[i]); });
    const auto found = extent(0, kept.size(), [&](std::size_t i) { return of_sample(kept[i]); });
    RC_ASSERT(found == expected);
  };
  const auto mid = [](const auto& book) { return (book.bid.value() + book.ask.value()) / 2; };
  same(mid, mid);
  same([](const CurveSample& s) { return s.gross; }, [](const ReportPoint& p) { return p.gross; });
  same([](const CurveSample& s) { return s.net; }, [](const ReportPoint& p) { return p.net; });
}

RC_GTEST_PROP(ReportCurve, keeps_the_peaks_of_every_stretch_in_a_bounded_number_of_rows, ()) {
  const std::size_t most_buckets = 2 * *rc::gen::inRange<std::size_t>(1, 20);
  const auto count = *rc::gen::inRange<std::size_t>(1, 2000);
  const auto points = random_points(*rc::gen::arbitrary<std::uint32_t>(), count);
  const Curve curve = curve_of(points, most_buckets);
  const std::vector<Curve::Row> rows = curve.rows();
  std::size_t stride = 1;
  while ((count + stride - 1) / stride > most_buckets) stride *= 2;
  RC_ASSERT(rows.size() <= std::min(count, most_buckets * CurveBucket::most_samples));
  const auto number = [](const Curve::Row& row) { return row.sample.number; };
  RC_ASSERT(std::ranges::is_sorted(rows, std::ranges::less_equal{}, number) || rows.size() == 1);
  for (std::size_t begin = 0; begin < count; begin += stride)
    expect_peaks_kept(points, rows, begin, std::min(begin + stride, count));
}

RC_GTEST_PROP(ReportCurve, drawdown_is_that_of_all_books, ()) {
  const auto points =
      random_points(*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::inRange<std::size_t>(1, 1500));
  const std::vector<double> expected = drawdowns(points);
  const Curve curve = curve_of(points);
  const auto deepest = std::ranges::min_element(expected);
  RC_ASSERT(curve.totals().deepest.drawdown == *deepest);
  RC_ASSERT(curve.totals().deepest.number ==
            static_cast<std::uint64_t>(deepest - expected.begin()));
  for (const Curve::Row& row : curve.rows())
    RC_ASSERT(row.sample.drawdown == expected[row.sample.number]);
}

RC_GTEST_PROP(ReportCurve, time_in_position_adds_up, ()) {
  const auto points =
      random_points(*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::inRange<std::size_t>(1, 2000));
  std::int64_t long_time = 0, short_time = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(
        *to_timestamp(points[i].time) - *to_timestamp(points[i - 1].time));
    if (points[i - 1].position > 0) long_time += held.count();
    if (points[i - 1].position < 0) short_time += held.count();
  }
  const CurveTotals totals = curve_of(points).totals();
  RC_ASSERT(totals.long_time == long_time);
  RC_ASSERT(totals.short_time == short_time);
  RC_ASSERT(totals.last.long_sum == static_cast<double>(long_time));
  RC_ASSERT(totals.last.short_sum == static_cast<double>(short_time));
}

ReportPoint at(int date, int time) { return {.time = {.date = date, .time = time}}; }

std::vector<std::uint64_t> breaks(const Curve& curve) {
  std::vector<std::uint64_t> numbers;
  for (const Curve::Row& row : curve.rows())
    if (row.after_silence) numbers.push_back(row.sample.number);
  return numbers;
}

TEST(ReportCurve, a_line_is_broken_where_no_book_came_for_long) {
  Curve curve;
  for (int i = 0; i < 60; ++i) curve.add(at(20240808, i * 1000));
  for (int i = 0; i < 60; ++i) curve.add(at(20240810, i * 1000));
  EXPECT_EQ(breaks(curve), std::vector<std::uint64_t>{60});
}

TEST(ReportCurve, a_silence_within_a_bucket_breaks_the_line_too) {
  Curve curve{16};
  for (int second = 0; second < 60; ++second)  // four a bucket
    curve.add(at(second < 22 ? 20240808 : 20240810, second * 1000));
  EXPECT_EQ(breaks(curve), std::vector<std::uint64_t>{22});
}

TEST(ReportCurve, ten_minutes_without_a_book_break_no_line) {
  Curve curve;
  for (int i = 0; i < 60; ++i) curve.add(at(20240808, i * 1000));
  curve.add(at(20240808, 1'059'000));
  EXPECT_TRUE(breaks(curve).empty());
}

TEST(ReportCurve, a_market_of_a_book_an_hour_is_one_line) {
  Curve curve;
  for (int hour = 0; hour < 24; ++hour) curve.add(at(20240808, hour * 10'000'000));
  EXPECT_TRUE(breaks(curve).empty());
}

TEST(ReportCurve, one_that_was_thinned_goes_on_as_if_it_had_grown_so) {
  for (const int thinned_after : {12, 13}) {  // an odd and an even number of buckets
    Curve thinned{16}, grown{16};
    for (int second = 0; second < 41; ++second) {
      thinned.add(at(20240808, second * 1000));
      grown.add(at(20240808, second * 1000));
      if (second == thinned_after) thinned.thin();
    }
    ASSERT_EQ(thinned.rows().size(), grown.rows().size());
    for (std::size_t i = 0; i < grown.rows().size(); ++i)
      EXPECT_EQ(thinned.rows()[i].sample.number, grown.rows()[i].sample.number);
  }
}

TEST(ReportCurve, time_does_not_go_back) {
  Curve curve;
  curve.add(at(20240808, 5000));
  curve.add(at(20240808, 3000));
  curve.add(at(20240808, 6000));
  const std::vector<Curve::Row> rows = curve.rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].sample.time, rows[0].sample.time);
  EXPECT_EQ(rows[2].sample.time, rows[0].sample.time + 1000);
}

TEST(ReportCurve, a_first_book_below_zero_is_a_drawdown) {
  Curve curve;
  ReportPoint point = at(20240808, 0);
  point.net = -2;
  curve.add(point);
  EXPECT_EQ(curve.totals().deepest.drawdown, -2);
}

TEST(ReportCurve, the_middle_of_the_largest_prices_is_between_them) {
  const Price large = Price::from_units(9'000'000'000'000'000'000, 9);
  CurveSample sample;
  sample.bid = sample.ask = large;
  EXPECT_EQ(sample.mid(), large);
}

TEST(ReportHistogram, the_ends_of_a_score_are_counted_inside) {
  report::Histogram scores = score_histogram();
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
  const auto count = *rc::gen::inRange<std::size_t>(0, 3 * LargestTrades::capacity);
  LargestTrades chosen;
  std::vector<std::int64_t> nets;
  for (std::size_t i = 0; i < count; ++i) {
    nets.push_back(static_cast<std::int64_t>(random() % 4001) - 2000);
    chosen.add(trade_of(nets.back()));
  }
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return std::abs(nets[i]); });
  order.resize(std::min(count, LargestTrades::capacity));
  std::ranges::sort(order);
  const std::vector<Trade> kept = chosen.trades();
  RC_ASSERT(kept.size() == order.size());
  for (std::size_t i = 0; i < kept.size(); ++i) RC_ASSERT(kept[i].gross.units() == nets[order[i]]);
  RC_ASSERT(chosen.count() == count);
}

}  // namespace

}  // namespace obkit::backtest
