#include "obbacktest/results.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/backtest/splits.hpp"
#include "obkit/backtest/summary.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/encoding.hpp"
#include "obkit/core/number.hpp"

namespace obkit::obbacktest {
namespace {

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add(Fields& fields, std::string_view key, std::string value) {
  fields.push_back({.key = std::string{key}, .value = std::move(value)});
}

void add_real(Fields& fields, std::string_view key, double value) {
  fields.push_back({.key = std::string{key}, .value = to_text(value), .is_real = true});
}

/// Of the fill model alone.
void add_own_options(Fields& fields, const backtest::Options& options) {
  for (const auto& option : backtest::find_fill_model(options.fill.name)->options) {
    if (options.tape == backtest::Tape::known && option.field.starts_with("traded_")) continue;
    const double value = option.get(options);
    const bool is_flag = option.kind == backtest::FillOption::Kind::flag;
    if (is_flag)
      add(fields, option.field, value != 0 ? "true" : "false");
    else
      add_real(fields, option.field, value);
  }
}

/// Those that were asked for.
void add_exits(Fields& fields, const backtest::Exits& exits) {
  if (exits.on_wait != backtest::OnWait::hold)
    add(fields, "on_wait", json_text(to_string(exits.on_wait)));
  if (exits.max_hold) add(fields, "max_hold_ms", std::to_string(exits.max_hold->count()));
  if (exits.stop) add_real(fields, "stop_bps", *exits.stop);
  if (exits.take) add_real(fields, "take_bps", *exits.take);
}

/// A constant, or what was drawn from.
void add_latency(Fields& fields, const Plan& plan) {
  const auto& measured = plan.options.measured_latencies;
  if (!measured) {
    add(fields, "latency_ms", std::to_string(plan.options.latency.count()));
    return;
  }
  const auto& values = measured->values();
  add(fields, "latency", json_text(plan.latency_path));
  add(fields, "latency_values", std::to_string(values.size()));
  add(fields, "latency_ms_median", std::to_string(values[values.size() / 2].count()));
  add(fields, "latency_ms_most", std::to_string(values.back().count()));
  add(fields, "seed", std::to_string(measured->seed()));
}

/// Each symbol of a sum has its own.
void add_contract_size(Fields& fields, const Plan& plan) {
  if (plan.is_sum) {
    for (const auto* key : {"contract_size", "contract_size_from"}) add(fields, key, "null");
    return;
  }
  add_real(fields, "contract_size", plan.options.contract_size);
  add(fields, "contract_size_from", json_text(plan.contract_size.from));
}

/// Which model judged when.
std::string judged_json(const std::vector<common::Judged>& judged) {
  std::string text = "[";
  for (const common::Judged& one : judged)
    text += (text.size() > 1 ? ",{" : "{") + std::string{"\"model\":"} +
            (one.model.empty() ? "null" : json_text(one.model)) +
            ",\"books\":" + std::to_string(one.books) + ",\"first_time\":\"" +
            format_iso(one.first) + "\",\"last_time\":\"" + format_iso(one.last) + "\"}";
  return text += ']';
}

/// Of a row.
backtest::Figures figures_of(const Plan& plan, const Outcome& outcome, std::size_t row) {
  return {outcome.rows.at(row).summary, plan.options.contract, plan.capital};
}

}  // namespace

std::string Field::json() const { return is_real ? as_real(value) : value; }

Fields options_fields(const Plan& plan, std::size_t row) {
  const auto& strategy = plan.strategies.at(plan.strategy_of(row));
  const auto& options = plan.options;
  const bool inverted = plan.polarity == signals::Polarity::inverted;
  Fields fields;
  if (!plan.symbol.empty()) add(fields, "symbol", json_text(plan.symbol));
  if (strategy.model) add(fields, "model", json_text(*strategy.model));
  if (strategy.rule) add(fields, "rule", json_text(*strategy.rule));
  if (strategy.levels) add(fields, "levels", std::to_string(*strategy.levels));
  add_real(fields, "threshold", plan.threshold_of(row));
  add(fields, "invert", inverted ? "true" : "false");
  add(fields, "fill", json_text(options.fill.name));
  add(fields, "contract", json_text(to_string(options.contract)));
  add_contract_size(fields, plan);
  add_real(fields, "size", options.size);
  if (plan.capital) add_real(fields, "capital", *plan.capital);
  add_real(fields, "maker_fee_bps", options.maker_fee_bps);
  add_real(fields, "taker_fee_bps", options.taker_fee_bps);
  add_real(fields, "slippage_bps", options.slippage_bps);
  add_latency(fields, plan);
  add(fields, "on_gap", json_text(to_string(options.on_gap)));
  const bool flat = options.midnight == backtest::Midnight::flat;
  add(fields, "flat_at_midnight", flat ? "true" : "false");
  add_exits(fields, options.exits);
  add_own_options(fields, options);
  if (options.tape == backtest::Tape::known)
    add(fields, "trades_by",
        json_text(plan.trades.attribution == Attribution::time ? "time" : "arrival"));
  if (!plan.funding_path.empty()) add(fields, "funding", json_text(plan.funding_path));
  return fields;
}

Fields result_fields(const Plan& plan, const Outcome& outcome, std::size_t row) {
  const backtest::Figures figures = figures_of(plan, outcome, row);
  Fields fields;
  for (const auto& statistic : backtest::statistics())
    if (!statistic.key.empty() && is_told(statistic, figures))
      add(fields, name_of(statistic.key, figures), json_text(statistic.value(figures)));
  if (!outcome.rows.at(row).judged.empty())
    add(fields, "judged_by", judged_json(outcome.rows.at(row).judged));
  if (plan.options.tape == backtest::Tape::known) {
    add(fields, "market_trades", std::to_string(outcome.market_trades.trades));
    add(fields, "market_trades_off_book", std::to_string(outcome.market_trades.off));
    add(fields, "market_trade_gaps", std::to_string(outcome.market_trades.gaps));
  }
  return fields;
}

Fields split_fields(const Plan& plan, const Outcome& outcome) {
  Fields fields;
  for (std::size_t i = 0; i < backtest::splits.size(); ++i)
    add(fields, backtest::splits[i].key, json_of(outcome.splits.parts()[i], plan.options.contract));
  return fields;
}

std::string json_line(const Fields& fields) {
  std::string text = "{";
  for (const Field& field : fields) {
    if (text.size() > 1) text += ',';
    text.append("\"").append(field.key).append("\":").append(field.json());
  }
  return text.append("}\n");
}

std::vector<ResultLine> result_lines(const Plan& plan, const Outcome& outcome, std::size_t row) {
  const backtest::Figures figures = figures_of(plan, outcome, row);
  std::vector<ResultLine> lines;
  for (const auto& statistic : backtest::statistics())
    if (!statistic.label.empty() && is_told(statistic, figures))
      lines.push_back({.name = std::string{statistic.label},
                       .value = line_text(statistic.value(figures)),
                       .note = note_of(statistic, figures)});
  return lines;
}

namespace {

/// What the fills that a signal causes pay.
double fee_of(const backtest::Options& options) {
  const bool is_maker =
      backtest::find_fill_model(options.fill.name)->fee() == backtest::FeeKind::maker;
  return is_maker ? options.maker_fee_bps : options.taker_fee_bps;
}

/// What one basis point a side takes, where something was traded.
std::string cost_of_a_point(const Plan& plan, const backtest::Summary& summary) {
  if (summary.trades == 0) return "";
  return fmt::format(" (each basis point a side takes {:.6g} {})", summary.turnover.value() / 1e4,
                     currency(plan.options.contract));
}

bool is_within(const Plan& plan, const Outcome& outcome) {
  const auto first = to_timestamp(*outcome.first), last = to_timestamp(*outcome.last);
  return std::ranges::any_of(plan.funding, [&](const backtest::FundingRate& rate) {
    return rate.time > first && rate.time <= last;
  });
}

std::string funding_text(const Plan& plan, const Outcome& outcome) {
  const std::string name = "--funding " + display_name(plan.funding_path);
  if (plan.funding.empty()) return name + ": no funding is in it, nothing was charged";
  return fmt::format(
      "{}: none of its times, {} to {}, lies in the books, {} to {}: nothing was "
      "charged",
      name, format_iso(plan.funding.front().time), format_iso(plan.funding.back().time),
      format_iso(*outcome.first), format_iso(*outcome.last));
}

/// Exits that ended no position of any row.
std::vector<std::string> idle_exits(const Plan& plan, const Outcome& outcome) {
  using backtest::Reason;
  const backtest::Exits& exits = plan.options.exits;
  std::vector<std::string> texts;
  const auto check = [&](Reason reason, const std::string& option) {
    const bool is_met = std::ranges::any_of(
        outcome.rows, [&](const Row& row) { return row.summary.closed_by.contains(reason); });
    if (!is_met) texts.push_back(option + " ended no position");
  };
  if (exits.on_wait == backtest::OnWait::close) check(Reason::wait, "--on-wait close");
  if (exits.stop) check(Reason::stop, "--stop " + to_text(*exits.stop));
  if (exits.take) check(Reason::take, "--take " + to_text(*exits.take));
  if (exits.max_hold)
    check(Reason::max_hold, "--max-hold " + std::to_string(exits.max_hold->count()));
  return texts;
}

void log_limits(const Plan& plan, const Outcome& outcome, std::size_t row) {
  if (const std::string text = left_out(plan, outcome, row); !text.empty())
    spdlog::info("left out: {}", text);
  for (const std::string& text : idle_options(plan, outcome)) spdlog::warn("{}", text);
}

}  // namespace

bool is_without_fees(const Plan& plan) { return fee_of(plan.options) == 0; }

std::string fees_left_out(const Plan& plan, const Outcome& outcome, std::size_t row) {
  return "fees" + cost_of_a_point(plan, outcome.rows.at(row).summary);
}

std::string left_out(const Plan& plan, const Outcome& outcome, std::size_t row) {
  const backtest::Options& options = plan.options;
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : "; ") + what; };
  if (is_without_fees(plan)) add(fees_left_out(plan, outcome, row));
  if (options.latency.count() == 0 && !options.measured_latencies)
    add("latency: an order meets the book that caused it");
  if (options.fill == backtest::FillRule::taker && options.slippage_bps == 0)
    add("slippage: " + std::string{backtest::find_fill_model(options.fill.name)->leaves_out});
  if (options.fill == backtest::FillRule::touch)
    add(std::string{backtest::find_fill_model(options.fill.name)->leaves_out});
  return text;
}

