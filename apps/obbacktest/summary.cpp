#include "summary.hpp"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "obkit/backtest/bootstrap.hpp"
#include "obkit/backtest/trade_text.hpp"
#include "obkit/core/number.hpp"

#include "names.hpp"

namespace obbacktest {
namespace {

using obkit::backtest::FillRule;
using obkit::backtest::Summary;

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string number(std::optional<double> value) { return value ? obkit::to_text(*value) : "null"; }

void add_drawdown(Fields& fields, const Summary& summary, const std::string& unit) {
  const auto& drawdown = summary.drawdown;
  fields.emplace_back("max_drawdown_" + unit, drawdown ? to_string(drawdown->depth) : "0");
  fields.emplace_back("max_drawdown_from",
                      drawdown ? json_text(format_iso(drawdown->peak)) : "null");
  fields.emplace_back("max_drawdown_to",
                      drawdown ? json_text(format_iso(drawdown->trough)) : "null");
}

void add_means(Fields& fields, const Summary& summary, const std::string& unit) {
  const std::string name = "net_" + unit + "_per_trade";
  const auto interval = obkit::backtest::bootstrap_mean(summary.nets);
  fields.emplace_back("mean_" + name, number(summary.mean_net()));
  fields.emplace_back("standard_error_" + name, number(summary.standard_error()));
  fields.emplace_back("low_95_" + name, interval ? obkit::to_text(interval->low) : "null");
  fields.emplace_back("high_95_" + name, interval ? obkit::to_text(interval->high) : "null");
  fields.emplace_back("profit_factor", number(summary.profit_factor()));
}

void add_queue(Fields& fields, const obkit::backtest::Options& options) {
  if (options.fill != FillRule::queue) return;
  const bool follows = options.requote == obkit::backtest::Requote::follow;
  fields.emplace_back("requote", follows ? "true" : "false");
  fields.emplace_back("queue_share", obkit::to_text(options.queue_share));
}

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : "-";
}

std::string mean_remark(const Summary& summary) {
  std::string text = "standard error " + short_number(summary.standard_error());
  if (const auto interval = obkit::backtest::bootstrap_mean(summary.nets))
    text += fmt::format(", 95 % of resampled means from {:.6g} to {:.6g}", interval->low,
                        interval->high);
  return text;
}

std::string books_remark(const Row& row, std::uint64_t skipped_lines) {
  std::string text;
  if (skipped_lines > 0) text = obkit::counted(skipped_lines, "line") + " skipped";
  if (row.in_sample_books > 0)
    text += (text.empty() ? "" : ", ") + std::to_string(row.in_sample_books) + " in sample";
  return text;
}

std::string trades_remark(const Summary& summary) {
  if (summary.trades == 0) return "";
  return fmt::format("{} of them won, held for {:.6g} s, in the market {} of the time",
                     percent(summary.win_rate()), *summary.mean_holding_seconds(),
                     percent(summary.exposure()));
}

SummaryLine drawdown_line(const Summary& summary) {
  const auto& drawdown = summary.drawdown;
  if (!drawdown) return {"drawdown", "0", ""};
  return {"drawdown", to_string(drawdown->depth),
          "from " + format_iso(drawdown->peak) + " to " + format_iso(drawdown->trough)};
}

}  // namespace

std::string short_number(std::optional<double> value) {
  return value ? fmt::format("{:.6g}", *value) : "-";
}

