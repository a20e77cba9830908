#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "obkit/backtest/comparison.hpp"
#include "obkit/backtest/report.hpp"
#include "obkit/backtest/splits.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

#include "common/book_inputs.hpp"
#include "obbacktest/choice.hpp"
#include "obbacktest/equity.hpp"
#include "obbacktest/lookahead.hpp"
#include "obbacktest/options.hpp"
#include "obbacktest/report_page.hpp"
#include "obbacktest/results.hpp"
#include "obbacktest/run.hpp"
#include "obbacktest/symbols.hpp"

namespace obkit::obbacktest {
namespace {

constexpr const char* examples =
    "Always in the market from the first signal on: an opposite signal reverses. The last book, "
    "and\n"
    "the last before a gap, close what is open. Several models, levels or thresholds make a row "
    "each.\n\n"
    "Examples:\n"
    "  obbacktest books/XBTUSD_20190823.txt --model model.json --threshold 0.3 > trades.jsonl\n"
    "  obbacktest books --rule imbalance --threshold 0:0.9:0.1 --taker-fee-bps 5 --format table";

std::string header(const std::string& format, backtest::Contract contract) {
  if (format == "csv") return backtest::csv_header(contract);
  return format == "table" ? backtest::table_header(contract) : "";
}

void append_line(std::string& out, const backtest::Trade& trade, const std::string& format,
                 backtest::Contract contract) {
  if (format == "csv") return append_csv_line(out, trade);
  if (format == "table") return append_table_line(out, trade, contract);
  append_json_line(out, trade);
}

/// What a report shows of a book.
backtest::ReportPoint point_of(const backtest::BookState& state, double score) {
  return {.time = state.time,
          .bid = state.bid,
          .ask = state.ask,
          .score = score,
          .position = state.position,
          .gross = state.gross.value(),
          .net = state.net().value()};
}

/// Who follows a run; each may be null, and but for the trail they are of one row.
struct Followers {
  Trail* trail = nullptr;
  backtest::Report* report = nullptr;
  store::InputHashes* hashes = nullptr;
  EquityFile* equity = nullptr;
};

Outcome print_trades(const Plan& plan, const std::string& format, ByteSink& sink,
                     const Followers& followers) {
  const auto contract = plan.options.contract;
  std::string line = header(format, contract);
  sink.write(line);
  Listener listener;
  backtest::SplitTrades splits;
  auto* const report = followers.report;
  listener.trade = [&](std::size_t, const backtest::Trade& trade) {
    line.clear();
    append_line(line, trade, format, contract);
    sink.write(line);
    splits.add(trade);
    if (report != nullptr) report->add(trade);
  };
  if (report != nullptr || followers.equity != nullptr) {
    listener.book = [&](std::size_t, const backtest::BookState& state, double score) {
      if (report != nullptr) report->add(point_of(state, score));
      if (followers.equity != nullptr) followers.equity->add(state);
    };
  }
  listener.hashes = followers.hashes;
  if (followers.trail != nullptr) followers.trail->follow(listener);
  Outcome outcome = run(plan, listener);
  outcome.splits = std::move(splits);
  return outcome;
}

/// Who follows a run of several rows; each may be null.
struct RowFollowers {
  Trail* trail = nullptr;
  backtest::Comparison* comparison = nullptr;
  store::InputHashes* hashes = nullptr;
};

Outcome print_rows(const Plan& plan, const CommandLine& line, ByteSink& sink,
                   const RowFollowers& followers) {
  Listener listener;
  auto* const comparison = followers.comparison;
  if (comparison != nullptr && comparison->draws_equity())
    listener.book = [&](std::size_t row, const backtest::BookState& state, double) {
      comparison->add(row, point_of(state, 0));
    };
  listener.hashes = followers.hashes;
  Outcome outcome;
  if (line.choose_on.empty()) {
    if (followers.trail != nullptr) followers.trail->follow(listener);
    outcome = run(plan, listener);
  } else {
    outcome = run_choice(plan, choice_spans_of(line.choose_on, plan), listener);
  }
  sink.write(rows_text(plan, outcome, line.format));
  return outcome;
}

/// What a run writes; made before the work, so that what cannot be made is met at once.
struct Sinks {
  std::unique_ptr<ByteSink> main, summary, report, equity;  ///< but the first, they may be null
};

Sinks open_sinks(const CommandLine& line) {
  const std::array paths{line.output.path, line.summary_path, line.report_path, line.equity_path};
  std::array<std::unique_ptr<ByteSink>, 4> sinks;
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (!paths.at(i).empty()) sinks.at(i) = open_sink(paths.at(i), line.output.existing());
  return {std::move(sinks[0]), std::move(sinks[1]), std::move(sinks[2]), std::move(sinks[3])};
}

void write(ByteSink& sink, const std::string& text) {
  sink.write(text);
  sink.close();
}

std::string summary_text(const Plan& plan, const Outcome& outcome) {
  if (plan.rows() > 1) return rows_text(plan, outcome, "json");
  auto fields = options_fields(plan, 0);
  for (auto& field : result_fields(plan, outcome, 0)) fields.push_back(std::move(field));
  for (auto& field : split_fields(plan, outcome)) fields.push_back(std::move(field));
  return json_line(fields);
}

/// `whole` is empty where the run was one of parts.
void check_lookahead(Plan plan, Trail& whole) {
  plan.input.silent = true;  // the same books were read before
  if (whole.past().books == 0) {
    Listener listener;
    whole.follow(listener);
    (void)run(plan, listener);
  }
  const auto cuts = obbacktest::check_lookahead(plan, whole);
  spdlog::info("look-ahead: at {}, with none behind them read, scores and trades were the same",
               counted(cuts, "book"));
}

/// What a run writes when it is done, besides its trades or rows.
void write_results(const Plan& plan, const CommandLine& line, const Sinks& sinks,
                   const Outcome& outcome, const std::function<std::string()>& page, Trail& trail) {
  sinks.main->close();
  if (sinks.summary) write(*sinks.summary, summary_text(plan, outcome));
  if (sinks.report) write(*sinks.report, page());
  if (line.check_lookahead) check_lookahead(plan, trail);
}

/// One row.
void trade(const Plan& plan, const CommandLine& line, const Sinks& sinks) {
  backtest::Report report;
  store::InputHashes hashes;
  std::optional<EquityFile> equity;
  if (sinks.equity)
    equity.emplace(*sinks.equity, plan.options.contract,
                   std::chrono::milliseconds{line.equity_every_ms});
  Trail trail;
  const Outcome outcome = print_trades(plan, line.format, *sinks.main,
                                       {.trail = line.check_lookahead ? &trail : nullptr,
                                        .report = sinks.report ? &report : nullptr,
                                        .hashes = sinks.report ? &hashes : nullptr,
                                        .equity = equity ? &*equity : nullptr});
  if (equity) equity->close();
  write_results(
      plan, line, sinks, outcome, [&] { return report_page(plan, outcome, report, hashes); },
      trail);
  log_results(plan, outcome);
}

/// Several rows.
void sweep(const Plan& plan, const CommandLine& line, const Sinks& sinks) {
  backtest::Comparison comparison{plan.rows()};
  store::InputHashes hashes;
  Trail trail;
  const Outcome outcome = print_rows(plan, line, *sinks.main,
                                     {.trail = line.check_lookahead ? &trail : nullptr,
                                      .comparison = sinks.report ? &comparison : nullptr,
                                      .hashes = sinks.report ? &hashes : nullptr});
  write_results(
      plan, line, sinks, outcome,
      [&] { return comparison_page(plan, outcome, comparison, hashes); }, trail);
  log_rows(plan, outcome);
}

/// What a report shows of the account over all symbols.
backtest::ReportPoint point_of(const backtest::EquityStep& step) {
  return {.time = step.time, .gross = step.gross.value(), .net = step.net.value()};
}

bool has_sum(const Plan& plan) { return plan.options.contract != backtest::Contract::inverse; }

/// Who follows the runs of several symbols.
class SymbolFollowers {
 public:
  SymbolFollowers(const CommandLine& line, const Sinks& sinks, std::size_t symbols,
                  const Plan& first)
      : is_checked_{line.check_lookahead},
        is_reported_{sinks.report != nullptr},
        rows_{first.rows()},
        comparison_{rows_ * symbols, has_sum(first) ? rows_ : 0},
        trails_(symbols) {
    if (sinks.equity)
      equity_.emplace(*sinks.equity, first.options.contract,
                      std::chrono::milliseconds{line.equity_every_ms}, EquityFile::Of::all_markets);
  }

