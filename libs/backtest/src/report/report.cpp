#include "obkit/backtest/report.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"

#include "report/page.hpp"

namespace obkit::backtest {

using namespace obkit::report;

namespace {

std::string tiles_of(const ReportData& data, const std::string& currency) {
  const LargestTrades& trades = data.trades;
  const auto count = static_cast<double>(trades.count());
  const CurveTotals& totals = data.curve.totals();
  return tile_html("Net", number_text(trades.net().value()), currency + ", closed trades") +
         tile_html("Gross", number_text(trades.gross().value()), currency + ", before costs") +
         tile_html("Costs", number_text((trades.gross() - trades.net()).value()),
                   currency + ", fees, funding and slippage") +
         tile_html("Deepest drawdown", number_text(totals.deepest.drawdown),
                   currency + ", at any book") +
         tile_html("Trades", number_text(trades.count()),
                   percent_text(static_cast<double>(trades.wins()), count) + " with a net gain");
}

/// What the charts show.
struct Drawing {
  std::string data;      ///< as chart_data(); empty where there is nothing
  std::size_t rows = 0;  ///< books in it
};

/// Prices and equity of many digits that never repeat may need a coarser curve to fit the page.
Drawing drawing(const ReportData& data, const std::string& currency) {
  constexpr std::size_t most_bytes = 2'600'000;
  if (data.curve.totals().books == 0) return {};
  const std::vector<Trade> trades = data.trades.trades();
  Curve curve = data.curve;
  for (;; curve.thin()) {
    const std::vector<Curve::Row> rows = curve.rows();
    std::string text = chart_data(curve.totals(), rows, trades, currency);
    if (text.size() <= most_bytes + currency.size()) return {std::move(text), rows.size()};
  }
}

std::string scripts_html(const Drawing& drawing) {
  if (drawing.rows == 0) return "";
  return fill(assets::scripts_html, {{"data", drawing.data},
                                     {"dygraphs", assets::dygraphs_js},
                                     {"format", format_js()},
                                     {"js", assets::page_js}});
}

}  // namespace

struct Report::State : ReportData {};

Report::Report() : state_{std::make_unique<State>()} {}
Report::Report(Report&& other) noexcept = default;
Report& Report::operator=(Report&& other) noexcept = default;
Report::~Report() = default;

void Report::add(const ReportPoint& point) {
  assert(std::isfinite(point.score) && std::isfinite(point.position) &&
         std::isfinite(point.gross) && std::isfinite(point.net));
  state_->curve.add(point);
  state_->scores.add(point.score);
}

void Report::add(const Trade& trade) {
  state_->trades.add(trade);
  state_->holding_times.add(static_cast<double>(trade.held.count()));
}

std::string Report::html(const ReportText& text) const {
  const ReportData& data = *state_;
  const Drawing charts = drawing(data, text.currency);
  constexpr std::string_view distributions =
      R"(<section aria-labelledby="distributions"><h2 id="distributions">Distributions</h2>)"
      R"(<div class="pair">{{content}}</div></section>)";
  return page_html(
      {.kind = "backtest report",
       .title = text.title,
       .span = span_text(data.curve.totals(), data.trades),
       .tool = text.tool,
       .body_html =
           warning_html("in-sample", "In-sample: this result says nothing about the future",
                        text.in_sample_warning) +
           tiles_html(tiles_of(data, text.currency)) + charts_html(data, text, charts.rows) +
           fill(distributions, {{"content", distributions_html(data, text)}}) +
           trades_html(data.trades, text.currency) +
           side_by_side_html("Summary and options", pairs_html("Summary", text.summary) +
                                                        pairs_html("Options", text.options)) +
           files_html(text.files),
       .style = assets::style_css,
       .policy = "script-src 'unsafe-inline'",
       .credits_html = " Charts are drawn by dygraphs, under the MIT licence:",
       .licences_html =
           fill(assets::licences_html, {{"licence", escape_html(assets::dygraphs_license)}}),
       .scripts_html = scripts_html(charts)});
}

}  // namespace obkit::backtest
