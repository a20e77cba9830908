#include "obkit/backtest/report.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "report/page.hpp"
#include "report/text.hpp"

namespace obkit::backtest {
namespace {

constexpr std::string_view banner_template =
    R"(<section class="warning" aria-labelledby="in-sample"><h2 id="in-sample">In-sample: this )"
    R"(result says nothing about the future</h2><p>{{warning}}</p></section>)";

constexpr std::string_view tile_template =
    R"(<div><dt>{{name}}</dt><dd{{class}}>{{value}}</dd><dd class="more">{{more}}</dd></div>)";

constexpr std::string_view files_template =
    R"(<section class="files"><table><caption>Files</caption><thead><tr><th scope="col">name</th>)"
    R"(<th scope="col">SHA-256</th></tr></thead><tbody>{{rows}}</tbody></table></section>)";

std::string tile(std::string_view name, const std::string& value, const std::string& more) {
  constexpr std::size_t fits = 14;  // bytes, some of them of a minus sign or a space
  return fill(tile_template, {{"name", name},
                              {"class", value.size() > fits ? R"( class="long")" : ""},
                              {"value", escape_html(value)},
                              {"more", escape_html(more)}});
}

std::string banner_html(const std::string& in_sample_warning) {
  if (in_sample_warning.empty()) return "";
  return fill(banner_template, {{"warning", escape_html(in_sample_warning)}});
}

std::string tiles_html(const ReportData& data, const std::string& currency) {
  const LargestTrades& trades = data.trades;
  const auto count = static_cast<double>(trades.count());
  const CurveTotals& totals = data.curve.totals();
  return tile("Net", number_text(trades.net().value()), currency + ", closed trades") +
         tile("Gross", number_text(trades.gross().value()), currency + ", before costs") +
         tile("Costs", number_text((trades.gross() - trades.net()).value()),
              currency + ", fees and funding") +
         tile("Deepest drawdown", number_text(totals.deepest.drawdown),
              currency + ", at any book") +
         tile("Trades", number_text(trades.count()),
              percent_text(static_cast<double>(trades.wins()), count) + " with a net gain");
}

std::string pairs_html(const std::string& caption,
                       const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) return "";
  std::string rows;
  for (const auto& [name, value] : pairs) {
    rows += fill(R"(<tr><th scope="row">{{name}}</th><td>{{value}}</td></tr>)",
                 {{"name", escape_html(name)}, {"value", escape_html(value)}});
  }
  return fill("<table><caption>{{caption}}</caption><tbody>{{rows}}</tbody></table>",
              {{"caption", caption}, {"rows", rows}});
}

std::string files_html(const std::vector<ReportFile>& files) {
  if (files.empty()) return "";
  std::string rows;
  for (const ReportFile& file : files) {
    rows += fill(R"(<tr><th scope="row">{{name}}</th><td><code>{{hash}}</code></td></tr>)",
                 {{"name", escape_html(file.name)}, {"hash", escape_html(file.sha256)}});
  }
  return fill(files_template, {{"rows", rows}});
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
  state_->holding_times.add(static_cast<double>(trade.held.count()));
}

std::string Report::html(const ReportText& text) const {
  const ReportData& data = *state_;
  const Drawing charts = drawing(data, text.currency);
  return fill(
      assets::page_html,
      {{"title", escape_html(text.title)},
       {"tool", escape_html(text.tool)},
       {"dygraphs_css", assets::dygraphs_css},
       {"css", assets::page_css},
       {"span", escape_html(span_text(data.curve.totals(), data.trades))},
       {"banner", banner_html(text.in_sample_warning)},
       {"tiles", tiles_html(data, text.currency)},
       {"charts", charts_html(data, text, charts.rows)},
       {"distributions", distributions_html(data, text)},
       {"trades", trades_html(data.trades, text.currency)},
       {"tables", pairs_html("Summary", text.summary) + pairs_html("Options", text.options)},
       {"files", files_html(text.files)},
       {"dygraphs_license", escape_html(assets::dygraphs_license)},
       {"scripts", scripts_html(charts)}});
}

}  // namespace obkit::backtest
