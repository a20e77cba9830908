#include "sweep.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "obkit/backtest/trade_text.hpp"
#include "obkit/core/number.hpp"

#include "summary.hpp"

namespace obbacktest {
namespace {

using Cells = std::vector<std::string>;

Fields fields_of(const Plan& plan, const Outcome& outcome, std::size_t row) {
  Fields fields = settings_of(plan, row);
  for (auto& field : results_of(plan, outcome, row)) fields.push_back(std::move(field));
  fields.emplace_back("best", row == best_row(outcome) ? "true" : "false");
  return fields;
}

std::string json_text(const Plan& plan, const Outcome& outcome) {
  std::string text;
  for (std::size_t row = 0; row < plan.rows(); ++row)
    text += json_line(fields_of(plan, outcome, row));
  return text;
}

/// JSON's texts, with quotes doubled where CSV wants it.
std::string csv_cell(const std::string& json) {
  if (json == "null") return "";
  if (!json.starts_with('"')) return json;
  std::string text;
  for (const char c : json.substr(1, json.size() - 2)) text.append(c == '"' ? 2 : 1, c);
  return text.find_first_of(",\"\\") == std::string::npos ? text : '"' + text + '"';
}

/// Columns of all rows, in the order they are first met: models have no levels.
Cells csv_columns(const std::vector<Fields>& rows) {
  Cells columns{"model", "rule", "levels"};
  std::erase_if(columns, [&](const std::string& column) {
    return std::none_of(rows.begin(), rows.end(), [&](const Fields& fields) {
      return std::any_of(fields.begin(), fields.end(),
                         [&](const auto& field) { return field.first == column; });
    });
  });
  for (const auto& [key, value] : rows.front())
    if (key != "model" && key != "rule" && key != "levels") columns.push_back(key);
  return columns;
}

std::string csv_line(const Cells& cells) {
  std::string line;
  for (const auto& cell : cells) line += (line.empty() ? "" : ",") + cell;
  return line + '\n';
}

std::string csv_text(const Plan& plan, const Outcome& outcome) {
  std::vector<Fields> rows;
  for (std::size_t row = 0; row < plan.rows(); ++row) rows.push_back(fields_of(plan, outcome, row));
  const Cells columns = csv_columns(rows);
  std::string text = csv_line(columns);
  for (const Fields& fields : rows) {
    Cells cells;
    for (const auto& column : columns) {
      const auto found = std::find_if(fields.begin(), fields.end(),
                                      [&](const auto& field) { return field.first == column; });
      cells.push_back(found == fields.end() ? "" : csv_cell(found->second));
    }
    text += csv_line(cells);
  }
  return text;
}

std::string strategy_name(const obkit::signals::StrategyOptions& strategy) {
  if (strategy.model) return *strategy.model;
  return strategy.rule.value_or("") +
         (strategy.levels ? " " + std::to_string(*strategy.levels) : "");
}

Cells table_cells(const Plan& plan, const Outcome& outcome, std::size_t row) {
  const auto& summary = outcome.rows[row].summary;
  const auto drawdown = summary.drawdown ? summary.drawdown->depth : obkit::backtest::Money{};
  const auto win_rate = summary.win_rate();
  return {strategy_name(plan.strategies[plan.strategy_of(row)]),
          obkit::to_text(plan.threshold_of(row)),
          std::to_string(summary.trades),
          win_rate ? fmt::format("{:.1f}", 100 * *win_rate) : "-",
          short_number(summary.gross.value()),
          short_number(summary.fees.value() + summary.funding.value()),
          short_number(summary.net().value()),
          short_number(summary.mean_net()),
          short_number(summary.standard_error()),
          short_number(drawdown.value()),
          row == best_row(outcome) ? "best" : ""};
}

std::string table_text(const Plan& plan, const Outcome& outcome) {
  const std::string unit{currency(plan.options.contract)};
  std::vector<Cells> lines{{"strategy", "threshold", "trades", "won_%", "gross_" + unit,
                            "costs_" + unit, "net_" + unit, "net_per_trade", "std_error",
                            "drawdown", ""}};
  for (std::size_t row = 0; row < plan.rows(); ++row)
    lines.push_back(table_cells(plan, outcome, row));
  std::vector<std::size_t> widths(lines.front().size());
  for (const Cells& cells : lines)
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  std::string text;
  for (const Cells& cells : lines) {
    std::string line = fmt::format("{:<{}}", cells.front(), widths.front());
    for (std::size_t i = 1; i + 1 < cells.size(); ++i)
      line += fmt::format("  {:>{}}", cells[i], widths[i]);
    text += cells.back().empty() ? line + '\n' : line + "  " + cells.back() + '\n';
  }
  return text;
}

}  // namespace

std::size_t best_row(const Outcome& outcome) {
  const auto best = std::max_element(
      outcome.rows.begin(), outcome.rows.end(),
      [](const Row& left, const Row& right) { return left.summary.net() < right.summary.net(); });
  return static_cast<std::size_t>(best - outcome.rows.begin());
}

std::string sweep_text(const Plan& plan, const Outcome& outcome, const std::string& format) {
  if (format == "csv") return csv_text(plan, outcome);
  return format == "table" ? table_text(plan, outcome) : json_text(plan, outcome);
}

void log_sweep(const Plan& plan, const Outcome& outcome) {
  const std::size_t best = best_row(outcome);
  const auto& summary = outcome.rows[best].summary;
  spdlog::info("{}, {} rows", obkit::counted(summary.books, "book"), plan.rows());
  spdlog::warn(
      "the best net of {} rows, {} {} with {} at threshold {}, was chosen on these very books "
      "(in-sample): expect less on others, and test it there",
      plan.rows(), to_string(summary.net()), currency(plan.options.contract),
      strategy_name(plan.strategies[plan.strategy_of(best)]),
      obkit::to_text(plan.threshold_of(best)));
  if (summary.trades == 0) spdlog::warn("it is the row without a trade: no row earned its costs");
}

}  // namespace obbacktest
