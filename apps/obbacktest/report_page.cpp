#include "obbacktest/report_page.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/backtest/splits.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/version.hpp"
#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"
#include "obkit/store/input.hpp"

#include "obbacktest/market_name.hpp"
#include "obbacktest/results.hpp"

namespace obkit::obbacktest {
namespace {

using report::Pairs;
using report::styled_text;

/// Without the folder; of a folder its own name.
std::string short_name(std::string path) {
  if (path == "-") return display_name(path);
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return std::filesystem::path{path}.filename().string();
}

using Paths = std::vector<std::string>;

/// All that was read.
Paths paths_of(const Plan& plan) {
  Paths paths = plan.files;
  for (const auto& strategy : plan.strategies)
    if (strategy.model) paths.push_back(*strategy.model);
  paths.insert(paths.end(), plan.trades.files.begin(), plan.trades.files.end());
  for (const std::string& path : {plan.latency_path, plan.funding_path})
    if (!path.empty()) paths.push_back(path);
  return paths;
}

/// Whoever gets the page learns nothing of the folders of who made it.
class Folders {
 public:
  explicit Folders(const Paths& paths) {
    for (const std::string& path : paths) {
      for (const std::string& written : {path, display_name(path)})
        if (written != short_name(path)) names_.emplace_back(written, short_name(path));
    }
    // The longest first: one may begin with another.
    std::ranges::stable_sort(names_, std::ranges::greater{},
                             [](const auto& name) { return name.first.size(); });
  }

  /// Paths of the inputs without their folders.
  [[nodiscard]] std::string without(std::string text) const {
    for (const auto& [path, name] : names_) {
      for (auto at = text.find(path); at != std::string::npos;
           at = text.find(path, at + name.size()))
        text.replace(at, path.size(), name);
    }
    return text;
  }