  /// It must outlive them.
  [[nodiscard]] SymbolListeners listeners() {
    SymbolListeners all{.of_symbol = [this](std::size_t symbol) { return listener_of(symbol); }};
    const bool is_drawn = is_reported_ && comparison_.draws_sums();
    if (!is_drawn && !equity_) return all;
    all.joint_equity = [this, is_drawn](std::size_t row, const backtest::EquityStep& step) {
      if (is_drawn) comparison_.add_sum(row, point_of(step));
      if (equity_) equity_->add(step);
    };
    return all;
  }

  void close() {
    if (equity_) equity_->close();
  }
  [[nodiscard]] std::string page(const std::vector<SymbolRun>& runs) const {
    return symbols_page(runs, comparison_, hashes_);
  }
  [[nodiscard]] Trail& trail(std::size_t symbol) { return trails_[symbol]; }

 private:
  [[nodiscard]] Listener listener_of(std::size_t symbol) {
    Listener listener;
    if (is_reported_) listener.hashes = &hashes_;
    if (is_reported_ && comparison_.draws_equity())
      listener.book = [this, symbol](std::size_t row, const backtest::BookState& state, double) {
        comparison_.add(symbol * rows_ + row, point_of(state, 0));
      };
    if (is_checked_) trails_[symbol].follow(listener);
    return listener;
  }

