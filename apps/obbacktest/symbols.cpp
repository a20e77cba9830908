#include "obbacktest/symbols.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/backtest/joint_equity.hpp"
#include "obkit/backtest/summary.hpp"
#include "obkit/core/encoding.hpp"
#include "obkit/core/time.hpp"

#include "common/book_inputs.hpp"
#include "obbacktest/equity.hpp"

namespace obkit::obbacktest {
namespace {

/// Empty where one of them is.
void add(std::optional<backtest::Money>& sum, const std::optional<backtest::Money>& more) {
  if (sum && more)
    *sum += *more;
  else
    sum.reset();
}

void add(std::optional<backtest::RestingOrders>& sum,
         const std::optional<backtest::RestingOrders>& more) {
  if (!sum || !more) return;
  sum->placed += more->placed;
  sum->filled += more->filled;
  sum->asked += more->asked;
  sum->got += more->got;
  sum->waited += more->waited;
}

void add_trades(backtest::Summary& sum, const backtest::Summary& more) {
  sum.trades += more.trades;
  sum.wins += more.wins;
  for (const auto& [reason, count] : more.closed_by) sum.closed_by[reason] += count;
  sum.gross += more.gross;
  sum.fees += more.fees;
  sum.funding += more.funding;
  sum.slippage += more.slippage;
  sum.gains += more.gains;
  sum.losses += more.losses;
  sum.turnover += more.turnover;
  sum.largest_gain = std::max(sum.largest_gain, more.largest_gain);
  sum.largest_loss = std::max(sum.largest_loss, more.largest_loss);
  sum.held += more.held;
}

void add(backtest::Summary& sum, const backtest::Summary& more) {
  add_trades(sum, more);
  sum.books += more.books;
  sum.skipped_lines += more.skipped_lines;
  sum.in_sample_books += more.in_sample_books;
  sum.observed += more.observed;
  add(sum.resting, more.resting);
  for (std::size_t i = 0; i < sum.adverse_moves.size(); ++i) {
    sum.adverse_moves.at(i).fills += more.adverse_moves.at(i).fills;
    sum.adverse_moves.at(i).sum_bps += more.adverse_moves.at(i).sum_bps;
  }
  add(sum.buy_and_hold, more.buy_and_hold);
  add(sum.net_cancels_behind, more.net_cancels_behind);
  add(sum.net_cancels_ahead, more.net_cancels_ahead);
}

/// Of the rows' sums over the symbols, but for what depends on the order of what they did.
Outcome sum_of(const std::vector<Outcome>& outcomes) {
  Outcome sum;
  for (const Row& row : outcomes.front().rows)
    sum.rows.push_back({.summary = row.summary,
                        .in_sample_warning = row.in_sample_warning,
                        .greatest_score = row.greatest_score});
  for (auto outcome = outcomes.begin() + 1; outcome != outcomes.end(); ++outcome)
    for (std::size_t row = 0; row < sum.rows.size(); ++row)
      add(sum.rows[row].summary, outcome->rows[row].summary);
  for (const Outcome& outcome : outcomes) {
    sum.market_trades.trades += outcome.market_trades.trades;
    sum.market_trades.off += outcome.market_trades.off;
    sum.market_trades.gaps += outcome.market_trades.gaps;
    sum.first = std::min(sum.first.value_or(*outcome.first), *outcome.first);
    sum.last = std::max(sum.last.value_or(*outcome.last), *outcome.last);
  }
  return sum;
}

using std::chrono::milliseconds;

/// The accounts over all symbols, of each row one.
class JointAccounts {
 public:
  /// `listeners` must outlive it.
  JointAccounts(std::size_t symbols, std::size_t rows, const SymbolListeners& listeners)
      : takes_each_book_{listeners.joint_equity != nullptr}, closed_(rows) {
    for (std::size_t row = 0; row < rows; ++row) {
      std::function<void(const backtest::EquityStep&)> taker;
      if (listeners.joint_equity)
        taker = [row, &listeners](const auto& step) { listeners.joint_equity(row, step); };
      equities_.emplace_back(symbols, std::move(taker));
    }
  }
  JointAccounts(const JointAccounts&) = delete;
  JointAccounts& operator=(const JointAccounts&) = delete;
  ~JointAccounts() = default;

