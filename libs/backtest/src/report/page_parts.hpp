#pragma once

#include <string>
#include <utility>
#include <vector>

#include "obkit/backtest/report.hpp"

#include "report/chosen_trades.hpp"
#include "report/curve.hpp"
#include "report/histogram.hpp"

namespace obkit::backtest {

/// All that a report was given.
struct ReportData {
  Curve curve;
  ChosenTrades trades;
  Histogram scores = score_histogram();
  Histogram holding_times = holding_histogram();
};

// Parts of the page, as HTML. Empty where there is nothing to show.

[[nodiscard]] std::string banner_html(const std::string& in_sample_warning);
[[nodiscard]] std::string tiles_html(const ReportData& data, const std::string& currency);
[[nodiscard]] std::string charts_html(const ReportData& data, const ReportText& text,
                                      std::size_t rows);
[[nodiscard]] std::string distributions_html(const ReportData& data, const ReportText& text);
/// The largest gains and losses.
[[nodiscard]] std::string trades_html(const ChosenTrades& trades, const std::string& currency);
[[nodiscard]] std::string pairs_html(const std::string& caption,
                                     const std::vector<std::pair<std::string, std::string>>& pairs);
[[nodiscard]] std::string files_html(const std::vector<ReportFile>& files);

}  // namespace obkit::backtest
