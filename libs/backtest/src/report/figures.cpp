#include <cmath>
#include <string_view>

#include "obkit/report/bar_chart.hpp"
#include "obkit/report/line_chart.hpp"
#include "obkit/report/text.hpp"

#include "report/page.hpp"

namespace obkit::backtest {

using namespace obkit::report;

Histogram score_histogram() {
  constexpr int half = 20;  // bins from zero to one
  std::vector<double> edges;
  for (int i = -half; i <= half; ++i) edges.push_back(static_cast<double>(i) / half);
  return Histogram{std::move(edges)};
}

Histogram holding_histogram() {
  constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  return Histogram{{0,           1,           2,           5,        10,         20,
                    50,          100,         200,         500,      second,     2 * second,
                    5 * second,  10 * second, 30 * second, minute,   2 * minute, 5 * minute,
                    10 * minute, 30 * minute, hour,        2 * hour, 5 * hour,   12 * hour,
                    day,         2 * day,     5 * day,     10 * day, 30 * day,   100 * day}};
}

namespace {

std::string moment(std::int64_t time) { return time_text(time, 3) + " UTC"; }

std::string price_text(Price price) { return number_text(price.value(), 12); }

std::string held_text(const LargestTrades& trades) {
  if (trades.count() == 0) return "No trade was closed.";
  if (trades.kept() == trades.count()) return counted_text(trades.count(), "trade") + ".";
  return "Of " + counted_text(trades.count(), "trade") + " this page holds the " +
         number_text(std::uint64_t{trades.kept()}) + " that gained or lost most.";
}

std::string price_caption(const CurveTotals& totals, const LargestTrades& trades) {
  const double first = totals.first.mid().value(), last = totals.last.mid().value();
  std::string text =
      "Mid price from " + price_text(totals.first.mid()) + " to " + price_text(totals.last.mid());
  if (first != 0) text += " (" + percent_text(last - first, std::abs(first)) + ")";
  return text + "; lowest " + price_text(totals.lowest_mid.mid()) + " at " +
         moment(totals.lowest_mid.time) + ", highest " + price_text(totals.highest_mid.mid()) +
         " at " + moment(totals.highest_mid.time) + ". " + held_text(trades);
}

std::string equity_caption(const CurveTotals& totals, std::string_view currency) {
  const std::string unit = " " + std::string{currency};
  return "Net equity from " + number_text(totals.first.net) + " to " +
         number_text(totals.last.net) + unit + "; lowest " + number_text(totals.lowest_net.net) +
         " at " + moment(totals.lowest_net.time) + ", highest " +
         number_text(totals.highest_net.net) + " at " + moment(totals.highest_net.time) +
         ". Gross equity from " + number_text(totals.first.gross) + " to " +
         number_text(totals.last.gross) + unit + ".";
}

std::string drawdown_caption(const CurveTotals& totals, std::string_view currency) {
  if (totals.deepest.drawdown == 0) return "Net equity never fell below its highest before.";
  return "Net equity fell " + number_text(-totals.deepest.drawdown) + " " + std::string{currency} +
         " below its highest before, at " + moment(totals.deepest.time) + "; that highest was at " +
         moment(totals.peak_before_deepest) + ".";
}

std::string position_caption(const CurveTotals& totals) {
  const auto whole = static_cast<double>(totals.last.time - totals.first.time);
  const auto share = [&](std::int64_t time) {
    return percent_text(static_cast<double>(time), whole);
  };
  if (totals.largest_position == 0) return "No position was held.";
  return "Long for " + share(totals.long_time) + " of the time, short for " +
         share(totals.short_time) + ", flat for " +
         share(totals.last.time - totals.first.time - totals.long_time - totals.short_time) +
         ". Largest position " + number_text(totals.largest_position) + ".";
}

std::string score_caption(const Histogram& scores) {
  return "Scores of " + counted_text(scores.total(), "book") + ", from " +
         number_text(scores.lowest(), 3) + " to " + number_text(scores.highest(), 3) + ", mean " +
         number_text(scores.mean(), 3) + ".";
}

std::string holding_caption(const Histogram& times) {
  return counted_text(times.total(), "trade") + ", held from " + duration_text(times.lowest()) +
         " to " + duration_text(times.highest()) + ", mean " + duration_text(times.mean()) + ".";
}

constexpr std::string_view no_holding_times =
    R"(<figure id="holding"><h3>Holding times of all trades</h3><p class="note">No trade was )"
    R"(closed.</p></figure>)";

std::string price_key(bool has_trades) {
  std::string key = line_key_html("price", "none", "mid");
  if (!has_trades) return key;
  constexpr std::string_view up = "M11 0l6 11H5z", down = "M11 12L5 1h12z";
  constexpr std::string_view ring = "M11 1.5a4.5 4.5 0 1 0 .01 0zM11 3a3 3 0 1 1-.01 0z";
  return key + shape_key_html("long", up, "bought") + shape_key_html("short", down, "sold") +
         shape_key_html("ink", ring, "closed") + line_key_html("quiet", "none", "gain") +
         line_key_html("quiet", "4 4", "loss");
}

std::string position_key() {
  constexpr std::string_view square = "M4 1h14v10H4z";
  return shape_key_html("long", square, "long, above zero") +
         shape_key_html("short", square, "short, below zero");
}

std::string thinned_text(std::size_t rows, std::uint64_t books) {
  if (rows >= books) return "";
  return "The curves show " + number_text(std::uint64_t{rows}) + " of " + number_text(books) +
         " books: first, last, highest and lowest of each stretch.";
}

std::string scores_html(const Histogram& scores, const std::optional<double>& threshold) {
  std::string caption = score_caption(scores);
  if (threshold) caption += " Dashed lines: the threshold, ±" + number_text(*threshold, 3) + ".";
  return bar_chart_html({.id = "scores",
                         .title = "Scores of all books",
                         .caption = caption,
                         .noun = "book",
                         .edge_text = [](double value) { return number_text(value, 2); },
                         .mark = threshold},
                        scores);
}

}  // namespace

std::string span_text(const CurveTotals& totals, const LargestTrades& trades) {
  if (totals.books == 0) return "No books.";
  return time_text(totals.first.time, 0) + " to " + time_text(totals.last.time, 0) + " UTC · " +
         counted_text(totals.books, "book") + " · " + counted_text(trades.count(), "trade");
}

std::string charts_html(const ReportData& data, const ReportText& text, std::size_t rows) {
  const CurveTotals& totals = data.curve.totals();
  if (totals.books == 0) return "";
  const std::string figures =
      figure_html({.id = "price",
                   .title = "Price",
                   .unit = "",
                   .key_html = price_key(data.trades.count() > 0),
                   .caption = price_caption(totals, data.trades)}) +
      figure_html(
          {.id = "equity",
           .title = "Equity",
           .unit = text.currency,
           .key_html = line_key_html("net", "none", "net") + line_key_html("gross", "5 3", "gross"),
           .caption = equity_caption(totals, text.currency)}) +
      figure_html({.id = "drawdown",
                   .title = "Drawdown",
                   .unit = text.currency,
                   .key_html = line_key_html("drawdown", "none", "below the highest net"),
                   .caption = drawdown_caption(totals, text.currency)}) +
      figure_html({.id = "position",
                   .title = "Position",
                   .unit = "in units of size",
                   .key_html = position_key(),
                   .caption = position_caption(totals)});
  return fill(assets::charts_html,
              {{"figures", figures}, {"thinned", thinned_text(rows, totals.books)}});
}

std::string distributions_html(const ReportData& data, const ReportText& text) {
  if (data.scores.total() == 0) return "<p>No books, so nothing to count.</p>";
  const std::string scores = scores_html(data.scores, text.threshold);
  if (data.holding_times.total() == 0) return scores + std::string{no_holding_times};
  return scores + bar_chart_html({.id = "holding",
                                  .title = "Holding times of all trades",
                                  .caption = holding_caption(data.holding_times),
                                  .noun = "trade",
                                  .edge_text = duration_text,
                                  .trim = true},
                                 data.holding_times);
}

}  // namespace obkit::backtest
