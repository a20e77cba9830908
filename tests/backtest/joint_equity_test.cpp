#include "obkit/backtest/joint_equity.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scenario.hpp"

namespace obkit::backtest {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t a = 0, b = 1;

Money whole(int value) {
  return Money::from_units(Money::Units{value} * 1'000'000'000'000'000'000);
}

/// Before costs it is one more.
EquityStep step_at(milliseconds time, int net) {
  return {.time = to_date_time(Timestamp{time}),
          .clock = time,
          .gross = whole(net + 1),
          .net = whole(net)};
}

/// At 1 s both have nothing. Then, in turn: a 5, b 2, a falls to 1, a is back at 5 and in the same
/// millisecond b falls to −4, b rises to 3, a to 6. Together: 0, 5, 7, 3, 7, 1, 8, 9.
void earn(JointEquity& joint) {
  for (const auto& [second, net] : {std::pair{1, 0}, {2, 5}, {4, 1}, {5, 5}, {7, 6}})
    joint.add(a, step_at(seconds{second}, net));
  for (const auto& [second, net] : {std::pair{1, 0}, {3, 2}, {5, -4}, {6, 3}})
    joint.add(b, step_at(seconds{second}, net));
}

DateTime at_second(int second) { return to_date_time(Timestamp{seconds{second}}); }

TEST(JointEquity, is_the_sum_of_markets_in_order_of_time) {
  std::vector<Money> nets, costs;
  JointEquity joint{2, [&](const EquityStep& step) {
                      nets.push_back(step.net);
                      costs.push_back(step.gross - step.net);
                    }};
  earn(joint);
  joint.finish();
  std::vector<Money> expected;
  for (const int net : {0, 0, 5, 7, 3, 7, 1, 8, 9}) expected.push_back(whole(net));
  EXPECT_EQ(nets, expected);
  EXPECT_EQ(costs.front(), whole(1)) << "of the first market alone";
  EXPECT_EQ(costs.back(), whole(2));
}

/// Alone, a falls by 4 and b by 6. Together they fall by 6, too: a is back before b falls.
TEST(JointEquity, has_a_drawdown_of_its_own) {
  JointEquity joint{2};
  earn(joint);
  joint.finish();
  Summary summary;
  joint.describe(summary, seconds{7});
  ASSERT_TRUE(summary.drawdown.has_value());
  EXPECT_EQ(summary.drawdown->depth, whole(6));
  EXPECT_EQ(summary.drawdown->peak, at_second(3));
  EXPECT_EQ(summary.drawdown->trough, at_second(5));
  EXPECT_EQ(summary.longest_drawdown, seconds{2}) << "from 7 at 3 s to 7 at 5 s";
}

TEST(JointEquity, gives_out_no_step_before_those_of_other_markets_can_come) {
  std::vector<Money> nets;
  JointEquity joint{2, [&](const EquityStep& step) { nets.push_back(step.net); }};
  joint.add(a, step_at(seconds{1}, 1));
  joint.add(a, step_at(seconds{2}, 2));
  joint.pass({.clock = seconds{2}, .market = b});
  EXPECT_EQ(nets, (std::vector{whole(1), whole(2)})) << "at 2 s a comes before b";
  joint.add(b, step_at(seconds{3}, 10));
  joint.pass({.clock = seconds{3}, .market = a});
  EXPECT_EQ(nets.size(), 2U) << "at 3 s a may still come before b";
  joint.add(a, step_at(seconds{3}, 3));
  joint.finish();
  EXPECT_EQ(nets, (std::vector{whole(1), whole(2), whole(3), whole(13)}));
}

TEST(JointEquity, takes_a_time_that_goes_back_for_the_latest_before) {
  std::vector<milliseconds> clocks;
  JointEquity joint{2, [&](const EquityStep& step) { clocks.push_back(step.clock); }};
  joint.add(a, step_at(seconds{3}, 1));
  joint.add(a, step_at(seconds{2}, 2));
  joint.add(b, step_at(seconds{1}, 3));
  joint.finish();
  EXPECT_EQ(clocks, (std::vector<milliseconds>{seconds{1}, seconds{3}, seconds{3}}));
}

/// a earns 2 in each even minute, b loses 1 in each odd one: 20 returns of 2 and −1 in turn. Their
/// mean is 0.5, their squares add up to 10 · 4 + 10 · 1 = 50, so s² = (50 − 20 · 0.25) / 19.
TEST(JointEquity, has_the_ratios_of_returns_that_were_earned_in_several_markets) {
  constexpr int count = 20;
  JointEquity joint{2};
  JointPeriods with_books;
  for (int minute = 0; minute < count; ++minute) {
    const bool is_even = minute % 2 == 0;
    const EquityStep step =
        step_at(minutes{minute}, is_even ? 2 * (minute / 2 + 1) : -(minute / 2 + 1));
    joint.add(is_even ? a : b, step);
    with_books.add(step.time);
  }
  joint.finish();
  Summary summary;
  joint.describe(summary, minutes{count - 1});
  summary.periods_with_books = with_books.counts();
  const auto ratios = summary.ratios();
  ASSERT_TRUE(ratios.has_value());
  EXPECT_EQ(ratios->count, 20U);
  const double a_year = 365.0 * 24 * 60;
  EXPECT_DOUBLE_EQ(ratios->sharpe.value_or(0), 0.5 / std::sqrt(45.0 / 19) * std::sqrt(a_year));
  EXPECT_DOUBLE_EQ(ratios->sortino.value_or(0), 0.5 / std::sqrt(10.0 / 20) * std::sqrt(a_year));
  EXPECT_DOUBLE_EQ(ratios->calmar.value_or(0), 0.5 * a_year / 1);
}

TEST(JointPeriods, are_those_in_which_any_market_has_books) {
  JointPeriods with_books;
  for (const int time : {120'000'000, 120'059'999, 130'100'000}) with_books.add({20240808, time});
  for (const int time : {120'030'000, 120'100'000, 130'100'001}) with_books.add({20240808, time});
  with_books.add({20240809, 0});
  EXPECT_EQ(with_books.counts(), (std::array<std::uint64_t, periods.size()>{4, 3, 2}));
}

/// What an account has in a market from a book on.
struct Standing {
  std::int64_t time = 0;
  std::size_t market = 0, book = 0;
  Money net;