  /// Hears of all that the listener of a symbol is told, which goes on hearing it.
  void follow(std::size_t symbol, Listener& listener) {
    if (takes_each_book_)
      listener.book = [this, symbol, further = std::move(listener.book)](
                          std::size_t row, const backtest::BookState& state, double score) {
        equities_[row].add(symbol, step_of(state));
        if (further) further(row, state, score);
      };
    else
      listener.equity = [this, symbol](std::size_t row, const backtest::EquityStep& step) {
        equities_[row].add(symbol, step);
      };
    listener.trade = [this, symbol, further = std::move(listener.trade)](
                         std::size_t row, const backtest::Trade& trade) {
      closed_[row].push_back(
          {.time = trade.close_time, .symbol = symbol, .net = trade.net().value()});
      if (further) further(row, trade);
    };
    listener.time = [this, further = std::move(listener.time)](DateTime time) {
      periods_.add(time);
      if (further) further(time);
    };
  }

  /// Nothing before the front is told any more.
  void pass(backtest::JointEquity::Front front) {
    for (backtest::JointEquity& equity : equities_) equity.pass(front);
  }

  /// What depends on the order of what the symbols did. Pre: all is told.
  void finish(Outcome& sum) {
    for (std::size_t row = 0; row < equities_.size(); ++row) {
      backtest::Summary& summary = sum.rows.at(row).summary;
      equities_[row].finish();
      equities_[row].describe(summary, since_1970(*sum.last));
      summary.periods_with_books = periods_.counts();
      summary.nets.clear();
      for (const Closed& trade : in_order(closed_[row])) summary.nets.push_back(trade.net);
    }
  }

 private:
  /// A trade.
  struct Closed {
    DateTime time;
    std::size_t symbol = 0;
    double net = 0;
  };

  static backtest::EquityStep step_of(const backtest::BookState& state) {
    return {.time = state.time,
            .clock = since_1970(state.time),
            .gross = state.gross,
            .net = state.net()};
  }

  static const std::vector<Closed>& in_order(std::vector<Closed>& trades) {
    std::ranges::stable_sort(trades, [](const Closed& left, const Closed& right) {
      return std::tie(left.time, left.symbol) < std::tie(right.time, right.symbol);
    });
    return trades;
  }

  bool takes_each_book_;  ///< where somebody is told of it; else those that may change it
  std::deque<backtest::JointEquity> equities_;  ///< [rows]
  std::vector<std::vector<Closed>> closed_;     ///< [rows]
  backtest::JointPeriods periods_;
};

/// The runs of all symbols, whose books are read side by side: of those that are the furthest
/// behind some, then again.
class SideBySide {
 public:
  /// `plans` and `joint` must outlive it. Without a joint account, symbol by symbol.
  SideBySide(const std::vector<Plan>& plans, const SymbolListeners& listeners, JointAccounts* joint)
      : joint_{joint}, meter_{files_of(plans), plans.front().progress}, most_{most_of(plans)} {
    for (std::size_t i = 0; i < plans.size(); ++i) {
      Listener listener = listeners.of_symbol(i);
      listener.meter = &meter_;
      fronts_.push_back({.clock = milliseconds::min(), .market = i});
      if (joint != nullptr) {
        joint->follow(i, listener);
        listener.time = [this, i, further = std::move(listener.time)](DateTime time) {
          times_[i] = std::max(times_[i], time);
          further(time);
        };
      }
      runs_.push_back(std::make_unique<Run>(plans[i], listener));
    }
    times_.resize(plans.size());
  }
  SideBySide(const SideBySide&) = delete;
  SideBySide& operator=(const SideBySide&) = delete;
  ~SideBySide() = default;