  bool is_checked_, is_reported_;
  std::size_t rows_;
  backtest::Comparison comparison_;
  store::InputHashes hashes_;
  std::deque<Trail> trails_;          ///< [symbols]
  std::optional<EquityFile> equity_;  ///< of the sum
};

/// One row or several, of several symbols.
void trade_symbols(const CommandLine& line, const std::vector<std::string>& symbols) {
  std::vector<Plan> plans = plans_with_books(plans_of(line, symbols));
  const std::size_t count = plans.size();
  const Sinks sinks = open_sinks(line);
  SymbolFollowers followers{line, sinks, count, plans.front()};
  const std::vector<SymbolRun> runs = run_symbols(std::move(plans), followers.listeners());
  followers.close();
  sinks.main->write(rows_text(runs, line.format));
  sinks.main->close();
  if (sinks.summary) write(*sinks.summary, rows_text(runs, "json"));
  if (sinks.report) write(*sinks.report, followers.page(runs));
  if (line.check_lookahead)
    for (std::size_t i = 0; i < count; ++i) check_lookahead(runs[i].plan, followers.trail(i));
  log_symbols(runs);
}

void execute(const CommandLine& line) {
  if (const auto symbols = common::several_symbols(line.input); !symbols.empty())
    return trade_symbols(line, symbols);
  const Plan plan = plan_of(line);
  const Sinks sinks = open_sinks(line);
  if (plan.rows() > 1)
    sweep(plan, line, sinks);
  else
    trade(plan, line, sinks);
}

}  // namespace
}  // namespace obkit::obbacktest

int main(int argc, char** argv) {
  CLI::App app{"Trade on the signals of past order books, costs included", "obbacktest"};
  app.footer(obkit::obbacktest::examples);
  obkit::obbacktest::CommandLine line;
  add_options(app, line);
  return obkit::cli::run_tool(app, argc, argv, [&] { obkit::obbacktest::execute(line); });
}
