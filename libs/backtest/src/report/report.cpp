#include "obkit/backtest/report.hpp"

#include <cassert>
#include <chrono>
#include <cmath>

#include "report/assets.hpp"
#include "report/chart_data.hpp"
#include "report/facts.hpp"
#include "report/html.hpp"
#include "report/page_parts.hpp"

namespace obkit::backtest {
namespace {

double milliseconds_between(DateTime from, DateTime to) {
  const auto begin = to_timestamp(from), end = to_timestamp(to);
  assert(begin && end);
  return std::chrono::duration<double, std::milli>{*end - *begin}.count();
}

std::string scripts_html(const ReportData& data, const std::vector<Curve::Row>& rows,
                         const std::string& currency) {
  if (rows.empty()) return "";
  return fill(assets::scripts_html,
              {{"data", chart_data(data.curve.facts(), rows, data.trades.trades(), currency)},
               {"dygraphs", assets::dygraphs_js},
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
  state_->holding_times.add(milliseconds_between(trade.open_time, trade.close_time));
}

std::string Report::html(const ReportText& text) const {
  const ReportData& data = *state_;
  const std::vector<Curve::Row> rows = data.curve.rows();
  return fill(assets::page_html, {{"title", escape_html(text.title)},
                                  {"tool", escape_html(text.tool)},
                                  {"dygraphs_css", assets::dygraphs_css},
                                  {"css", assets::page_css},
                                  {"span", escape_html(span_text(data.curve.facts(), data.trades))},
                                  {"banner", banner_html(text.in_sample_warning)},
                                  {"tiles", tiles_html(data, text.currency)},
                                  {"charts", charts_html(data, text, rows.size())},
                                  {"distributions", distributions_html(data, text)},
                                  {"trades", trades_html(data.trades, text.currency)},
                                  {"tables", pairs_html("Summary", text.summary) +
                                                 pairs_html("Options", text.options)},
                                  {"files", files_html(text.files)},
                                  {"dygraphs_license", escape_html(assets::dygraphs_license)},
                                  {"scripts", scripts_html(data, rows, text.currency)}});
}

}  // namespace obkit::backtest
