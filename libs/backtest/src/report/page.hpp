#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/backtest/report.hpp"
#include "obkit/report/bar_chart.hpp"

#include "report/curve.hpp"
#include "report/largest_trades.hpp"

/// Texts that CMake puts into the library: obkit_embed_texts() of libs/backtest/CMakeLists.txt.
namespace obkit::backtest::assets {

extern const std::string_view charts_html, trades_html, scripts_html, licences_html;
extern const std::string_view style_css, page_js, dygraphs_js, dygraphs_license;

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
  report::Histogram scores = score_histogram();
  report::Histogram holding_times = holding_histogram();
};

// Parts of the page, as HTML. Empty where there is nothing to show.

[[nodiscard]] std::string charts_html(const ReportData& data, const ReportText& text,
                                      std::size_t rows);
[[nodiscard]] std::string distributions_html(const ReportData& data, const ReportText& text);
/// "2024-08-08 00:00:00 to 2024-08-08 23:59:59 UTC · 1 000 000 books · 3512 trades"
[[nodiscard]] std::string span_text(const CurveTotals& totals, const LargestTrades& trades);
/// The largest gains and losses.
[[nodiscard]] std::string trades_html(const LargestTrades& trades, const std::string& currency);

/// What the page's script draws, as JSON that may stand in a script element: all but ASCII and
/// every '<' is escaped. Columns are differences of whole numbers, to be short.
///
/// Pre: at least one row.
[[nodiscard]] std::string chart_data(const CurveTotals& totals, const std::vector<Curve::Row>& rows,
                                     const std::vector<Trade>& trades, std::string_view currency);

}  // namespace obkit::backtest
