#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/backtest/report.hpp"
#include "obkit/backtest/splits.hpp"
#include "obkit/backtest/summary.hpp"
#include "obkit/report/bar_chart.hpp"

#include "report/curve.hpp"
#include "report/largest_trades.hpp"

/// Texts that CMake puts into the library: obkit_embed_texts() of libs/backtest/CMakeLists.txt.
namespace obkit::backtest::assets {

extern const std::string_view charts_html, scripts_html, licences_html;
extern const std::string_view comparison_css, style_css, page_js, dygraphs_js, dygraphs_license;

}  // namespace obkit::backtest::assets

namespace obkit::backtest {

/// Forty bins of a score, from -1 to 1.
[[nodiscard]] report::Histogram score_histogram();

/// Holding times in milliseconds: bins that widen about as 1, 2, 5, 10, with the edges that people
/// read time in.
[[nodiscard]] report::Histogram holding_histogram();

/// All that a report was given.
struct ReportData {
  Curve curve;
  LargestTrades trades;
  Summary summary;  ///< what trades add to it
  SplitTrades splits;
  report::Histogram scores = score_histogram();
  report::Histogram holding_times = holding_histogram();
};

// Parts of the page, as HTML. Empty where there is nothing to show.

[[nodiscard]] std::string charts_html(const ReportData& data, const ReportText& text,
                                      std::size_t rows);
[[nodiscard]] std::string distributions_html(const ReportData& data, const ReportText& text);
/// "2024-08-08 00:00:00 to 2024-08-08 23:59:59 UTC · 1 000 000 books · 3512 trades"
[[nodiscard]] std::string span_text(const CurveTotals& totals, const LargestTrades& trades);
/// What is read first. `deepest_drawdown` is not above zero.
[[nodiscard]] std::string tiles_of(const Summary& summary, double deepest_drawdown,
                                   const std::string& currency);
/// Exact, as money is counted, in the style of the page: "\u221212\u202f345.6789".
[[nodiscard]] std::string exact_text(Money money);
/// From gross to net, to the last digit.
[[nodiscard]] std::string waterfall_of(const Summary& summary, const std::string& currency);
/// Net by day and by hour as bars, by side and by reason as tables.
[[nodiscard]] std::string splits_html(const SplitTrades& splits, const std::string& currency);
/// Banners: in-sample, and the text's cautions.
[[nodiscard]] std::string banners_html(const ReportText& text);
/// Tiles with the assumptions beside them.
[[nodiscard]] std::string result_html(std::string_view tiles, const ReportText& text);
/// The largest gains and losses.
[[nodiscard]] std::string trades_html(const LargestTrades& trades, const std::string& currency);

/// What the page's script draws, as JSON that may stand in a script element: all but ASCII and
/// every '<' is escaped. Columns are differences of whole numbers, to be short.
///
/// Pre: at least one row.
[[nodiscard]] std::string chart_data(const CurveTotals& totals, const std::vector<Curve::Row>& rows,
                                     const std::vector<Trade>& trades, std::string_view currency);

}  // namespace obkit::backtest
