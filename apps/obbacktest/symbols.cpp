#include "obbacktest/symbols.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "obkit/backtest/summary.hpp"

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
  sum.nets.insert(sum.nets.end(), more.nets.begin(), more.nets.end());
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

/// Without what one of several says only of itself.
backtest::Summary begun_with(backtest::Summary summary) {
  summary.drawdown.reset();
  summary.longest_drawdown = {};
  summary.returns = {};
  summary.periods_with_books = {};
  return summary;
}

}  // namespace

Outcome sum_of(const std::vector<SymbolRun>& runs) {
  Outcome sum;
  for (const Row& row : runs.front().outcome.rows)
    sum.rows.push_back({.summary = begun_with(row.summary),
                        .in_sample_warning = row.in_sample_warning,
                        .greatest_score = row.greatest_score});
  for (auto run = runs.begin() + 1; run != runs.end(); ++run)
    for (std::size_t row = 0; row < sum.rows.size(); ++row)
      add(sum.rows[row].summary, run->outcome.rows[row].summary);
  for (const SymbolRun& run : runs) {
    sum.market_trades.trades += run.outcome.market_trades.trades;
    sum.market_trades.off += run.outcome.market_trades.off;
    sum.market_trades.gaps += run.outcome.market_trades.gaps;
    sum.first = std::min(sum.first.value_or(*run.outcome.first), *run.outcome.first);
    sum.last = std::max(sum.last.value_or(*run.outcome.last), *run.outcome.last);
  }
  return sum;
}

std::vector<SymbolRun> run_symbols(std::vector<Plan> plans,
                                   const std::function<Listener(std::size_t)>& listener_of) {
  std::vector<SymbolRun> runs;
  for (Plan& plan : plans) {
    Outcome outcome = run(plan, listener_of(runs.size()));
    runs.push_back({.plan = std::move(plan), .outcome = std::move(outcome)});
  }
  if (runs.front().plan.options.contract == backtest::Contract::inverse) return runs;
  Plan plan = runs.front().plan;
  plan.symbol = "sum";
  plan.is_sum = true;
  plan.files.clear();
  plan.trades.files.clear();
  Outcome sum = sum_of(runs);
  runs.push_back({.plan = std::move(plan), .outcome = std::move(sum)});
  return runs;
}

}  // namespace obkit::obbacktest