 private:
  std::vector<std::pair<std::string, std::string>> names_;
};

bool is_folder(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::is_directory(path, unknown);
}

std::vector<report::File> hashed(const Paths& paths, const store::InputHashes& hashes) {
  std::vector<report::File> files;
  for (const std::string& path : paths)
    if (!is_folder(path)) files.push_back({.name = short_name(path), .sha256 = hashes.of(path)});
  return files;
}

std::string levels_text(const signals::StrategyOptions& strategy) {
  if (strategy.model) return short_name(*strategy.model);
  return strategy.rule.value_or("") + " of " +
         (strategy.levels ? counted(*strategy.levels, "level") : "all levels");
}

/// "imbalance of 5 levels, threshold 0.3".
std::string strategy_text(const Plan& plan, std::size_t row) {
  const bool is_inverted = plan.polarity == signals::Polarity::inverted;
  return levels_text(plan.strategies.at(plan.strategy_of(row))) + ", threshold " +
         to_text(plan.threshold_of(row)) + (is_inverted ? ", inverted" : "");
}

std::string size_text(const Plan& plan) {
  const backtest::Options& options = plan.options;
  std::string text = to_text(options.size);
  if (options.contract_size != 1)
    text += (options.size == 1 ? " contract of " : " contracts of ") +
            to_text(options.contract_size) +
            (options.contract == backtest::Contract::inverse ? " USD" : " coins");
  return text.append(", ").append(to_string(options.contract));
}

std::string latency_text(const backtest::Options& options) {
  const auto& measured = options.measured_latencies;
  if (!measured) return std::to_string(options.latency.count()) + " ms";
  const auto& values = measured->values();
  return fmt::format("drawn from {} measured, median {} ms, most {} ms", values.size(),
                     values[values.size() / 2].count(), values.back().count());
}

std::string exits_text(const backtest::Exits& exits) {
  std::string text = "the opposite signal";
  if (exits.on_wait == backtest::OnWait::close) text += ", WAIT";
  if (exits.stop) text += ", stop at " + to_text(*exits.stop) + " bp";
  if (exits.take) text += ", take at " + to_text(*exits.take) + " bp";
  if (exits.max_hold) text += ", after " + std::to_string(exits.max_hold->count()) + " ms";
  return text;
}

std::string closed_text(const backtest::Options& options) {
  std::string text = options.on_gap == backtest::OnGap::close ? "gaps, " : "";
  if (options.midnight == backtest::Midnight::flat) text += "midnight, ";
  return text + "the end";
}

/// What a result rests on, in short.
Pairs assumptions_of(const Plan& plan) {
  const backtest::Options& options = plan.options;
  Pairs pairs{{"fills", std::string{options.fill.name}},
              {"size", size_text(plan)},
              {"fees", "taker " + to_text(options.taker_fee_bps) + " bp, maker " +
                           to_text(options.maker_fee_bps) + " bp a side"},
              {"slippage", to_text(options.slippage_bps) + " bp"},
              {"latency", latency_text(options)},
              {"funding", plan.funding_path.empty() ? "none" : short_name(plan.funding_path)},
              {"ended by", exits_text(options.exits)},
              {"closed at", closed_text(options)}};
  if (options.tape == backtest::Tape::known)
    pairs.emplace_back("trades", "those of the exchange are known");
  for (auto& [name, value] : pairs) value = styled_text(value);
  return pairs;
}

/// Banners of what flatters.
std::vector<backtest::Caution> cautions_of(const Plan& plan, const Outcome& outcome,
                                           std::size_t row) {
  std::vector<backtest::Caution> cautions;
  if (plan.options.fill == backtest::FillRule::touch)
    cautions.push_back(
        {.id = "touch",
         .heading = "Fills at the touch: an upper bound that nobody gets",
         .text = "Every order is filled at once at the better side, whatever its size and whoever "
                 "stood before it."});
  if (is_without_fees(plan))
    cautions.push_back(
        {.id = "no-fees",
         .heading = "No fees were charged",
         .text = styled_text("The result leaves out " + fees_left_out(plan, outcome, row) + ".")});
  return cautions;
}

/// As a text shows it, of what JSON holds.
std::string plain(const std::string& json) {
  const auto value = nlohmann::json::parse(json);
  return value.is_string() ? value.get<std::string>() : json;
}

void add_summary(Pairs& pairs, const Plan& plan, const Outcome& outcome) {
  for (const auto& [name, value, note] : result_lines(plan, outcome, 0))
    pairs.emplace_back(name, note.empty() ? value : value + " (" + note + ")");
  for (const common::Judged& judged : outcome.rows.front().judged)
    pairs.emplace_back("judged by", common::text_of(judged));
  if (std::string out = left_out(plan, outcome, 0); !out.empty())
    pairs.emplace_back("left out", std::move(out));
  for (std::string& idle : idle_options(plan, outcome))
    pairs.emplace_back("without effect", std::move(idle));
}

Pairs options_of(const Plan& plan, std::size_t row) {
  Pairs pairs;
  for (const Field& field : options_fields(plan, row))
    pairs.emplace_back(field.key, plain(field.value));
  return pairs;
}

Pairs styled(Pairs pairs, const Folders& folders) {
  for (auto& [name, value] : pairs) value = styled_text(folders.without(std::move(value)));
  return pairs;
}

/// Models of the same name in several folders are told apart by a number.
std::vector<std::string> strategy_names(const Plan& plan) {
  std::vector<std::string> names;
  for (const auto& strategy : plan.strategies) names.push_back(levels_text(strategy));
  const std::vector<std::string> all = names;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (std::ranges::count(all, all[i]) > 1)
      names[i] += " (" + std::to_string(std::count(all.begin(), all.begin() + i + 1, all[i])) + ")";
  return names;
}

backtest::ComparedRuns compared_runs(const Plan& plan, const Outcome& outcome) {
  const std::vector<std::string> names = strategy_names(plan);
  const std::size_t best = best_row(outcome);
  backtest::ComparedRuns compared{.thresholds = plan.thresholds.size()};
  for (std::size_t row = 0; row < plan.rows(); ++row)
    compared.runs.push_back({.strategy = names[plan.strategy_of(row)],
                             .threshold = plan.threshold_of(row),
                             .summary = &outcome.rows[row].summary,
                             .rest = outcome.rest.empty() ? nullptr : &outcome.rest[row].summary,
                             .is_best = row == best});
  return compared;
}

/// Of what was chosen on the books that judge it.
backtest::Caution choice_caution(const Plan& plan, const Outcome& outcome) {
  const std::string rows = std::to_string(plan.rows());
  if (outcome.rest.empty())
    return {.id = "chosen",
            .heading = "The best of " + rows + " rows was chosen on these very books",
            .text = std::string{"It is in-sample: chance favours one of many. Expect less on other "
                                "books, and test it there"} +
                    (plan.is_sum ? "." : " (--choose-on).")};
  std::string text =
      "Figures are of the part that rows are chosen on, but for those that are said "
      "to be of the rest.";
  if (const auto& chance = outcome.deflated_sharpe)
    text += fmt::format(
        " Deflated Sharpe ratio of the best: {:.3f}; so likely it is more than the best of {} rows "
        "of no worth{}.",
        *chance, rows, *chance < 0.95 ? ". Below 0.95 it is no evidence" : "");
  return {.id = "chosen",
          .heading = "The best of " + rows + " rows was chosen on the first part: believe the rest",
          .text = std::move(text)};
}

/// Of all models that were trained on these books.
std::string in_sample_texts(const Plan& plan, const Outcome& outcome) {
  std::string text;
  for (std::size_t row = 0; row < plan.rows(); row += plan.thresholds.size()) {
    const std::string& warning = outcome.rows[row].in_sample_warning;
    if (warning.empty()) continue;
    if (!text.empty()) text += ' ';
    text += short_name(plan.strategies[plan.strategy_of(row)].model.value_or("")) + ": " + warning +
            ".";
  }
  return text;
}

/// What all rows have in common.
Pairs common_options(const Plan& plan) {
  Pairs pairs = options_of(plan, 0);
  std::erase_if(pairs, [](const auto& pair) {
    return pair.first == "symbol" || pair.first == "model" || pair.first == "rule" ||
           pair.first == "levels" || pair.first == "threshold";
  });
  return pairs;
}

/// What was read.
struct Read {
  Paths books;
  Paths all;  ///< with these
  const store::InputHashes& hashes;
};

/// What all pages say.
backtest::ReportText words_of(const Plan& plan, const Outcome& outcome, const Read& read) {
  return {.title = market_name(read.books, outcome.first, outcome.last),
          .currency = std::string{currency(plan.options.contract)},
          .tool = "obbacktest " + std::string{version()},
          .files = hashed(read.all, read.hashes),
          .assumptions = assumptions_of(plan)};
}

}  // namespace

std::string report_page(const Plan& plan, const Outcome& outcome, const backtest::Report& report,
                        const store::InputHashes& hashes) {
  const Read read{.books = plan.files, .all = paths_of(plan), .hashes = hashes};
  const Folders folders{read.all};
  backtest::ReportText text = words_of(plan, outcome, read);
  text.strategy = strategy_text(plan, 0);
  text.threshold = plan.threshold_of(0);
  text.in_sample_warning = styled_text(folders.without(outcome.rows.front().in_sample_warning));
  text.cautions = cautions_of(plan, outcome, 0);
  text.options = styled(options_of(plan, 0), folders);
  add_summary(text.summary, plan, outcome);
  text.summary = styled(std::move(text.summary), folders);
  return report.html(text);
}

std::string comparison_page(const Plan& plan, const Outcome& outcome,
                            const backtest::Comparison& comparison,
                            const store::InputHashes& hashes) {
  const Read read{.books = plan.files, .all = paths_of(plan), .hashes = hashes};
  const Folders folders{read.all};
  backtest::ReportText text = words_of(plan, outcome, read);
  text.in_sample_warning = styled_text(folders.without(in_sample_texts(plan, outcome)));
  text.cautions = cautions_of(plan, outcome, best_row(outcome));
  text.cautions.insert(text.cautions.begin(), choice_caution(plan, outcome));
  text.options = styled(common_options(plan), folders);
  return comparison.html(text, compared_runs(plan, outcome));
}

namespace {

/// Each once, in the order of the runs.
Paths joined(const std::vector<SymbolRun>& runs,
             const std::function<Paths(const Plan&)>& paths_in) {
  Paths all;
  for (const SymbolRun& run : runs)
    for (std::string& path : paths_in(run.plan))
      if (std::ranges::find(all, path) == all.end()) all.push_back(std::move(path));
  return all;
}

/// Symbol by symbol; a strategy is named where there are several.
backtest::ComparedRuns compared_symbols(const std::vector<SymbolRun>& runs) {
  const Plan& plan = runs.back().plan;
  const std::size_t best = best_row(runs.back().outcome);
  backtest::ComparedRuns all{.thresholds = plan.thresholds.size()};
  for (const SymbolRun& run : runs) {
    backtest::ComparedRuns compared = compared_runs(run.plan, run.outcome);
    for (std::size_t row = 0; row < compared.runs.size(); ++row) {
      backtest::ComparedRun& one = compared.runs[row];
      one.strategy =
          plan.strategies.size() > 1 ? run.plan.symbol + ", " + one.strategy : run.plan.symbol;
      one.is_best = run.plan.is_sum && plan.rows() > 1 && row == best;
      (run.plan.is_sum ? all.sums : all.runs).push_back(one);
    }
  }
  return all;
}

bool has_one_contract_size(const std::vector<SymbolRun>& runs) {
  return std::ranges::all_of(runs, [&](const SymbolRun& run) {
    return run.plan.options.contract_size == runs.front().plan.options.contract_size;
  });
}

/// Each symbol has its own.
void leave_out_contract_size(backtest::ReportText& text, const Plan& plan) {
  std::erase_if(text.options,
                [](const auto& pair) { return pair.first.starts_with("contract_size"); });
  std::ranges::find(text.assumptions, "size", &Pairs::value_type::first)->second =
      to_text(plan.options.size) + " of each symbol's contracts, " +
      std::string{to_string(plan.options.contract)};
}

backtest::Caution sum_caution(const std::vector<SymbolRun>& runs) {
  if (runs.back().plan.is_sum)
    return {.id = "sum",
            .heading = "A sum over " + std::to_string(runs.size() - 1) + " symbols",
            .text =
                "Each is traded on its own books. The sum is what one account earns that trades "
                "them all, over time; it takes their currencies for one."};
  return {.id = "sum",
          .heading = std::to_string(runs.size()) + " symbols without a sum",
          .text =
              "Profit is in the coin of each, and coins of several symbols are no single "
              "currency."};
}

}  // namespace

std::string symbols_page(const std::vector<SymbolRun>& runs, const backtest::Comparison& comparison,
                         const store::InputHashes& hashes) {
  const Plan& plan = runs.back().plan;
  Outcome outcome = runs.back().outcome;
  // Without a sum there is no turnover of all, of which fees would be a share.
  if (!plan.is_sum) outcome.rows.assign(plan.rows(), {});
  const Read read{.books = joined(runs, [](const Plan& one) { return one.files; }),
                  .all = joined(runs, paths_of),
                  .hashes = hashes};
  const Folders folders{read.all};
  backtest::ReportText text = words_of(runs.front().plan, outcome, read);
  text.in_sample_warning =
      styled_text(folders.without(in_sample_texts(runs.front().plan, runs.front().outcome)));
  text.cautions = cautions_of(plan, outcome, best_row(outcome));
  if (plan.rows() > 1 && plan.is_sum)
    text.cautions.insert(text.cautions.begin(), choice_caution(plan, outcome));
  text.cautions.insert(text.cautions.begin(), sum_caution(runs));
  text.options = styled(common_options(runs.front().plan), folders);
  if (!has_one_contract_size(runs)) leave_out_contract_size(text, plan);
  return comparison.html(text, compared_symbols(runs));
}

}  // namespace obkit::obbacktest