Fields settings_of(const Plan& plan, std::size_t row) {
  const auto& strategy = plan.strategies.at(plan.strategy_of(row));
  const auto& options = plan.options;
  const bool inverted = plan.polarity == obkit::signals::Polarity::inverted;
  Fields fields;
  if (strategy.model) fields.emplace_back("model", json_text(*strategy.model));
  if (strategy.rule) fields.emplace_back("rule", json_text(*strategy.rule));
  if (strategy.levels) fields.emplace_back("levels", std::to_string(*strategy.levels));
  fields.emplace_back("threshold", obkit::to_text(plan.threshold_of(row)));
  fields.emplace_back("invert", inverted ? "true" : "false");
  fields.emplace_back("fill", json_text(name_of(options.fill)));
  fields.emplace_back("contract", json_text(name_of(options.contract)));
  fields.emplace_back("size", obkit::to_text(options.size));
  fields.emplace_back("maker_fee_bps", obkit::to_text(options.maker_fee_bps));
  fields.emplace_back("taker_fee_bps", obkit::to_text(options.taker_fee_bps));
  fields.emplace_back("latency_ms", std::to_string(options.latency.count()));
  fields.emplace_back("on_gap", json_text(name_of(options.on_gap)));
  const bool flat = options.midnight == obkit::backtest::Midnight::flat;
  fields.emplace_back("flat_at_midnight", flat ? "true" : "false");
  add_queue(fields, options);
  if (!plan.funding_path.empty()) fields.emplace_back("funding", json_text(plan.funding_path));
  return fields;
}

Fields results_of(const Plan& plan, const Outcome& outcome, std::size_t row) {
  const auto& [summary, in_sample_books, warning] = outcome.rows.at(row);
  const std::string unit{currency(plan.options.contract)};
  Fields fields{{"books", std::to_string(summary.books)},
                {"skipped_lines", std::to_string(outcome.skipped_lines)},
                {"in_sample_books", std::to_string(in_sample_books)},
                {"trades", std::to_string(summary.trades)},
                {"wins", std::to_string(summary.wins)},
                {"win_rate", number(summary.win_rate())},
                {"gross_" + unit, to_string(summary.gross)},
                {"fees_" + unit, to_string(summary.fees)},
                {"funding_" + unit, to_string(summary.funding)},
                {"net_" + unit, to_string(summary.net())}};
  add_means(fields, summary, unit);
  add_drawdown(fields, summary, unit);
  fields.emplace_back("exposure", number(summary.exposure()));
  fields.emplace_back("mean_holding_seconds", number(summary.mean_holding_seconds()));
  fields.emplace_back("turnover_" + unit, to_string(summary.turnover));
  fields.emplace_back("buy_and_hold_net_" + unit,
                      summary.buy_and_hold ? to_string(*summary.buy_and_hold) : "null");
  return fields;
}

std::string json_line(const Fields& fields) {
  std::string text = "{";
  for (const auto& [key, value] : fields) {
    if (text.size() > 1) text += ',';
    text.append("\"").append(key).append("\":").append(value);
  }
  return text.append("}\n");
}

std::vector<SummaryLine> summary_lines(const Plan& plan, const Outcome& outcome, std::size_t row) {
  const Summary& summary = outcome.rows.at(row).summary;
  const auto profit_factor = summary.profit_factor();
  return {
      {"books", std::to_string(summary.books),
       books_remark(outcome.rows[row], outcome.skipped_lines)},
      {"trades", std::to_string(summary.trades), trades_remark(summary)},
      {"gross", to_string(summary.gross), std::string{currency(plan.options.contract)}},
      {"fees", to_string(summary.fees), ""},
      {"funding", to_string(summary.funding), ""},
      {"net", to_string(summary.net()),
       summary.buy_and_hold ? "buy and hold: " + to_string(*summary.buy_and_hold) : ""},
      {"net per trade", short_number(summary.mean_net()), mean_remark(summary)},
      {"profit factor", short_number(profit_factor), profit_factor ? "gained for each 1 lost" : ""},
      drawdown_line(summary),
      {"turnover", to_string(summary.turnover), ""}};
}

void log_summary(const Plan& plan, const Outcome& outcome) {
  std::string line;
  for (const auto& [key, value] : settings_of(plan, 0))
    line.append(line.empty() ? "" : ", ").append(key).append(" ").append(value);
  spdlog::info("{}", line);
  for (const auto& [name, value, remark] : summary_lines(plan, outcome, 0))
    spdlog::info("{:<14} {:>16}{}{}", name, value, remark.empty() ? "" : "  ", remark);
}

}  // namespace obbacktest