  /// All of it, once.
  [[nodiscard]] std::vector<Outcome> outcomes() {
    std::vector<Outcome> outcomes(runs_.size());
    while (!fronts_.empty()) {
      const auto first = std::ranges::min_element(fronts_);
      const std::size_t symbol = first->market;
      if (runs_[symbol]->read(most_)) {
        first->clock = since_1970(times_[symbol]);
      } else {
        outcomes[symbol] = runs_[symbol]->finish();
        runs_[symbol].reset();
        fronts_.erase(first);
      }
      if (joint_ != nullptr && !fronts_.empty()) joint_->pass(*std::ranges::min_element(fronts_));
    }
    return outcomes;
  }

 private:
  static std::vector<std::string> files_of(const std::vector<Plan>& plans) {
    std::vector<std::string> files;
    for (const Plan& plan : plans) files.insert(files.end(), plan.files.begin(), plan.files.end());
    return files;
  }

  /// So many books of one symbol at a time that little memory waits for the others.
  [[nodiscard]] std::uint64_t most_of(const std::vector<Plan>& plans) const {
    if (joint_ == nullptr) return std::numeric_limits<std::uint64_t>::max();
    constexpr std::uint64_t most_steps = 1U << 19U, fewest = 64, most = 1U << 16U;
    return std::clamp(most_steps / (plans.size() * plans.front().rows()), fewest, most);
  }

  JointAccounts* joint_;
  common::Meter meter_;
  std::uint64_t most_;
  std::vector<std::unique_ptr<Run>> runs_;            ///< [symbols]; null when it is done
  std::vector<DateTime> times_;                       ///< [symbols]: of the latest book
  std::vector<backtest::JointEquity::Front> fronts_;  ///< of the runs that are not done
};

Plan plan_of_sum(Plan plan) {
  plan.symbol = "sum";
  plan.is_sum = true;
  plan.files.clear();
  plan.trades.files.clear();
  return plan;
}

std::vector<SymbolRun> joined(std::vector<Plan> plans, std::vector<Outcome> outcomes) {
  std::vector<SymbolRun> runs;
  for (std::size_t i = 0; i < plans.size(); ++i)
    runs.push_back({.plan = std::move(plans[i]), .outcome = std::move(outcomes[i])});
  return runs;
}

/// What is there up to the first book. A pipe, which is read once, is taken for one that has books.
store::ReadReport begun(const Plan& plan) {
  store::ReadReport report;
  report.books = 1;
  const bool has_pipe = std::ranges::any_of(plan.files, [](const std::string& file) {
    return store::ahead_for(file) == store::Ahead::no;
  });
  if (has_pipe) return report;
  common::Meter meter{plan.files, cli::StatusLine::Wish::hide};
  store::BookStream books = open_books(plan, meter);
  static_cast<void>(books.next());
  return books.report();
}

}  // namespace

std::vector<Plan> plans_with_books(std::vector<Plan> plans) {
  std::vector<Plan> with_books;
  std::vector<std::string> all;
  store::ReadReport report;
  for (Plan& plan : plans) {
    all.insert(all.end(), plan.files.begin(), plan.files.end());
    const store::ReadReport of_symbol = begun(plan);
    if (const auto error = common::no_book(plan.files, of_symbol))
      spdlog::warn("{} is left out: {}", printable(plan.symbol), error->what());
    else
      with_books.push_back(std::move(plan));
    report += of_symbol;
  }
  common::refuse_no_book(all, report);
  return with_books;
}

std::vector<SymbolRun> run_symbols(std::vector<Plan> plans, const SymbolListeners& listeners) {
  if (plans.front().options.contract == backtest::Contract::inverse) {
    std::vector<Outcome> outcomes = SideBySide{plans, listeners, nullptr}.outcomes();
    return joined(std::move(plans), std::move(outcomes));
  }
  JointAccounts joint{plans.size(), plans.front().rows(), listeners};
  std::vector<Outcome> outcomes = SideBySide{plans, listeners, &joint}.outcomes();
  Outcome sum = sum_of(outcomes);
  joint.finish(sum);
  Plan plan = plan_of_sum(plans.front());
  std::vector<SymbolRun> runs = joined(std::move(plans), std::move(outcomes));
  runs.push_back({.plan = std::move(plan), .outcome = std::move(sum)});
  return runs;
}

}  // namespace obkit::obbacktest