  [[nodiscard]] auto place() const { return std::tie(time, market, book); }
};

std::vector<Standing> standings_of(const std::vector<Record>& records) {
  std::vector<Standing> all;
  for (std::size_t market = 0; market < records.size(); ++market)
    for (std::size_t book = 0; book < records[market].states.size(); ++book) {
      const BookState& state = records[market].states[book];
      all.push_back({milliseconds_of(state.time), market, book, state.net()});
    }
  std::ranges::sort(all, {}, &Standing::place);
  return all;
}

/// The joint equity at each book of any market: of each market what it was at its last book.
std::vector<Money> naive_equity(const std::vector<Standing>& standings, std::size_t markets) {
  std::vector<Money> equity;
  for (auto now = standings.begin(); now != standings.end(); ++now) {
    Money sum;
    for (std::size_t market = 0; market < markets; ++market)
      for (auto before = now + 1; before != standings.begin();)
        if ((--before)->market == market) {
          sum += before->net;
          break;
        }
    equity.push_back(sum);
  }
  return equity;
}

Money deepest_fall(const std::vector<Money>& equity) {
  Money deepest;
  for (std::size_t trough = 0; trough < equity.size(); ++trough) {
    deepest = std::max(deepest, -equity[trough]);
    for (std::size_t peak = 0; peak < trough; ++peak)
      deepest = std::max(deepest, equity[peak] - equity[trough]);
  }
  return deepest;
}

/// From each book that is as high as any before and higher than the one before it, to the next that
/// is as high behind a fall.
std::int64_t longest_fall(const std::vector<Standing>& standings,
                          const std::vector<Money>& equity) {
  std::int64_t longest = 0;
  for (std::size_t peak = 0; peak < equity.size(); ++peak) {
    const Money height = peak == 0 ? std::max(equity[0], Money{}) : equity[peak];
    const auto begin = equity.begin(), at = begin + static_cast<std::ptrdiff_t>(peak);
    const auto is_higher = [&](Money net) { return net > height; };
    if (height < Money{} || std::any_of(begin, at, is_higher)) continue;
    if (peak > 0 && equity[peak - 1] == height) continue;
    const auto fall = std::find_if(at, equity.end(), [&](Money net) { return net < height; });
    if (fall == equity.end() || std::any_of(at, fall, is_higher)) continue;
    const auto end = std::find_if(fall, equity.end(), [&](Money net) { return net >= height; });
    const auto last = end == equity.end() ? standings.back().time
                                          : standings[static_cast<std::size_t>(end - begin)].time;
    longest = std::max(longest, last - standings[peak].time);
  }
  return longest;
}

/// The squares of what was earned in each period add up to this.
double squares_of(const std::vector<Standing>& standings, const std::vector<Money>& equity,
                  Period period) {
  const std::int64_t length = std::chrono::milliseconds{period.length}.count();
  double squares = 0;
  Money before;
  for (std::size_t i = 0; i < equity.size(); ++i) {
    if (i + 1 < equity.size() && standings[i + 1].time / length == standings[i].time / length)
      continue;
    const double earned = (equity[i] - before).value();
    before = equity[i];
    squares += earned * earned;
  }
  return squares;
}

std::set<std::int64_t> numbers_of(const std::vector<Standing>& standings, Period period) {
  std::set<std::int64_t> numbers;
  for (const Standing& one : standings)
    numbers.insert(one.time / std::chrono::milliseconds{period.length}.count());
  return numbers;
}

/// A backtest that tells a joint equity what it does, some books at a time.
class ToldMarket {
 public:
  ToldMarket(std::size_t number, const Scenario& scenario, JointEquity& joint,
             JointPeriods& with_books)
      : steps_{market_of(scenario)},
        number_{number},
        with_books_{with_books},
        backtest_{{.options = scenario.options, .funding = funding_of(scenario, steps_)},
                  {.equity = [number, &joint](std::size_t, const EquityStep& step) {
                    joint.add(number, step);
                  }}} {}