std::vector<std::string> idle_options(const Plan& plan, const Outcome& outcome) {
  if (!outcome.first) return {};
  std::vector<std::string> texts = idle_exits(plan, outcome);
  if (plan.options.tape == backtest::Tape::known)
    for (std::string& doubt : doubts_of(outcome.market_trades)) texts.push_back(std::move(doubt));
  if (!plan.funding_path.empty() && !is_within(plan, outcome))
    texts.push_back(funding_text(plan, outcome));
  for (std::size_t row = 0; row < plan.rows(); ++row) {
    const double threshold = plan.threshold_of(row), greatest = outcome.rows[row].greatest_score;
    if (greatest > threshold) continue;
    texts.push_back(common::no_signal_text(threshold, greatest));
    if (plan.rows() > 1) texts.back() += ", in the first of the rows without a trade";
    break;
  }
  return texts;
}

void log_results(const Plan& plan, const Outcome& outcome) {
  std::string line;
  for (const Field& field : options_fields(plan, 0))
    line.append(line.empty() ? "" : ", ").append(field.key).append(" ").append(field.value);
  spdlog::info("{}", line);
  for (const common::Judged& judged : outcome.rows.front().judged)
    spdlog::info("{}", text_of(judged));
  for (const auto& [name, value, note] : result_lines(plan, outcome, 0))
    spdlog::info("{:<14} {:>16}{}{}", name, value, note.empty() ? "" : "  ", note);
  log_limits(plan, outcome, 0);
}

