#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/report/line_chart.hpp"
#include "obkit/report/signed_bars.hpp"
#include "obkit/report/text.hpp"

#include "report/page.hpp"

namespace obkit::backtest {

using namespace obkit::report;

namespace {

using Parts = std::map<std::string, Part>;

Tone tone_of(double money) { return money < 0 ? Tone::loss : Tone::plain; }

std::string interval_text(const Summary& summary) {
  const auto interval = bootstrap_mean(summary.nets);
  if (!interval) return ", too few trades for an interval";
  return ", 95 % interval " + number_text(interval->low, 4) + " to " +
         number_text(interval->high, 4);
}

std::string mean_tile(const Summary& summary, const std::string& currency) {
  const auto mean = summary.mean_net();
  if (!mean) return tile_html("Net per trade", "–", "no trade was closed");
  return tile_html("Net per trade", number_text(*mean), currency + interval_text(summary),
                   tone_of(*mean));
}

/// A part's row of a table, behind its name.
std::vector<std::string> part_cells(const std::string& name, const Part& part) {
  return {name,
          number_text(part.net().value()),
          number_text(part.trades),
          percent_text(static_cast<double>(part.wins), static_cast<double>(part.trades)),
          number_text(part.gross.value()),
          number_text((part.fees + part.funding + part.slippage).value())};
}

Table table_of(const Parts& parts, const std::string& caption, const std::string& column,
               const std::string& currency) {
  Table table{.caption = caption,
              .columns = {column, "net, " + currency, "trades", "won", "gross", "costs"},
              .money = {1, 4}};
  for (const auto& [name, part] : parts) table.rows.push_back(part_cells(name, part));
  return table;
}

std::string bar_text(const Part& part, const std::string& currency) {
  return "net " + number_text(part.net().value()) + " " + currency + " of " +
         counted_text(part.trades, "trade");
}

SignedBar bar_of(const std::string& name, std::string label, const Part& part,
                 const std::string& currency) {
  return {.name = name,
          .label = std::move(label),
          .value = part.net().value(),
          .text = bar_text(part, currency)};
}

/// "Best 2024-08-09: net 12 quote of 3 trades. Worst …."
std::string extremes_text(const Parts& parts, const std::string& currency) {
  const auto by_net = [](const auto& left, const auto& right) {
    return left.second.net() < right.second.net();
  };
  const auto [worst, best] = std::ranges::minmax_element(parts, by_net);
  std::string text = best->first + ": " + bar_text(best->second, currency);
  if (best == worst) return text + ".";
  return "Best " + text + ". Worst " + worst->first + ": " + bar_text(worst->second, currency) +
         ".";
}

std::string folded(const std::string& title, const Table& table) {
  return folded_table_html(title, table.columns, table.rows);
}

std::string days_html(const Parts& days, const std::string& currency) {
  constexpr std::size_t year = 5;  // "2024-" of a day
  SignedBars chart{.id = "by-day",
                   .title = "Net per day",
                   .unit = currency,
                   .caption = "By the UTC day of the first fill. " + extremes_text(days, currency),
                   .table_html = folded("Net per day", table_of(days, "", "day, UTC", currency))};
  for (const auto& [day, part] : days)
    chart.bars.push_back(bar_of(day, day.substr(year), part, currency));
  return signed_bars_html(chart);
}

/// All hours of a day, so that the same place is the same hour on every page.
std::string hours_html(const Parts& hours, const std::string& currency) {
  Parts named;
  for (const auto& [hour, part] : hours) named[hour + ":00"] = part;
  SignedBars chart{
      .id = "by-hour",
      .title = "Net per hour of the day",
      .unit = currency,
      .caption =
          "By the UTC hour of the first fill, all days together. " + extremes_text(named, currency),
      .table_html = folded("Net per hour of the day", table_of(named, "", "hour, UTC", currency))};
  for (int hour = 0; hour < 24; ++hour) {
    const std::string name = (hour < 10 ? "0" : "") + std::to_string(hour) + ":00";
    const auto found = named.find(name);
    chart.bars.push_back(
        bar_of(name, name, found == named.end() ? Part{} : found->second, currency));
  }
  return signed_bars_html(chart);
}

/// Long and short as traders call them.
Parts sides_of(const Parts& parts) {
  Parts sides;
  for (const auto& [side, part] : parts) sides[side == "BUY" ? "long" : "short"] = part;
  return sides;
}

std::string sum_text(const std::string& currency, const std::string& net) {
  return "Gross less fees, funding and slippage is net, to the last digit: " + net + " " +
         currency + ". All of closed trades.";
}

}  // namespace

std::string exact_text(Money money) { return styled_text(to_string(money)); }

std::string tiles_of(const Summary& summary, double deepest_drawdown, const std::string& currency) {
  const double net = summary.net().value(), gross = summary.gross.value();
  return tile_html("Net", number_text(net), currency + ", closed trades", tone_of(net)) +
         mean_tile(summary, currency) +
         tile_html("Gross", number_text(gross), currency + ", before costs", tone_of(gross)) +
         tile_html("Costs", number_text((summary.gross - summary.net()).value()),
                   currency + ", fees, funding and slippage") +
         tile_html("Deepest drawdown", number_text(deepest_drawdown), currency + ", at any book",
                   tone_of(deepest_drawdown)) +
         tile_html(
             "Trades", number_text(summary.trades),
             percent_text(static_cast<double>(summary.wins), static_cast<double>(summary.trades)) +
                 " with a net gain");
}

std::string waterfall_of(const Summary& summary, const std::string& currency) {
  const auto step = [](const char* name, Money amount) {
    return WaterfallStep{.name = name, .amount = amount.value(), .text = exact_text(amount)};
  };
  WaterfallStep net = step("net", summary.net());
  net.is_sum = true;
  return section_html(
      "costs", "From gross to net",
      waterfall_html({.id = "waterfall",
                      .title = "What costs took",
                      .unit = currency,
                      .caption = sum_text(currency, net.text),
                      .steps = {step("gross", summary.gross), step("fees", -summary.fees),
                                step("funding", -summary.funding),
                                step("slippage", -summary.slippage), net}}));
}

std::string splits_html(const SplitTrades& trades, const std::string& currency) {
  const auto& [sides, hours, days, reasons] = trades.parts();
  if (sides.empty()) return "";
  const std::string bars =
      "<div class=\"pair\">" + days_html(days, currency) + hours_html(hours, currency) + "</div>";
  return section_html("splits", "Where it was earned or lost", bars) + "<section>" +
         table_html(table_of(sides_of(sides), "Long and short", "side", currency)) +
         "</section><section>" +
         table_html(table_of(reasons, "Why positions ended", "reason", currency)) + "</section>";
}

std::string banners_html(const ReportText& text) {
  std::string html = warning_html(
      "in-sample", "In-sample: this result says nothing about the future", text.in_sample_warning);
  for (const Caution& caution : text.cautions)
    html += caution_html(caution.id, caution.heading, caution.text);
  return html;
}

std::string result_html(std::string_view tiles, const ReportText& text) {
  const std::string result = tiles_html(tiles);
  if (text.assumptions.empty()) return result;
  return fill(
      R"(<div class="result">{{tiles}}<section class="assumptions">{{pairs}}</section></div>)",
      {{"tiles", result}, {"pairs", pairs_html("Assumptions", text.assumptions)}});
}

}  // namespace obkit::backtest