  /// Returns whether there is more; else it ended.
  bool read(std::size_t most) {
    for (; most > 0 && read_ < steps_.size(); --most, ++read_) {
      const Step& step = steps_[read_];
      with_books_.add(step.book.time);
      backtest_.push(step.book, std::span{&step.signal, 1}, step.trades);
    }
    if (read_ == steps_.size()) backtest_.finish();
    backtest_.catch_up();
    return read_ < steps_.size();
  }
  [[nodiscard]] JointEquity::Front front() const {
    const auto time = read_ == 0 ? milliseconds::min()
                                 : milliseconds{milliseconds_of(steps_[read_ - 1].book.time)};
    return {.clock = time, .market = number_};
  }

 private:
  std::vector<Step> steps_;
  std::size_t number_, read_ = 0;
  JointPeriods& with_books_;
  Backtest backtest_;
};

/// As whoever runs several markets does it: the one that is the furthest behind reads on.
Summary joint_summary(const std::vector<Scenario>& scenarios, std::uint32_t seed,
                      milliseconds end) {
  std::mt19937 random{seed};
  JointEquity joint{scenarios.size()};
  JointPeriods with_books;
  std::list<ToldMarket> markets;
  for (std::size_t i = 0; i < scenarios.size(); ++i)
    markets.emplace_back(i, scenarios[i], joint, with_books);
  while (!markets.empty()) {
    const auto first = std::ranges::min_element(markets, {}, &ToldMarket::front);
    if (!first->read(1 + random() % 20)) markets.erase(first);
    if (!markets.empty())
      joint.pass(std::ranges::min_element(markets, {}, &ToldMarket::front)->front());
  }
  joint.finish();
  Summary summary;
  joint.describe(summary, end);
  summary.periods_with_books = with_books.counts();
  return summary;
}

RC_GTEST_PROP(JointEquity, agrees_with_looking_at_all_books_of_all_markets, ()) {
  const auto scenarios = *rc::gen::resize(
      3, rc::gen::nonEmpty(rc::gen::container<std::vector<Scenario>>(any_scenario())));
  const auto seed = *rc::gen::inRange<std::uint32_t>(0, 1000);
  std::vector<Record> records;
  for (const Scenario& scenario : scenarios) {
    const auto market = market_of(scenario);
    records.push_back(record(market, scenario.options, funding_of(scenario, market)));
  }
  const auto standings = standings_of(records);
  const auto equity = naive_equity(standings, records.size());
  const Summary summary = joint_summary(scenarios, seed, milliseconds{standings.back().time});
  RC_ASSERT((summary.drawdown ? summary.drawdown->depth : Money{}) == deepest_fall(equity));
  RC_ASSERT(summary.longest_drawdown.count() == longest_fall(standings, equity));
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const ReturnSums& returns = summary.returns.at(i);
    const double squares = squares_of(standings, equity, periods.at(i));
    RC_ASSERT(summary.periods_with_books.at(i) == numbers_of(standings, periods.at(i)).size());
    RC_ASSERT(std::abs(returns.sum - equity.back().value()) < 1e-6 * (1 + std::abs(returns.sum)));
    RC_ASSERT(std::abs(returns.squares - squares) < 1e-6 * (1 + squares));
  }
}

/// Of one market alone, it is what the backtest says itself.
RC_GTEST_PROP(JointEquity, of_one_market_is_that_of_the_market, ()) {
  const Scenario scenario = *any_scenario();
  const auto market = market_of(scenario);
  const Record alone = record(market, scenario.options, funding_of(scenario, market));
  const milliseconds end{milliseconds_of(market.back().book.time)};
  const Summary summary = joint_summary({scenario}, 1, end);
  const auto& drawdown = alone.summary.drawdown;
  RC_ASSERT(summary.drawdown.has_value() == drawdown.has_value());
  if (drawdown)
    RC_ASSERT(std::tie(summary.drawdown->depth, summary.drawdown->peak, summary.drawdown->trough) ==
              std::tie(drawdown->depth, drawdown->peak, drawdown->trough));
  RC_ASSERT(summary.longest_drawdown == alone.summary.longest_drawdown);
  RC_ASSERT(summary.periods_with_books == alone.summary.periods_with_books);
  for (std::size_t i = 0; i < periods.size(); ++i)
    RC_ASSERT(summary.returns.at(i).squares == alone.summary.returns.at(i).squares);
}

}  // namespace
}  // namespace obkit::backtest
