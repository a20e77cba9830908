#include "obkit/backtest/report.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <utility>

#include "report/assets.hpp"
#include "report/chart_data.hpp"
#include "report/facts.hpp"
#include "report/html.hpp"
#include "report/milliseconds.hpp"
#include "report/page_parts.hpp"

namespace obkit::backtest {
namespace {

/// What the charts show.
struct Drawing {
  std::string data;      ///< as chart_data(); empty where there is nothing
  std::size_t rows = 0;  ///< books in it
};

/// Prices and equity of many digits that never repeat may need a coarser curve to fit the page.
Drawing drawing(const ReportData& data, const std::string& currency) {
  constexpr std::size_t most_bytes = 2'600'000;
  if (data.curve.facts().books == 0) return {};
  const std::vector<Trade> trades = data.trades.trades();
  Curve curve = data.curve;
  for (;; curve.thin()) {
    const std::vector<Curve::Row> rows = curve.rows();
    std::string text = chart_data(curve.facts(), rows, trades, currency);
    if (text.size() <= most_bytes + currency.size()) return {std::move(text), rows.size()};
  }
}

std::string scripts_html(const Drawing& drawing) {
  if (drawing.rows == 0) return "";
  return fill(assets::scripts_html,
              {{"data", drawing.data}, {"dygraphs", assets::dygraphs_js}, {"js", assets::page_js}});
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
  state_->holding_times.add(
      static_cast<double>(milliseconds(trade.close_time) - milliseconds(trade.open_time)));
}

std::string Report::html(const ReportText& text) const {
  const ReportData& data = *state_;
  const Drawing charts = drawing(data, text.currency);
  return fill(assets::page_html, {{"title", escape_html(text.title)},
                                  {"tool", escape_html(text.tool)},
                                  {"dygraphs_css", assets::dygraphs_css},
                                  {"css", assets::page_css},
                                  {"span", escape_html(span_text(data.curve.facts(), data.trades))},
                                  {"banner", banner_html(text.in_sample_warning)},
                                  {"tiles", tiles_html(data, text.currency)},
                                  {"charts", charts_html(data, text, charts.rows)},
                                  {"distributions", distributions_html(data, text)},
                                  {"trades", trades_html(data.trades, text.currency)},
                                  {"tables", pairs_html("Summary", text.summary) +
                                                 pairs_html("Options", text.options)},
                                  {"files", files_html(text.files)},
                                  {"dygraphs_license", escape_html(assets::dygraphs_license)},
                                  {"scripts", scripts_html(charts)}});
}

}  // namespace obkit::backtest
