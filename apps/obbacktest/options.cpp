#include "obbacktest/options.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/backtest/latency.hpp"
#include "obkit/cli/values.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/price.hpp"

namespace obkit::obbacktest {
namespace {

using signals::StrategyOptions;

constexpr std::int64_t most_thresholds = 1000;

std::string complaint(const std::string& text, const std::string& problem) {
  return "--threshold " + text + ": " + problem;
}

/// People write .3 for 0.3, JSON does not.
std::string with_zero(const std::string& number) {
  return number.starts_with('.') ? "0" + number : number;
}

/// A decimal of a range: exact, as prices are.
Price parse_decimal(const std::string& text, const std::string& part, const std::string& name) {
  const auto value = parse_price(with_zero(part));
  if (!value || *value < Price{} || *value > Price::from_units(Price::units_per_one, 0))
    throw UsageError{
        complaint(text, "expected " + name + " of A:B:STEP from 0 to 1, found '" + part + "'")};
  return *value;
}

std::vector<double> parse_range(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string::npos || text.find(':', second + 1) != std::string::npos)
    throw UsageError{complaint(text, "expected a number, or a range A:B:STEP as 0:0.9:0.1")};
  const Price low = parse_decimal(text, text.substr(0, first), "A");
  const Price high = parse_decimal(text, text.substr(first + 1, second - first - 1), "B");
  const Price step = parse_decimal(text, text.substr(second + 1), "STEP");
  if (low > high) throw UsageError{complaint(text, "expected A:B:STEP with A not above B")};
  if (step == Price{}) throw UsageError{complaint(text, "expected A:B:STEP with STEP above 0")};
  const std::int64_t count = (high - low).units() / step.units() + 1;
  if (count > most_thresholds)
    throw UsageError{complaint(text, "expected at most " + std::to_string(most_thresholds) +
                                         " thresholds, found " + std::to_string(count))};
  std::vector<double> thresholds;
  for (std::int64_t i = 0; i < count; ++i)
    thresholds.push_back(Price::from_units(low.units() + i * step.units(), 9).value());
  return thresholds;
}

/// `X`, or from A up to B in steps with `A:B:STEP`, exact decimals, B included where the steps meet
/// it. Throws UsageError.
std::vector<double> parse_thresholds(const std::string& text) {
  if (text.find(':') != std::string::npos) return parse_range(text);
  const auto threshold = parse_number(with_zero(text));
  if (!threshold || !(*threshold >= 0 && *threshold <= 1))
    throw UsageError{complaint(text, "expected a number from 0 to 1, or a range A:B:STEP")};
  return {*threshold};
}

/// One value a time, so that `--model M books` leaves the books alone.
void may_be_repeated(CLI::Option* option) {
  option->expected(1)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

void add_strategy_options(CLI::App& app, CommandLine& line) {
  cli::begin_group(app, cli::model_group);
  may_be_repeated(app.add_option("--model", line.models,
                                 "Judge by this model: P(rise) - P(fall); again: a row each. A\n"
                                 "folder: each book by the newest that learnt from its past alone")
                      ->type_name("FILE|DIR"));
  may_be_repeated(
      app.add_option("--rule", line.rules,
                     "Judge by a rule; 'imbalance': (bids - asks) / (bids + asks) of the volumes")
          ->check(cli::offering({"imbalance"}))
          ->type_name("NAME"));
  may_be_repeated(
      app.add_option("--levels", line.levels,
                     "Levels a side of the rule, nearest to the spread; K,L,M: a row each")
          ->delimiter(',')
          ->type_name("K")
          ->check(common::at_least_one)
          ->default_str("all"));
  app.add_option("--threshold", line.threshold,
                 "BUY above it, SELL below its negative, else WAIT; 0 to 1. "
                 "A:B:STEP: a row each")
      ->type_name("X")
      ->capture_default_str();
  app.add_option("--choose-on", line.choose_on,
                 "Choose the best row on this share of the time, or these days, and report it on\n"
                 "the rest")
      ->type_name("SHARE|DAY:DAY");
  app.add_flag("--invert", line.invert, "Swap BUY and SELL");
}

/// Of a field of the library's options: "queue_share" is "--queue-share".
std::string option_of(std::string_view field) {
  std::string name{field};
  std::ranges::replace(name, '_', '-');
  return "--" + name;
}

template <class Choices>
std::vector<std::string> names_of(const Choices& choices) {
  std::vector<std::string> names;
  for (const auto& choice : choices) names.emplace_back(choice.name);
  return names;
}

/// Pre: the name is one of them.
template <class Choices>
auto value_of(const Choices& choices, const std::string& name) {
  return std::ranges::find(choices, name, &Choices::value_type::name)->value;
}

std::string fill_help() {
  std::string text;
  for (const auto& model : backtest::fill_models()) {
    text.append(text.empty() ? "" : ";\n").append(model.name).append(": ").append(model.help);
    text.append("\n  (leaves out ").append(model.leaves_out).append(")");
  }
  return text;
}

/// "touch and queue": the models whose fills pay this fee.
std::string names_of(backtest::FeeKind fee) {
  std::string text;
  for (const auto& model : backtest::fill_models())
    if (model.fee() == fee) text.append(text.empty() ? "" : " and ").append(model.name);
  return text;
}

void add_own_option(CLI::App& app, CommandLine& line, const backtest::FillOption& option) {
  const std::string name = option_of(option.field);
  const auto set = [&line, &option](double value) {
    option.set(line.options, value);
    line.fill_options.emplace_back(option.field);
  };
  if (option.kind == backtest::FillOption::Kind::flag) {
    app.add_flag_function(
           name + ",!--no-" + name.substr(2), [set](std::int64_t count) { set(count > 0 ? 1 : 0); },
           std::string{option.help})
        ->default_str(option.get(line.options) != 0 ? "on" : "off");
    return;
  }
  app.add_option_function<double>(name, set, std::string{option.help})
      ->type_name("X")
      ->default_str(to_text(option.get(line.options)));
}

void add_fill_options(CLI::App& app, CommandLine& line) {
  cli::begin_group(app, "Fills");
  app.add_option("--fill", line.fill, fill_help())
      ->check(cli::one_of(names_of(backtest::fill_models())))
      ->capture_default_str();
  for (const auto& model : backtest::fill_models())
    for (const auto& option : model.options) add_own_option(app, line, option);
  app.add_option("--trades", line.trades_path,
                 "The exchange's trades, as obsave --trades writes them: what traded at a\n"
                 "queue order's price is known, the rest of a decrease was cancelled")
      ->type_name("FILE|DIR");
  app.add_option("--latency", line.latency,
                 "From a book to the order that it causes: filled at the first book\n"
                 "that much later. A file of measured ones: each book draws one")
      ->type_name("MS|FILE")
      ->capture_default_str();
  app.add_option("--seed", line.seed, "Of the latencies that are drawn")->default_str("1");
  app.add_option("--on-gap", line.on_gap,
                 "close: at the last book before a gap; hold: keep the position")
      ->check(cli::one_of(names_of(backtest::on_gaps)))
      ->capture_default_str();
  app.add_flag("--flat-at-midnight", line.flat_at_midnight,
               "Close at the last book of each UTC day");
}

void add_exit_options(CLI::App& app, CommandLine& line) {
  cli::begin_group(app, "Exits");
  auto& exits = line.options.exits;
  app.add_option("--on-wait", line.on_wait, "close: WAIT ends a position; hold: it does not")
      ->check(cli::one_of(names_of(backtest::on_waits)))
      ->capture_default_str();
  app.add_option("--max-hold", line.max_hold_ms, "End a position that was held so long")
      ->type_name("MS");
  app.add_option("--stop", exits.stop,
                 "End it when the mid price has moved so far against it since entry")
      ->type_name("BPS");
  app.add_option("--take", exits.take, "The same when it has moved so far with it")
      ->type_name("BPS");
}

void add_money_options(CLI::App& app, CommandLine& line) {
  cli::begin_group(app, "Costs");
  auto& options = line.options;
  app.add_option("--contract", line.contract,
                 "linear: profit in quote currency; inverse: size in USD, profit in coin")
      ->check(cli::one_of(names_of(backtest::contracts)))
      ->capture_default_str();
  app.add_option("--contract-size", line.contract_size,
                 "What a volume of 1 is worth: coins, or USD of an inverse contract")
      ->type_name("X")
      ->default_str("as the manifest says, else 1");
  app.add_option("--size", options.size, "Size of each position, in the unit of the volumes")
      ->capture_default_str();
  app.add_option("--capital", line.capital,
                 "What returns in percent are of, in the currency of the profit")
      ->type_name("X");
  app.add_option("--maker-fee-bps", options.maker_fee_bps,
                 "Basis points a side that " + names_of(backtest::FeeKind::maker) +
                     " fills pay; negative: rebate")
      ->type_name("BPS")
      ->capture_default_str();
  app.add_option("--taker-fee-bps", options.taker_fee_bps,
                 "Basis points a side that " + names_of(backtest::FeeKind::taker) + " fills pay")
      ->type_name("BPS")
      ->capture_default_str();
  app.add_option("--slippage", options.slippage_bps,
                 "Basis points that a fill which crosses the spread loses besides: what the\n"
                 "order itself does to the price")
      ->type_name("BPS")
      ->capture_default_str();
  app.add_option("--funding", line.funding_path,
                 "CSV of time,rate: charged on the open position when due")
      ->type_name("FILE");
}

void add_output(CLI::App& app, CommandLine& line) {
  cli::begin_group(app, cli::output_group);
  add_output_options(app, line.output, "Where the trades, or the rows, go; '-' is standard output");
  app.add_option("--format", line.format, "json, csv or table")
      ->check(cli::one_of({"json", "csv", "table"}))
      ->capture_default_str();
  app.add_option("--summary", line.summary_path,
                 "Write the summary as JSON to a file, one object a row")
      ->type_name("FILE");
  app.add_option("--equity", line.equity_path, "Write mid price, position and equity of each book")
      ->type_name("FILE.csv");
  app.add_option("--equity-every", line.equity_every_ms,
                 "The last book of each such time in place of each book; 0: each")
      ->type_name("MS")
      ->capture_default_str();
  app.add_option("--report", line.report_path,
                 "Write a page (HTML, offline) of price, trades, equity and more; of several\n"
                 "rows: runs side by side, net by threshold, a heat map")
      ->type_name("FILE.html");
  app.add_flag("--check-lookahead", line.check_lookahead,
               "Run again with the future cut off at random books, demand the same trades");
}

std::vector<StrategyOptions> strategies_of(const CommandLine& line) {
  if (line.models.empty() && line.rules.empty())
    throw UsageError{"expected --model FILE or --rule imbalance, found neither"};
  if (line.rules.empty() && !line.levels.empty())
    throw UsageError{"--levels goes with --rule: a model takes all levels that it was trained on"};
  std::vector<StrategyOptions> strategies;
  for (const auto& model : line.models) strategies.push_back({.model = model});
  for (const auto& rule : line.rules) {
    if (line.levels.empty()) strategies.push_back({.rule = rule});
    for (const std::size_t levels : line.levels)
      strategies.push_back({.rule = rule, .levels = levels});
  }
  return strategies;
}

/// Of `--latency MS`; empty where a file is meant.
std::optional<double> constant_latency(const std::string& text) {
  const auto value = parse_number(text);
  if (value && *value != std::floor(*value))
    throw UsageError{"--latency " + text + ": expected whole milliseconds, or a file"};
  return value;
}

void take_latency(backtest::Options& options, const CommandLine& line) {
  if (line.latency == "-") throw UsageError{"--latency -: expected milliseconds, or a file"};
  constexpr double beyond = 1e12;  // refused, with what is in the range, by check()
  if (const auto constant = constant_latency(line.latency)) {
    options.latency = std::chrono::milliseconds{std::llround(std::clamp(*constant, -1.0, beyond))};
    if (line.seed) throw UsageError{"--seed goes with --latency FILE: nothing else is drawn"};
    return;
  }
  constexpr std::size_t limit = std::size_t{256} * 1024 * 1024;
  options.measured_latencies = std::make_shared<const backtest::MeasuredLatencies>(
      backtest::parse_latencies(read_all(line.latency, limit), display_name(line.latency)),
      line.seed.value_or(1));
}

backtest::Options options_of(const CommandLine& line) {
  backtest::Options options = line.options;
  options.fill = {backtest::find_fill_model(line.fill)->name};
  options.contract = value_of(backtest::contracts, line.contract);
  options.on_gap = value_of(backtest::on_gaps, line.on_gap);
  options.midnight = line.flat_at_midnight ? backtest::Midnight::flat : backtest::Midnight::hold;
  take_latency(options, line);
  options.exits.on_wait = value_of(backtest::on_waits, line.on_wait);
  if (line.max_hold_ms) options.exits.max_hold = std::chrono::milliseconds{*line.max_hold_ms};
  check(options);
  return options;
}

/// 0.05 % is 5 basis points, and easily typed as 0.05.
void hint_at_fee(const std::string& option, double bps) {
  constexpr double suspicious = 0.1;
  if (bps != 0 && std::abs(bps) < suspicious)
    spdlog::warn("{} {:g} is {:g} % of the notional; were {:g} basis points meant?", option, bps,
                 bps / 100, bps * 100);
}

/// Options that the fill model in force does not look at.
void warn_of_idle_options(const CommandLine& line, const backtest::Options& options) {
  const backtest::FillModel& model = *backtest::find_fill_model(options.fill.name);
  const auto warn = [&](const std::string& option) {
    spdlog::warn("{} has no effect with --fill {}", option, model.name);
  };
  const bool pays_both = model.fee() != model.quote_fee;
  if (options.maker_fee_bps != 0 && !pays_both && model.fee() != backtest::FeeKind::maker)
    warn("--maker-fee-bps");
  if (options.taker_fee_bps != 0 && !pays_both && model.fee() != backtest::FeeKind::taker)
    warn("--taker-fee-bps");
  if (options.slippage_bps != 0 && model.quote_fee != backtest::FeeKind::taker) warn("--slippage");
  for (const std::string& field : line.fill_options)
    if (std::ranges::find(model.options, field, &backtest::FillOption::field) ==
        model.options.end())
      warn(option_of(field));
    else if (options.tape == backtest::Tape::known && field.starts_with("traded_"))
      spdlog::warn("{} has no effect with --trades", option_of(field));
  if (options.tape == backtest::Tape::known && model.rest == nullptr) warn("--trades");
}

/// All that is read beside the books.
std::vector<cli::NamedFile> other_inputs(const CommandLine& line) {
  std::vector<cli::NamedFile> files;
  for (const auto& model : line.models)
    if (model != "-") files.push_back({"--model", model});
  if (!line.funding_path.empty() && line.funding_path != "-")
    files.push_back({"--funding", line.funding_path});
  if (!constant_latency(line.latency)) files.push_back({"--latency", line.latency});
  return files;
}

std::vector<cli::NamedFile> outputs_of(const CommandLine& line) {
  std::vector<cli::NamedFile> files{{"-o", line.output.path}};
  if (!line.summary_path.empty()) files.push_back({"--summary", line.summary_path});
  if (!line.equity_path.empty()) files.push_back({"--equity", line.equity_path});
  if (!line.report_path.empty()) files.push_back({"--report", line.report_path});
  return files;
}

std::vector<backtest::FundingRate> funding_of(const std::string& path) {
  if (path.empty()) return {};
  constexpr std::size_t limit = std::size_t{256} * 1024 * 1024;
  return backtest::parse_funding(read_all(path, limit), display_name(path));
}

/// What is told of one row alone.
void check_equity(const CommandLine& line, const Plan& plan) {
  if (line.equity_every_ms < 0)
    throw UsageError{"--equity-every " + std::to_string(line.equity_every_ms) +
                     ": expected milliseconds, or 0 for each book"};
  if (line.equity_every_ms > 0 && line.equity_path.empty())
    throw UsageError{"--equity-every goes with --equity: nothing else is thinned"};
  if (plan.rows() == 1) return;
  if (!line.equity_path.empty())
    throw UsageError{"--equity shows one row: name one model or rule and one threshold"};
}

void take_trades(Plan& plan, const CommandLine& line) {
  if (line.trades_path.empty()) return;
  if (line.trades_path == "-") throw UsageError{"--trades -: expected a file or a folder"};
  plan.trades = trade_inputs_of(line.trades_path, plan.files);
  plan.options.tape = backtest::Tape::known;
  for (const std::string& file : plan.trades.files)
    cli::refuse_shared_files({{"--trades", file}}, outputs_of(line));
}

void take_contract_size(Plan& plan, const CommandLine& line) {
  plan.contract_size = contract_size_of(line.contract_size, plan.files);
  plan.options.contract_size = plan.contract_size.value;
  check(plan.options);
  const std::string warning = unit_warning(plan.contract_size, plan.options.contract);
  if (!warning.empty()) spdlog::warn("{}", warning);
}

}  // namespace

void add_options(CLI::App& app, CommandLine& line) {
  common::add_book_inputs(app, line.input);
  add_strategy_options(app, line);
  add_fill_options(app, line);
  add_exit_options(app, line);
  add_money_options(app, line);
  add_output(app, line);
  add_jobs_option(app, line.jobs, "Threads that read day-files and judge their books");
  add_progress_options(app, line.progress);
}

namespace {

/// Warns of nothing that does not depend on the files.
Plan silent_plan_of(const CommandLine& line) {
  Plan plan;
  plan.input = line.input;
  plan.strategies = strategies_of(line);
  plan.thresholds = parse_thresholds(line.threshold);
  plan.polarity = line.invert ? signals::Polarity::inverted : signals::Polarity::normal;
  plan.options = options_of(line);
  plan.files = files_of(line.input, other_inputs(line), outputs_of(line));
  take_contract_size(plan, line);
  take_trades(plan, line);
  plan.jobs = line.jobs.jobs;
  plan.progress = line.progress.wish();
  const bool reads_pipe = std::find(plan.files.begin(), plan.files.end(), "-") != plan.files.end();
  if (line.funding_path == "-" && reads_pipe)
    throw UsageError{"standard input cannot be both the funding and the books"};
  if (line.check_lookahead && reads_pipe)
    throw UsageError{"--check-lookahead reads the books several times: it wants files"};
  check_equity(line, plan);
  if (!line.choose_on.empty() && plan.rows() == 1)
    throw UsageError{"--choose-on chooses among rows: give several thresholds, models or levels"};
  if (!line.choose_on.empty() && reads_pipe)
    throw UsageError{"--choose-on reads the books several times: it wants files"};
  plan.capital = line.capital;
  if (plan.capital && !(*plan.capital > 0))
    throw UsageError{"--capital " + to_text(*plan.capital) + ": expected more than 0"};
  if (plan.options.measured_latencies) plan.latency_path = line.latency;
  plan.funding_path = line.funding_path;
  plan.funding = funding_of(line.funding_path);
  return plan;
}

void warn_of_options(const CommandLine& line, const backtest::Options& options) {
  hint_at_fee("--maker-fee-bps", options.maker_fee_bps);
  hint_at_fee("--taker-fee-bps", options.taker_fee_bps);
  warn_of_idle_options(line, options);
}

}  // namespace

Plan plan_of(const CommandLine& line) {
  Plan plan = silent_plan_of(line);
  warn_of_options(line, plan.options);
  return plan;
}

std::vector<Plan> plans_of(const CommandLine& line, const std::vector<std::string>& symbols) {
  if (!line.choose_on.empty())
    throw UsageError{"--choose-on is of one symbol: choose it with --symbol"};
  if (line.funding_path == "-")
    throw UsageError{"--funding -: it is read for each symbol, and wants a file"};
  std::vector<Plan> plans;
  for (const std::string& symbol : symbols) {
    CommandLine of_symbol = line;
    of_symbol.input.symbol = symbol;
    plans.push_back(silent_plan_of(of_symbol));
    plans.back().symbol = symbol;
  }
  if (!line.equity_path.empty() && plans.front().options.contract == backtest::Contract::inverse)
    throw UsageError{
        "--equity: the coins of several symbols are no single currency; choose one with --symbol"};
  warn_of_options(line, plans.front().options);
  return plans;
}

}  // namespace obkit::obbacktest