std::string strategy_name(const signals::StrategyOptions& strategy) {
  if (strategy.model) return *strategy.model;
  return strategy.rule.value_or("") +
         (strategy.levels ? " " + std::to_string(*strategy.levels) : "");
}

namespace {

using Cells = std::vector<std::string>;

/// Of the statistics, those that a row has of the rest, too.
bool is_of_rest(std::string_view key) {
  constexpr std::array<std::string_view, 5> keys{"books", "trades", "gross_@", "net_@",
                                                 "mean_net_@_per_trade"};
  return std::ranges::find(keys, key) != keys.end();
}

/// A row of what is printed.
struct PrintedRow {
  const Plan& plan;
  const Outcome& outcome;
  std::size_t row;
  bool is_best;
};

std::vector<PrintedRow> printed_rows(const Plan& plan, const Outcome& outcome) {
  std::vector<PrintedRow> rows;
  const std::size_t best = best_row(outcome);
  for (std::size_t row = 0; row < plan.rows(); ++row)
    rows.push_back({plan, outcome, row, row == best});
  return rows;
}

/// Row by row, each of all symbols and their sum. Without a sum, each symbol has its best row.
std::vector<PrintedRow> printed_rows(const std::vector<SymbolRun>& runs) {
  std::vector<PrintedRow> rows;
  const SymbolRun& last = runs.back();
  for (std::size_t row = 0; row < last.plan.rows(); ++row)
    for (const SymbolRun& run : runs) {
      const Outcome& judge = last.plan.is_sum ? last.outcome : run.outcome;
      rows.push_back({run.plan, run.outcome, row, row == best_row(judge)});
    }
  return rows;
}

Fields fields_of(const PrintedRow& printed) {
  const auto& [plan, outcome, row, is_best] = printed;
  Fields fields = options_fields(plan, row);
  for (auto& field : result_fields(plan, outcome, row)) fields.push_back(std::move(field));
  add(fields, "best", is_best ? "true" : "false");
  if (outcome.rest.empty()) return fields;
  const backtest::Figures rest{outcome.rest.at(row).summary, plan.options.contract, plan.capital};
  for (const auto& statistic : backtest::statistics())
    if (is_of_rest(statistic.key))
      add(fields, "rest_" + name_of(statistic.key, rest), json_text(statistic.value(rest)));
  const auto& chance = outcome.deflated_sharpe;
  const bool has_chance = is_best && chance.has_value();
  add(fields, "deflated_sharpe", has_chance ? as_real(to_text(*chance)) : "null");
  return fields;
}

std::string rows_json(const std::vector<PrintedRow>& rows) {
  std::string text;
  for (const PrintedRow& row : rows) text += json_line(fields_of(row));
  return text;
}

/// JSON's texts, with quotes doubled where CSV wants it.
std::string csv_cell(const std::string& json) {
  if (json == "null") return "";
  if (!json.starts_with('"')) return json;
  std::string text;
  for (const char c : json.substr(1, json.size() - 2)) text.append(c == '"' ? 2 : 1, c);
  if (text.find_first_of("=+-@") == 0) text.insert(0, "'");  // a name is no formula
  return text.find_first_of(",\"\\") == std::string::npos ? text : '"' + text + '"';
}

/// Columns of all rows, in the order they are first met: models have no levels.
Cells csv_columns(const std::vector<Fields>& rows) {
  Cells columns{"symbol", "model", "rule", "levels"};
  const Cells first = columns;
  std::erase_if(columns, [&](const std::string& column) {
    return std::none_of(rows.begin(), rows.end(), [&](const Fields& fields) {
      return std::any_of(fields.begin(), fields.end(),
                         [&](const Field& field) { return field.key == column; });
    });
  });
  for (const Field& field : rows.front())
    if (std::ranges::find(first, field.key) == first.end()) columns.push_back(field.key);
  return columns;
}

std::string csv_line(const Cells& cells) {
  std::string line;
  for (const auto& cell : cells) line += cell + ',';
  line.back() = '\n';
  return line;
}

std::string rows_csv(const std::vector<PrintedRow>& printed) {
  std::vector<Fields> rows;
  for (const PrintedRow& row : printed) rows.push_back(fields_of(row));
  const Cells columns = csv_columns(rows);
  std::string text = csv_line(columns);
  for (const Fields& fields : rows) {
    Cells cells;
    for (const auto& column : columns) {
      const auto found = std::find_if(fields.begin(), fields.end(),
                                      [&](const Field& field) { return field.key == column; });
      cells.push_back(found == fields.end() ? "" : csv_cell(found->json()));
    }
    text += csv_line(cells);
  }
  return text;
}

Cells table_header(const Plan& plan, const backtest::Figures& figures) {
  Cells cells{"strategy", "threshold"};
  if (!plan.symbol.empty()) cells.insert(cells.begin(), "symbol");
  for (const auto& statistic : backtest::statistics())
    if (!statistic.column.empty() && is_told(statistic, figures))
      cells.push_back(name_of(statistic.column, figures));
  cells.emplace_back("");
  return cells;
}

Cells table_cells(const PrintedRow& printed) {
  const auto& [plan, outcome, row, is_best] = printed;
  const backtest::Figures figures = figures_of(plan, outcome, row);
  Cells cells{printable(strategy_name(plan.strategies[plan.strategy_of(row)])),
              to_text(plan.threshold_of(row))};
  if (!plan.symbol.empty()) cells.insert(cells.begin(), printable(plan.symbol));
  for (const auto& statistic : backtest::statistics())
    if (!statistic.column.empty() && is_told(statistic, figures))
      cells.push_back(cell_text(statistic.value(figures)));
  cells.emplace_back(is_best && plan.rows() > 1 ? "best" : "");
  return cells;
}

std::string rows_table(const std::vector<PrintedRow>& rows) {
  const PrintedRow& first = rows.front();
  std::vector<Cells> lines{table_header(first.plan, figures_of(first.plan, first.outcome, 0))};
  for (const PrintedRow& row : rows) lines.push_back(table_cells(row));
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

namespace {

std::string text_of(const std::vector<PrintedRow>& rows, const std::string& format) {
  if (format == "csv") return rows_csv(rows);
  return format == "table" ? rows_table(rows) : rows_json(rows);
}

}  // namespace

std::string rows_text(const Plan& plan, const Outcome& outcome, const std::string& format) {
  return text_of(printed_rows(plan, outcome), format);
}

std::string rows_text(const std::vector<SymbolRun>& runs, const std::string& format) {
  return text_of(printed_rows(runs), format);
}

namespace {

/// What the row that was chosen on the first part came to on the rest.
void log_choice(const Plan& plan, const Outcome& outcome) {
  const std::size_t best = best_row(outcome);
  const auto& chosen_on = outcome.rows[best].summary;
  const auto& rest = outcome.rest[best].summary;
  const std::string_view unit = currency(plan.options.contract);
  spdlog::info("chosen of {} rows: {} at threshold {}, net {} {} of {}", plan.rows(),
               strategy_name(plan.strategies[plan.strategy_of(best)]),
               to_text(plan.threshold_of(best)), to_string(chosen_on.net()), unit,
               counted(chosen_on.trades, "trade"));
  spdlog::info("on the rest, {}: net {} {} of {}", counted(rest.books, "book"),
               to_string(rest.net()), unit, counted(rest.trades, "trade"));
  if (const auto& chance = outcome.deflated_sharpe)
    spdlog::info(
        "deflated Sharpe ratio {:.3f}: so likely the choice is more than the best of {} "
        "rows of no worth{}",
        *chance, plan.rows(), *chance < 0.95 ? "; below 0.95 it is no evidence" : "");
  log_limits(plan, outcome, best);
}

}  // namespace

void log_rows(const Plan& plan, const Outcome& outcome) {
  const std::size_t best = best_row(outcome);
  const auto& summary = outcome.rows[best].summary;
  spdlog::info("{}, {}", counted(summary.books, "book"), counted(plan.rows(), "row"));
  if (!outcome.rest.empty()) return log_choice(plan, outcome);
  spdlog::warn(
      "the best net of {} rows, {} {} with {} at threshold {}, was chosen on these very books "
      "(in-sample): expect less on others, and test it there",
      plan.rows(), to_string(summary.net()), currency(plan.options.contract),
      strategy_name(plan.strategies[plan.strategy_of(best)]), to_text(plan.threshold_of(best)));
  if (summary.trades == 0) spdlog::warn("it is the row without a trade: no row earned its costs");
  log_limits(plan, outcome, best);
}

namespace {

void log_symbol(const SymbolRun& run, std::size_t row) {
  const auto& summary = run.outcome.rows.at(row).summary;
  spdlog::info("{}: {}, net {} {} of {}", printable(run.plan.symbol),
               counted(summary.books, "book"), to_string(summary.net()),
               currency(run.plan.options.contract), counted(summary.trades, "trade"));
}

}  // namespace

void log_symbols(const std::vector<SymbolRun>& runs) {
  const SymbolRun& last = runs.back();
  const std::size_t rows = last.plan.rows();
  const auto shown_of = [&](const SymbolRun& run) {
    return best_row(last.plan.is_sum ? last.outcome : run.outcome);
  };
  if (rows > 1)
    spdlog::warn(
        "of each symbol the best of {} rows{} is told, chosen on these very books (in-sample): "
        "expect less on others, and test it there",
        rows, last.plan.is_sum ? " in sum" : "");
  for (const SymbolRun& run : runs) log_symbol(run, shown_of(run));
  if (!last.plan.is_sum)
    spdlog::info("no sum: the coins of {} symbols are no single currency", runs.size());
  for (const SymbolRun& run : runs) {
    const std::string text = left_out(run.plan, run.outcome, shown_of(run));
    if (!text.empty() && run.plan.is_sum == last.plan.is_sum)
      spdlog::info("{}: left out: {}", printable(run.plan.symbol), text);
  }
  for (const SymbolRun& run : runs)
    if (!run.plan.is_sum)
      for (const std::string& text : idle_options(run.plan, run.outcome))
        spdlog::warn("{}: {}", printable(run.plan.symbol), text);
}

}  // namespace obkit::obbacktest
