#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/backtest/report.hpp"

#include "report/curve.hpp"
#include "report/histogram.hpp"
#include "report/largest_trades.hpp"

/// Texts that CMake puts into the library: obkit_embed_texts() of libs/backtest/CMakeLists.txt.
namespace obkit::backtest::assets {

extern const std::string_view page_html, charts_html, figure_html, bars_html, trades_html,
    scripts_html;
extern const std::string_view page_css, page_js;
extern const std::string_view dygraphs_js, dygraphs_css, dygraphs_license;

}  // namespace obkit::backtest::assets

namespace obkit::backtest {

/// All that a report was given.
struct ReportData {
  Curve curve;
  LargestTrades trades;
  Histogram scores = score_histogram();
  Histogram holding_times = holding_histogram();
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
