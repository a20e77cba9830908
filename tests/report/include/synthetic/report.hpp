#pragma once

#include <cstdint>
#include <string>

#include "obkit/backtest/report.hpp"

namespace obkit::backtest {

/// A market that nobody traded, the same for the same options.
struct SyntheticMarket {
  int books = 1000;
  int books_per_trade = 50;  ///< 0: no trades
  double first_price = 58'000;
  double volatility = 1e-5;  ///< of a book, relative; 0: the price stands still
  int price_decimals = 1;
  int milliseconds = 1000;  ///< between books, on average
  int silent_after = 0;     ///< books after which nothing is heard for three hours; 0: never
  double fee_bps = 0.2;
  std::uint32_t seed = 1;
};

/// What a report has seen of it.
[[nodiscard]] Report synthetic_report(const SyntheticMarket& market);

/// Words for it.
[[nodiscard]] ReportText synthetic_text();

}  // namespace obkit::backtest
