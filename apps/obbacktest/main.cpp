#include <string>

#include <spdlog/spdlog.h>

#include "obkit/backtest/trade_text.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"

#include "lookahead.hpp"
#include "run.hpp"
#include "settings.hpp"
#include "summary.hpp"
#include "sweep.hpp"

namespace {

namespace backtest = obkit::backtest;
using obbacktest::Outcome;
using obbacktest::Plan;
using obbacktest::Settings;

constexpr const char* examples =
    "Always in the market from the first signal on: an opposite signal reverses. The last book, "
    "and\n"
    "the last before a gap, close what is open. Several models, levels or thresholds make a row "
    "each.\n\n"
    "Examples:\n"
    "  obbacktest books/XBTUSD_20190823.txt --model model.json --threshold 0.3 > trades.jsonl\n"
    "  obbacktest books --rule imbalance --levels 1 --threshold 0:0.9:0.1 --taker-fee-bps 5 "
    "--format table";

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

Outcome print_trades(const Plan& plan, const std::string& format, obkit::ByteSink& sink) {
  const auto contract = plan.options.contract;
  std::string line = header(format, contract);
  sink.write(line);
  obbacktest::Listener listener;
  listener.trade = [&](std::size_t, const backtest::Trade& trade) {
    line.clear();
    append_line(line, trade, format, contract);
    sink.write(line);
  };
  return obbacktest::run(plan, listener);
}

Outcome print_rows(const Plan& plan, const std::string& format, obkit::ByteSink& sink) {
  Outcome outcome = obbacktest::run(plan, {});
  sink.write(sweep_text(plan, outcome, format));
  return outcome;
}

void check_outputs(const Settings& settings) {
  const std::string& path = settings.summary_path;
  if (path == settings.output.path)
    throw obkit::UsageError{"--summary and --out are the same: " + path};
  if (!path.empty()) obkit::check_sink(path, settings.output.existing());
}

void write_summary(const Plan& plan, const Outcome& outcome, const Settings& settings) {
  if (settings.summary_path.empty()) return;
  const auto sink = obkit::open_sink(settings.summary_path, settings.output.existing());
  if (plan.rows() > 1) {
    sink->write(sweep_text(plan, outcome, "json"));
  } else {
    auto fields = settings_of(plan, 0);
    for (auto& field : results_of(plan, outcome, 0)) fields.push_back(std::move(field));
    sink->write(obbacktest::json_line(fields));
  }
  sink->close();
}

void check_lookahead(const Plan& plan, const Outcome& outcome) {
  const auto cuts = obbacktest::check_lookahead(plan, outcome.rows.front().summary.books);
  spdlog::info("look-ahead: {} runs with the future cut off closed the same trades up to there",
               cuts);
}

void run(const Settings& settings) {
  const Plan plan = plan_of(settings);
  check_outputs(settings);
  const auto sink = obkit::open_sink(settings.output.path, settings.output.existing());
  const bool is_sweep = plan.rows() > 1;
  const Outcome outcome = is_sweep ? print_rows(plan, settings.format, *sink)
                                   : print_trades(plan, settings.format, *sink);
  sink->close();
  write_summary(plan, outcome, settings);
  if (settings.check_lookahead) check_lookahead(plan, outcome);
  if (is_sweep)
    log_sweep(plan, outcome);
  else
    log_summary(plan, outcome);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trade on the signals of past order books, costs included", "obbacktest"};
  app.footer(examples);
  Settings settings;
  add_options(app, settings);
  return obkit::cli::run_tool(app, argc, argv, [&] { run(settings); });
}
