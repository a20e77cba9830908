#include "obkit/backtest/joint_equity.hpp"

#include <algorithm>
#include <utility>

#include "obkit/core/time.hpp"

namespace obkit::backtest {

using std::chrono::milliseconds;

JointEquity::JointEquity(std::size_t markets, std::function<void(const EquityStep&)> taker)
    : taker_{std::move(taker)}, markets_(markets) {}

void JointEquity::add(std::size_t market, const EquityStep& step) {
  Market& of = markets_.at(market);
  of.clock = std::max(of.clock, step.clock);
  of.waiting.push_back(step);
  of.waiting.back().clock = of.clock;
}

void JointEquity::pass(Front front) {
  take_all([&](const Front& step) { return step < front; });
}

void JointEquity::finish() {
  take_all([](const Front&) { return true; });
}

template <class IsDue>
void JointEquity::take_all(IsDue is_due) {
  due_.clear();
  for (std::size_t i = 0; i < markets_.size(); ++i) {
    std::vector<EquityStep>& waiting = markets_[i].waiting;
    const auto end = std::ranges::partition_point(waiting, [&](const EquityStep& step) {
      return is_due(Front{.clock = step.clock, .market = i});
    });
    for (auto step = waiting.begin(); step != end; ++step)
      due_.push_back({.market = i, .of_market = *step});
    waiting.erase(waiting.begin(), end);
  }
  // Of the same clock the earlier market's stay before the later one's.
  std::ranges::stable_sort(due_, {}, [](const Step& step) { return step.of_market.clock; });
  for (const Step& step : due_) take(step);
}

void JointEquity::take(const Step& step) {
  const EquityStep& now = step.of_market;
  Market& market = markets_[step.market];
  gross_ += now.gross - market.gross;
  net_ += now.net - market.net;
  market.gross = now.gross;
  market.net = now.net;
  clock_ = std::max(clock_, now.clock);
  drawdown_.add(now.time, clock_, net_);
  returns_.add(std::chrono::duration_cast<std::chrono::minutes>(clock_).count(), net_);
  if (taker_) taker_({.time = now.time, .clock = clock_, .gross = gross_, .net = net_});
}

void JointEquity::describe(Summary& summary, milliseconds now) const {
  summary.drawdown = drawdown_.deepest();
  summary.longest_drawdown = drawdown_.longest(std::max(now, clock_));
  summary.returns = returns_.sums();
}

void JointPeriods::add(DateTime time) {
  constexpr int a_minute = 100'000;
  const DateTime minute{.date = time.date, .time = time.time / a_minute};
  if (minute == last_) return;
  last_ = minute;
  minutes_.insert(std::chrono::duration_cast<std::chrono::minutes>(since_1970(time)).count());
}

std::array<std::uint64_t, periods.size()> JointPeriods::counts() const {
  PeriodCounter counter;
  for (const std::int64_t minute : minutes_) counter.add(minute);
  return counter.counts();
}

}  // namespace obkit::backtest
