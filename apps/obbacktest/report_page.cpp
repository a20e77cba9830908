#include "report_page.hpp"

#include <filesystem>
#include <utility>

#include "obkit/backtest/trade_text.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/store/input.hpp"

#include "summary.hpp"

namespace obbacktest {
namespace {

using obkit::backtest::ReportFile;

ReportFile file_of(const std::string& path) {
  const bool is_pipe = path == "-";
  return {.name = obkit::display_name(path),
          .sha256 = is_pipe ? "" : obkit::store::sha256_of_file(path)};
}

std::vector<ReportFile> files_of(const Plan& plan) {
  std::vector<ReportFile> files;
  for (const auto& path : plan.files) files.push_back(file_of(path));
  if (const auto& model = plan.strategies.front().model) files.push_back(file_of(*model));
  if (!plan.funding_path.empty()) files.push_back(file_of(plan.funding_path));
  return files;
}

std::string short_name(const std::string& path) {
  return path == "-" ? obkit::display_name(path) : std::filesystem::path{path}.filename().string();
}

std::string title_of(const Plan& plan) {
  const auto& strategy = plan.strategies.front();
  return "Backtest of " + short_name(strategy.model.value_or(strategy.rule.value_or(""))) + " on " +
         short_name(plan.files.front()) +
         (plan.files.size() > 1 ? " and " + std::to_string(plan.files.size() - 1) + " more" : "");
}

/// JSON's texts without their quotes.
std::string plain(const std::string& json) {
  return json.starts_with('"') ? json.substr(1, json.size() - 2) : json;
}

}  // namespace

std::string report_page(const Plan& plan, const Outcome& outcome,
                        const obkit::backtest::Report& report) {
  obkit::backtest::ReportText text{.title = title_of(plan),
                                   .currency = std::string{currency(plan.options.contract)},
                                   .tool = "obbacktest " OBKIT_VERSION,
                                   .files = files_of(plan),
                                   .in_sample_warning = outcome.rows.front().in_sample_warning,
                                   .threshold = plan.threshold_of(0)};
  for (const auto& [name, value, remark] : summary_lines(plan, outcome, 0)) {
    std::string shown = value;
    if (!remark.empty()) shown.append(" (").append(remark).append(")");
    text.summary.emplace_back(name, std::move(shown));
  }
  for (const auto& [key, value] : settings_of(plan, 0))
    text.options.emplace_back(key, plain(value));
  return report.html(text);
}

}  // namespace obbacktest
