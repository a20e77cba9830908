#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/backtest/money.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/backtest/splits.hpp"
#include "obkit/backtest/summary.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/error.hpp"

#include "market.hpp"

namespace obkit::backtest {
namespace {

constexpr Money::Units one = 1'000'000'000'000'000'000;

Money money(Money::Units units) { return Money::from_units(units); }

TEST(Money, is_written_without_trailing_zeros) {
  EXPECT_EQ(to_string(Money{}), "0");
  EXPECT_EQ(to_string(money(one * 12)), "12");
  EXPECT_EQ(to_string(money(one * 120 + one / 2)), "120.5");
  EXPECT_EQ(to_string(money(-one / 10)), "-0.1");
  EXPECT_EQ(to_string(money(1)), "0.000000000000000001");
  EXPECT_EQ(to_string(money(-(one * 99'999'999'999 + 1))), "-99999999999.000000000000000001");
}

/// The same digit by digit.
std::string naive_text(Money::Units units) {
  const bool negative = units < 0;
  std::string digits;
  for (Money::Units rest = negative ? -units : units; rest > 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (digits.size() < 19) digits.insert(0, 19 - digits.size(), '0');
  digits.insert(digits.size() - 18, ".");
  digits.resize(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return (negative ? "-" : "") + digits;
}

TEST(Money, of_all_sizes_is_written_digit_by_digit) {
  std::mt19937_64 random{4};
  for (int i = 0; i < 20'000; ++i) {
    auto units = static_cast<Money::Units>(random()) * static_cast<std::int64_t>(random() >> 1);
    units >>= random() % 127;
    if (random() % 4 == 0) units = units / one * one;
    if (random() % 2 == 0) units = -units;
    ASSERT_EQ(to_string(money(units)), naive_text(units));
  }
}

TEST(Money, adds_up_where_doubles_do_not) {
  Money sum;
  for (int i = 0; i < 10; ++i) sum += money(one / 10);
  EXPECT_EQ(sum, money(one));
  EXPECT_EQ(money(one) - money(one / 10) - money(one / 10 * 9), Money{});
  EXPECT_LT(-money(1), Money{});
  EXPECT_DOUBLE_EQ(money(one / 10 * 3).value(), 0.3);
}

TEST(Money, refuses_a_sum_out_of_range) {
  const Money large = money(one * 100'000'000'000 * 1'000'000'000);
  EXPECT_THROW(static_cast<void>(large + large), Error);
}

TEST(Fee, is_basis_points_of_the_notional) {
  EXPECT_EQ(to_string(fee(money(one * 61'783), 7.5)), "46.33725");
  EXPECT_EQ(to_string(fee(money(-one * 61'783), 7.5)), "46.33725");
  EXPECT_EQ(to_string(fee(money(one * 10'000), -0.25)), "-0.25");
  EXPECT_EQ(fee(money(one), 0), Money{});
}

TEST(Fee, is_rounded_half_away_from_zero) {
  EXPECT_EQ(fee(money(5'000), 1), money(1));
  EXPECT_EQ(fee(money(4'999), 1), money(0));
  EXPECT_EQ(fee(money(5'000), -1), money(-1));
}

TEST(Fee, of_the_largest_notional_does_not_overflow) {
  const Money notional = money(one * 9'000'000'000 * 1'000'000'000);
  EXPECT_EQ(fee(notional, 10'000), notional);
}

const Trade sold{.direction = Signal::sell,
                 .open_time = {20190823, 235959999},
                 .open_price = price("32191.0"),
                 .close_time = {20190824, 1},
                 .close_price = price("32180.50"),
                 .size = 0.2,
                 .gross = Money::from_units(2'100'000'000'000'000'000),
                 .fees = Money::from_units(-3),
                 .funding = Money::from_units(500'000'000'000'000'000),
                 .slippage = Money::from_units(250'000'000'000'000'000),
                 .reason = Reason::gap};

TEST(TradeText, json_has_the_keys_of_the_format_in_their_order) {
  std::string text;
  append_json_line(text, sold);
  EXPECT_EQ(text,
            R"({"direction":"SELL","open_time":"2019-08-23T23:59:59.999Z","open_price":32191.0,)"
            R"("close_time":"2019-08-24T00:00:00.001Z","close_price":32180.50,"size":0.2,)"
            R"("gross":2.1,"fees":-0.000000000000000003,"funding":0.5,)"
            R"("slippage":0.25,"net":1.350000000000000003,)"
            R"("reason":"gap"})"
            "\n");
}

TEST(TradeText, csv_names_the_currency) {
  EXPECT_EQ(csv_header(Contract::inverse),
            "direction,open_time,open_price,close_time,close_price,size,"
            "gross_coin,fees_coin,funding_coin,slippage_coin,net_coin,reason\n");
  std::string text;
  append_csv_line(text, sold);
  EXPECT_EQ(text,
            "SELL,2019-08-23T23:59:59.999Z,32191.0,2019-08-24T00:00:00.001Z,32180.50,0.2,2.1,"
            "-0.000000000000000003,0.5,0.25,1.350000000000000003,gap\n");
}

TEST(TradeText, whole_prices_and_amounts_are_reals) {
  Trade whole = sold;
  whole.open_price = price("32191");
  whole.size = 3;
  whole.fees = Money{};
  std::string text;
  append_csv_line(text, whole);
  EXPECT_EQ(text,
            "SELL,2019-08-23T23:59:59.999Z,32191.0,2019-08-24T00:00:00.001Z,32180.50,3.0,2.1,0.0,"
            "0.5,0.25,1.35,gap\n");
}

TEST(TradeText, table_rows_stand_under_their_header) {
  for (const Contract contract : {Contract::linear, Contract::inverse}) {
    Trade coarse = sold;
    coarse.fees = Money{};
    std::string text;
    append_table_line(text, coarse, contract);
    EXPECT_EQ(text.size(), table_header(contract).size());
    EXPECT_NE(text.find("SELL  2019-08-23T23:59:59.999Z       32191.0  "), std::string::npos);
  }
  EXPECT_NE(table_header(Contract::linear).find("net_quote"), std::string::npos);
}

TEST(TradeText, reasons_have_names) {
  EXPECT_EQ(to_string(Reason::reverse), "reverse");
  EXPECT_EQ(to_string(Reason::gap), "gap");
  EXPECT_EQ(to_string(Reason::midnight), "midnight");
  EXPECT_EQ(to_string(Reason::end), "end");
}

Money whole(int amount) {
  return Money::from_units(Money::Units{amount} * 1'000'000'000'000'000'000);
}

Trade trade_of(int gross, int fees, int funding, int open_second, int close_second) {
  return {.open_time = {20240808, open_second * 1000},
          .close_time = {20240808, close_second * 1000},
          .held = std::chrono::seconds{close_second - open_second},
          .gross = whole(gross),
          .fees = whole(fees),
          .funding = whole(funding)};
}

TEST(Summary, of_nothing_says_nothing) {
  const Summary summary;
  EXPECT_FALSE(summary.win_rate());
  EXPECT_FALSE(summary.mean_net());
  EXPECT_FALSE(summary.standard_error());
  EXPECT_FALSE(summary.profit_factor());
  EXPECT_FALSE(summary.exposure());
  EXPECT_FALSE(summary.mean_holding_seconds());
  EXPECT_EQ(summary.net(), Money{});
}

TEST(Summary, of_four_trades) {
  // Nets 5, -1, 0, -2: mean 0.5, deviations 4.5, -1.5, -0.5, -2.5, squares 29 / 3 / 4.
  Summary summary;
  summary.observed = std::chrono::seconds{40};
  summary.add(trade_of(8, 2, 1, 0, 4));
  summary.add(trade_of(0, 1, 0, 10, 12));
  summary.add(trade_of(1, 2, -1, 12, 15));
  summary.add(trade_of(-2, 0, 0, 20, 21));
  EXPECT_EQ(summary.trades, 4U);
  EXPECT_EQ(summary.wins, 1U) << "nothing is not a win";
  EXPECT_EQ(summary.gross, whole(7));
  EXPECT_EQ(summary.fees, whole(5));
  EXPECT_EQ(summary.funding, whole(0));
  EXPECT_EQ(summary.net(), whole(2));
  EXPECT_EQ(summary.gains, whole(5));
  EXPECT_EQ(summary.losses, whole(3));
  EXPECT_EQ(summary.win_rate(), 0.25);
  EXPECT_EQ(summary.mean_net(), 0.5);
  EXPECT_DOUBLE_EQ(summary.standard_error().value(), std::sqrt(29.0 / 12));
  EXPECT_DOUBLE_EQ(summary.profit_factor().value(), 5.0 / 3);
  EXPECT_EQ(summary.exposure(), 0.25);
  EXPECT_EQ(summary.mean_holding_seconds(), 2.5);
  EXPECT_EQ(summary.nets, (std::vector<double>{5, -1, 0, -2}));
  EXPECT_EQ(summary.largest_gain, whole(5));
  EXPECT_EQ(summary.largest_loss, whole(2));
  EXPECT_EQ(summary.mean_gain(), 5);
  EXPECT_EQ(summary.mean_loss(), 1);
  EXPECT_EQ(summary.expectancy(), 0.5);
}

TEST(Summary, of_one_trade_has_no_standard_error) {
  Summary summary;
  summary.add(trade_of(3, 0, 0, 0, 1));
  EXPECT_EQ(summary.mean_net(), 3);
  EXPECT_FALSE(summary.standard_error());
  EXPECT_FALSE(summary.profit_factor()) << "no loss to divide by";
}

TEST(Summary, exposure_is_never_more_than_all_of_the_time) {
  Summary summary;
  summary.observed = std::chrono::seconds{1};
  summary.add(trade_of(0, 0, 0, 0, 9));
  EXPECT_EQ(summary.exposure(), 1);
}

DateTime at(int second) { return {20240808, second * 1000}; }

void add(DrawdownMeter& meter, int second, int equity) {
  meter.add(at(second), std::chrono::seconds{second}, whole(equity));
}

TEST(DrawdownMeter, finds_the_deepest_fall_and_its_dates) {
  DrawdownMeter meter;
  int second = 0;
  for (const int equity : {0, 5, 2, 4, 9, 7, 8, 3, 10, 6}) add(meter, second++, equity);
  const Drawdown deepest = meter.deepest().value();
  EXPECT_EQ(deepest.depth, whole(6));
  EXPECT_EQ(deepest.peak, at(4));
  EXPECT_EQ(deepest.trough, at(7));
}

TEST(DrawdownMeter, begins_with_nothing) {
  DrawdownMeter meter;
  add(meter, 0, -3);
  EXPECT_EQ(meter.deepest()->depth, whole(3));
  EXPECT_EQ(meter.deepest()->peak, at(0));
  add(meter, 1, -4);
  EXPECT_EQ(meter.deepest()->depth, whole(4));
  EXPECT_EQ(meter.deepest()->trough, at(1));
}

TEST(DrawdownMeter, of_what_never_falls_is_empty) {
  DrawdownMeter meter;
  EXPECT_FALSE(meter.deepest());
  for (int i = 0; i < 5; ++i) add(meter, i, i / 2);
  EXPECT_FALSE(meter.deepest());
}

TEST(DrawdownMeter, names_the_earliest_of_equal_peaks_and_of_equal_falls) {
  DrawdownMeter meter;
  int second = 0;
  for (const int equity : {4, 4, 1, 1, 4, 1, 5, 2}) add(meter, second++, equity);
  EXPECT_EQ(meter.deepest()->depth, whole(3));
  EXPECT_EQ(meter.deepest()->peak, at(0));
  EXPECT_EQ(meter.deepest()->trough, at(2));
}

TEST(DrawdownMeter, finds_the_longest_time_below_a_peak) {
  using std::chrono::seconds;
  DrawdownMeter meter;
  EXPECT_EQ(meter.longest(seconds{9}), seconds{0});
  int second = 0;
  for (const int equity : {0, 5, 5, 4, 5, 7, 6, 6}) add(meter, second++, equity);
  EXPECT_EQ(meter.longest(seconds{7}), seconds{3}) << "from 5 at 1 to 5 at 4";
  EXPECT_EQ(meter.longest(seconds{9}), seconds{4}) << "from 7 at 5, which has not come back";
}

TEST(Returns, of_periods_and_their_ratios) {
  // Equities at the end of minutes 0 to 3: 4, 2, 2, 6. Returns 4, -2, 0, 4.
  ReturnMeter meter;
  PeriodCounter counter;
  meter.add(10, whole(1));
  meter.add(10, whole(4));
  meter.add(11, whole(2));
  meter.add(13, whole(6));
  for (const std::int64_t minute : {10, 10, 11, 12, 13}) counter.add(minute);
  EXPECT_EQ(counter.counts(), (std::array<std::uint64_t, 3>{4, 1, 1}));
  const auto sums = meter.sums();
  EXPECT_EQ(sums[0].sum, 6);
  EXPECT_EQ(sums[0].squares, 36);
  EXPECT_EQ(sums[0].squares_below_zero, 4);
  EXPECT_EQ(sums[1].sum, 6);
  EXPECT_EQ(sums[1].squares, 36);
  EXPECT_FALSE(ratios_of(sums, counter.counts(), whole(2))) << "of four periods";
}

TEST(Returns, ratios_by_hand) {
  // 20 days: 10 returns of 3 and 10 of -1. Mean 1, deviations ±2: s² = 80 / 19; downside² 10 / 20.
  ReturnSums days;
  for (int i = 0; i < 10; ++i) {
    days.add(3);
    days.add(-1);
  }
  const auto ratios = ratios_of({ReturnSums{}, ReturnSums{}, days}, {28'800, 480, 20}, whole(5));
  ASSERT_TRUE(ratios);
  EXPECT_EQ(ratios->period.name, "day");
  EXPECT_EQ(ratios->count, 20U);
  EXPECT_DOUBLE_EQ(ratios->yearly, 365);
  EXPECT_DOUBLE_EQ(ratios->sharpe.value(), std::sqrt(365.0) / std::sqrt(80.0 / 19));
  EXPECT_DOUBLE_EQ(ratios->sortino.value(), std::sqrt(365.0) / std::sqrt(0.5));
  EXPECT_DOUBLE_EQ(ratios->calmar.value(), 73);
}

TEST(Returns, that_never_vary_have_no_ratios) {
  const auto ratios = ratios_of({}, {28'800, 480, 19}, Money{});
  ASSERT_TRUE(ratios);
  EXPECT_EQ(ratios->period.name, "hour") << "19 days are too few";
  EXPECT_FALSE(ratios->sharpe);
  EXPECT_FALSE(ratios->sortino);
  EXPECT_FALSE(ratios->calmar);
}

TEST(Splits, add_up_by_side_hour_day_and_reason) {
  SplitTrades trades;
  Trade first = trade_of(8, 2, 1, 0, 4);
  first.slippage = whole(1);
  trades.add(first);
  Trade second = trade_of(-3, 1, 0, 10, 12);
  second.direction = Signal::sell;
  second.open_time = {20240809, 30'000'000};
  second.reason = Reason::stop;
  trades.add(second);
  trades.add(trade_of(1, 0, 0, 12, 15));
  const auto& [side, hour, day, reason] = trades.parts();
  EXPECT_EQ(line_of(side), "BUY: 2 trades, net 5; SELL: 1 trade, net -4");
  EXPECT_EQ(line_of(hour), "00: 2 trades, net 5; 03: 1 trade, net -4");
  EXPECT_EQ(line_of(day), "2024-08-08: 2 trades, net 5; 2024-08-09: 1 trade, net -4");
  EXPECT_EQ(line_of(reason), "end: 2 trades, net 5; stop: 1 trade, net -4");
  EXPECT_EQ(json_of(side, Contract::inverse),
            R"({"BUY":{"trades":2,"wins":2,"gross_coin":9.0,"fees_coin":2.0,"funding_coin":1.0,)"
            R"("slippage_coin":1.0,"net_coin":5.0},"SELL":{"trades":1,"wins":0,"gross_coin":-3.0,)"
            R"("fees_coin":1.0,"funding_coin":0.0,"slippage_coin":0.0,"net_coin":-4.0}})");
  EXPECT_EQ(json_of({}, Contract::linear), "{}");
}

/// Standard normal values, the same on every machine (Box and Muller).
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : random_{seed} {}

  double next() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  /// In (0, 1].
  double uniform() { return (static_cast<double>(random_() >> 11U) + 1) / 9007199254740992.0; }

  std::mt19937_64 random_;
};

/// Each value is `memory` times the one before, and news.
std::vector<double> series(std::size_t count, double memory, std::uint64_t seed) {
  Normal normal{seed};
  std::vector<double> values{normal.next() / std::sqrt(1 - memory * memory)};
  while (values.size() < count) values.push_back(memory * values.back() + normal.next());
  return values;
}

/// How many of so many intervals hold the true mean, 0.
int covered(int seeds, std::size_t count, double memory) {
  int result = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const auto values = series(count, memory, static_cast<std::uint64_t>(seed));
    const Interval interval = bootstrap_mean(values).value();
    result += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
  }
  return result;
}

/// ± 1.96 standard errors, as if the values did not depend on each other.
double naive_width(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return 2 * 1.96 * std::sqrt(squares / (count - 1) / count);
}

TEST(BootstrapMean, holds_the_true_mean_of_independent_values_nearly_as_often_as_it_says) {
  // 95 % but for what the blocks and the percentiles lose with 200 values.
  const int hits = covered(300, 200, 0);
  EXPECT_GE(hits, 270);
  EXPECT_LE(hits, 294);
}

TEST(BootstrapMean, holds_the_true_mean_of_dependent_values_more_often_than_a_naive_interval) {
  int naive = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto values = series(500, 0.5, seed);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 500;
    naive += std::abs(mean) <= naive_width(values) / 2 ? 1 : 0;
  }
  const int hits = covered(200, 500, 0.5);
  EXPECT_GE(hits, naive + 15);
  EXPECT_GE(hits, 170);
}

TEST(BootstrapMean, is_as_wide_as_theory_says_for_independent_values) {
  double ratio = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto values = series(1000, 0, seed);
    const Interval interval = bootstrap_mean(values, seed).value();
    ratio += (interval.high - interval.low) / naive_width(values) / 50;
  }
  EXPECT_NEAR(ratio, 1, 0.05);
}

TEST(BootstrapMean, is_wider_where_neighbours_are_alike_and_narrower_where_they_are_opposites) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto alike = series(1000, 0.7, seed);
    const Interval wide = bootstrap_mean(alike).value();
    EXPECT_GT(wide.high - wide.low, 1.4 * naive_width(alike));
    const auto opposite = series(1000, -0.7, seed);
    const Interval narrow = bootstrap_mean(opposite).value();
    EXPECT_LT(narrow.high - narrow.low, 0.8 * naive_width(opposite));
  }
}

TEST(BootstrapMean, is_the_same_for_the_same_seed_alone) {
  const auto values = series(100, 0.3, 7);
  const Interval first = bootstrap_mean(values, 3).value();
  const Interval again = bootstrap_mean(values, 3).value();
  const Interval other = bootstrap_mean(values, 4).value();
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_NE(first.low, other.low);
  EXPECT_NEAR(first.low, other.low, 0.1);
}

TEST(BootstrapMean, of_constant_values_is_that_value) {
  const std::vector<double> values(20, 2.5);
  const Interval interval = bootstrap_mean(values).value();
  EXPECT_EQ(interval.low, 2.5);
  EXPECT_EQ(interval.high, 2.5);
}

TEST(BootstrapMean, stays_within_the_means_of_its_blocks) {
  // 27 values, blocks of three: no mean is outside of -2 (the block 0, -7, 1) and 4 (3, 4, 5).
  std::vector<double> values{0, -7, 1, 2, 3, 4, 5, 1};
  values.resize(27, 1);
  const Interval interval = bootstrap_mean(values).value();
  EXPECT_GE(interval.low, -2);
  EXPECT_LE(interval.high, 4);
  EXPECT_LT(interval.low, 28.0 / 27);
  EXPECT_GT(interval.high, 28.0 / 27);
}

TEST(BootstrapMean, of_few_values_is_not_known) {
  const std::vector<double> values(19, 1);
  EXPECT_FALSE(bootstrap_mean(values));
  EXPECT_FALSE(bootstrap_mean({}));
  EXPECT_TRUE(bootstrap_mean(std::vector<double>(20, 1)));
}

}  // namespace

}  // namespace obkit::backtest
