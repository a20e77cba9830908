#include "summary.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "obkit/backtest/trade_text.hpp"
#include "obkit/core/number.hpp"

namespace obbacktest {
namespace {

/// Keys and their values, written as JSON writes them: amounts keep their exact decimals.
using Fields = std::vector<std::pair<std::string, std::string>>;

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Fields settings(const Report& report) {
  const auto& [strategy, invert, options, summary, in_sample, skipped] = report;
  const bool taker = options.fill == obkit::backtest::FillRule::taker;
  const bool linear = options.contract == obkit::backtest::Contract::linear;
  Fields fields;
  if (strategy.model) fields.emplace_back("model", quoted(*strategy.model));
  if (strategy.rule) fields.emplace_back("rule", quoted(*strategy.rule));
  if (strategy.levels) fields.emplace_back("levels", std::to_string(*strategy.levels));
  fields.emplace_back("threshold", obkit::to_text(strategy.threshold));
  fields.emplace_back("invert", invert ? "true" : "false");
  fields.emplace_back("fill", taker ? R"("taker")" : R"("touch")");
  fields.emplace_back("contract", linear ? R"("linear")" : R"("inverse")");
  fields.emplace_back("size", obkit::to_text(options.size));
  fields.emplace_back("maker_fee_bps", obkit::to_text(options.maker_fee_bps));
  fields.emplace_back("taker_fee_bps", obkit::to_text(options.taker_fee_bps));
  return fields;
}

std::string mean_text(const obkit::backtest::Summary& summary) {
  if (summary.trades == 0) return "null";
  return obkit::to_text(summary.net().value() / static_cast<double>(summary.trades));
}

Fields results(const Report& report) {
  const auto& summary = report.summary;
  const std::string unit{obkit::backtest::currency(report.options.contract)};
  return {{"books", std::to_string(summary.books)},
          {"skipped_lines", std::to_string(report.skipped_lines)},
          {"in_sample_books", std::to_string(report.in_sample_books)},
          {"trades", std::to_string(summary.trades)},
          {"wins", std::to_string(summary.wins)},
          {"gross_" + unit, to_string(summary.gross)},
          {"fees_" + unit, to_string(summary.fees)},
          {"net_" + unit, to_string(summary.net())},
          {"mean_net_" + unit + "_per_trade", mean_text(summary)}};
}

}  // namespace

std::string summary_json(const Report& report) {
  Fields fields = settings(report);
  std::ranges::move(results(report), std::back_inserter(fields));
  std::string text = "{";
  for (const auto& [key, value] : fields) {
    if (text.size() > 1) text += ',';
    text.append("\"").append(key).append("\":").append(value);
  }
  return text.append("}\n");
}

void log_summary(const Report& report) {
  std::string line;
  for (const auto& [key, value] : settings(report))
    line.append(line.empty() ? "" : ", ").append(key).append(" ").append(value);
  spdlog::info("{}", line);
  for (const auto& [key, value] : results(report)) spdlog::info("{:<25} {:>22}", key, value);
}

}  // namespace obbacktest
