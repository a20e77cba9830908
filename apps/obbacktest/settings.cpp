#include "settings.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <spdlog/spdlog.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"

#include "thresholds.hpp"

namespace obbacktest {
namespace {

namespace backtest = obkit::backtest;
using obkit::UsageError;
using obkit::signals::StrategyOptions;

/// One value a time, so that `--model M books` leaves the books alone.
void may_be_repeated(CLI::Option* option) {
  option->expected(1)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

void add_strategy_options(CLI::App& app, Settings& settings) {
  may_be_repeated(app.add_option("--model", settings.models,
                                 "Judge by this model: P(rise) - P(fall); again: a row each"));
  may_be_repeated(
      app.add_option("--rule", settings.rules,
                     "Judge by a rule; 'imbalance': (bids - asks) / (bids + asks) of the volumes"));
  may_be_repeated(
      app.add_option("--levels", settings.levels,
                     "Levels a side of the rule, nearest to the spread (default: all);\n"
                     "K,L,M: a row each")
          ->delimiter(',')
          ->type_name("K")
          ->check(judged_books::at_least_one));
  app.add_option("--threshold", settings.threshold,
                 "BUY above it, SELL below its negative, else WAIT; 0 to 1.\n"
                 "A:B:STEP: a row each")
      ->type_name("X")
      ->capture_default_str();
  app.add_flag("--invert", settings.invert, "Swap BUY and SELL");
}

void add_fill_options(CLI::App& app, Settings& settings) {
  app.add_option("--fill", settings.fill,
                 "taker: crosses the spread, walks the levels; touch: own side's best\n"
                 "price at once; queue: rests there behind the visible volume")
      ->check(CLI::IsMember({"taker", "touch", "queue"}))
      ->capture_default_str();
  app.add_flag("--requote,!--no-requote", settings.requote,
               "A queue order moves when a better price appears on its side (default)");
  app.add_option("--queue-share", settings.options.queue_share,
                 "Of a decrease of the volume at a queue order's price, the share that\n"
                 "stood before it; 0 to 1")
      ->type_name("X")
      ->capture_default_str();
  app.add_option("--latency", settings.latency_ms,
                 "From a book to the order that it causes: filled at the first book\n"
                 "that much later")
      ->type_name("MS")
      ->capture_default_str();
  app.add_option("--on-gap", settings.on_gap,
                 "close: at the last book before a gap; hold: keep the position")
      ->check(CLI::IsMember({"close", "hold"}))
      ->capture_default_str();
  app.add_flag("--flat-at-midnight", settings.flat_at_midnight,
               "Close at the last book of each UTC day");
}

void add_money_options(CLI::App& app, Settings& settings) {
  auto& options = settings.options;
  app.add_option("--contract", settings.contract,
                 "linear: profit in quote currency; inverse: size in USD, profit in coin")
      ->check(CLI::IsMember({"linear", "inverse"}))
      ->capture_default_str();
  app.add_option("--size", options.size, "Size of each position, in the unit of the volumes")
      ->capture_default_str();
  app.add_option("--maker-fee-bps", options.maker_fee_bps,
                 "Basis points a side that touch and queue fills pay; negative: rebate")
      ->type_name("BPS")
      ->capture_default_str();
  app.add_option("--taker-fee-bps", options.taker_fee_bps,
                 "Basis points a side that taker fills pay")
      ->type_name("BPS")
      ->capture_default_str();
  app.add_option("--funding", settings.funding_path,
                 "CSV of time,rate: charged on the open position when due")
      ->type_name("FILE");
}

void add_output(CLI::App& app, Settings& settings) {
  app.add_option("--format", settings.format, "json, csv or table")
      ->check(CLI::IsMember({"json", "csv", "table"}))
      ->capture_default_str();
  app.add_option("--summary", settings.summary_path,
                 "Write the summary as JSON to a file, one object a row")
      ->type_name("FILE");
  app.add_option("--report", settings.report_path,
                 "Draw price, trades, equity and more as a page for a browser")
      ->type_name("FILE.html");
  app.add_flag("--check-lookahead", settings.check_lookahead,
               "Run again with the future cut off at random books, demand the same trades");
  add_output_options(app, settings.output,
                     "Where the trades, or the rows, go; '-' is standard output");
}

std::vector<StrategyOptions> strategies_of(const Settings& settings) {
  if (settings.models.empty() && settings.rules.empty())
    throw UsageError{"expected --model FILE or --rule imbalance, found neither"};
  if (settings.rules.empty() && !settings.levels.empty())
    throw UsageError{"--levels goes with --rule: a model takes all levels that it was trained on"};
  std::vector<StrategyOptions> strategies;
  for (const auto& model : settings.models) strategies.push_back({.model = model});
  for (const auto& rule : settings.rules) {
    if (settings.levels.empty()) strategies.push_back({.rule = rule});
    for (const std::size_t levels : settings.levels)
      strategies.push_back({.rule = rule, .levels = levels});
  }
  return strategies;
}

backtest::Options options_of(const Settings& settings) {
  backtest::Options options = settings.options;
  options.fill = settings.fill == "taker"   ? backtest::FillRule::taker
                 : settings.fill == "touch" ? backtest::FillRule::touch
                                            : backtest::FillRule::queue;
  options.contract =
      settings.contract == "linear" ? backtest::Contract::linear : backtest::Contract::inverse;
  options.on_gap = settings.on_gap == "close" ? backtest::OnGap::close : backtest::OnGap::hold;
  options.midnight =
      settings.flat_at_midnight ? backtest::Midnight::flat : backtest::Midnight::hold;
  options.requote = settings.requote ? backtest::Requote::follow : backtest::Requote::stay;
  options.latency = std::chrono::milliseconds{settings.latency_ms};
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

std::vector<backtest::FundingRate> funding_of(const std::string& path) {
  if (path.empty()) return {};
  constexpr std::size_t limit = std::size_t{256} * 1024 * 1024;
  return backtest::parse_funding(obkit::read_all(path, limit), obkit::display_name(path));
}

}  // namespace

void add_options(CLI::App& app, Settings& settings) {
  app.add_option("input", settings.input.inputs,
                 "Day-files, folders of them, '-' for standard input")
      ->required();
  add_strategy_options(app, settings);
  judged_books::add_input_options(app, settings.input);
  add_fill_options(app, settings);
  add_money_options(app, settings);
  add_output(app, settings);
  add_jobs_option(app, settings.jobs, "Threads that read and judge the books by a model");
  add_progress_options(app, settings.progress);
}

Plan plan_of(const Settings& settings) {
  Plan plan;
  plan.input = settings.input;
  plan.strategies = strategies_of(settings);
  plan.thresholds = parse_thresholds(settings.threshold);
  plan.polarity =
      settings.invert ? obkit::signals::Polarity::inverted : obkit::signals::Polarity::normal;
  plan.options = options_of(settings);
  plan.files = files_of(settings.input);
  plan.jobs = settings.jobs.jobs;
  plan.progress = settings.progress.wish();
  const bool reads_pipe = std::find(plan.files.begin(), plan.files.end(), "-") != plan.files.end();
  if (settings.funding_path == "-" && reads_pipe)
    throw UsageError{"standard input cannot be both the funding and the books"};
  if (settings.check_lookahead && reads_pipe)
    throw UsageError{"--check-lookahead reads the books several times: it wants files"};
  if (!settings.report_path.empty() && plan.rows() > 1)
    throw UsageError{"--report shows one row: name one model or rule and one threshold"};
  plan.funding_path = settings.funding_path;
  plan.funding = funding_of(settings.funding_path);
  hint_at_fee("--maker-fee-bps", plan.options.maker_fee_bps);
  hint_at_fee("--taker-fee-bps", plan.options.taker_fee_bps);
  return plan;
}

}  // namespace obbacktest
