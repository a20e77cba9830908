#include "obkit/backtest/report.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"

#include "report/page.hpp"

namespace obkit::backtest {

using namespace obkit::report;

namespace {

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
  const Curve* curve = &data.curve;
  for (std::optional<Curve> coarser;; coarser->thin(), curve = &*coarser) {
    const std::vector<Curve::Row> rows = curve->rows();
    std::string text = chart_data(curve->totals(), rows, trades, currency);
    if (text.size() <= most_bytes + currency.size()) return {std::move(text), rows.size()};
    if (!coarser) coarser = data.curve;
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
  state_->summary.add(trade);
  state_->splits.add(trade);
  state_->holding_times.add(static_cast<double>(trade.held.count()));
}

std::string Report::html(const ReportText& text) const {
  const ReportData& data = *state_;
  const Drawing charts = drawing(data, text.currency);
  constexpr std::string_view distributions =
      R"(<section aria-labelledby="distributions"><h2 id="distributions">Distributions</h2>)"
      R"(<div class="pair">{{content}}</div></section>)";
  const double deepest = data.curve.totals().deepest.drawdown;
  return page_html(
      {.kind = "backtest report",
       .title = text.title,
       .span = (text.strategy.empty() ? "" : text.strategy + " · ") +
               span_text(data.curve.totals(), data.trades),
       .tool = text.tool,
       .body_html =
           banners_html(text) + result_html(tiles_of(data.summary, deepest, text.currency), text) +
           waterfall_of(data.summary, text.currency) + charts_html(data, text, charts.rows) +
           splits_html(data.splits, text.currency) +
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
