#include <filesystem>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "obkit/backtest/backtest.hpp"
#include "obkit/signals/strategy.hpp"
#include "obkit/store/book_stream.hpp"

namespace obkit::backtest {
namespace {

/// Figures of an independent implementation: rule imbalance, no fees, linear, size 1.
struct Golden {
  std::string day;
  double threshold;
  std::uint64_t books, trades;
  std::string touch_gross, taker_gross;
};

void PrintTo(const Golden& golden, std::ostream* out) {
  *out << golden.day << " threshold " << golden.threshold;
}

class RealData : public testing::TestWithParam<Golden> {};

Summary run(const std::string& path, double threshold, FillRule fill) {
  const signals::Strategy strategy{{.rule = "imbalance", .threshold = threshold}};
  store::BookStream books{{path}, store::BadLine::refuse};
  Backtest backtest{{.options = {.fill = fill}}, {}};
  for (OrderBook book; books.next(book);) backtest.push(book, strategy.judge(book).signal);
  backtest.finish();
  return backtest.summary();
}

TEST_P(RealData, gives_the_figures_of_an_independent_implementation) {
  const Golden& golden = GetParam();
  const std::string path = OBKIT_SHARED_DATA "/binance/BTCUSD_PERP_" + golden.day + ".txt.zst";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no real data at " << path;
  const Summary touch = run(path, golden.threshold, FillRule::touch);
  EXPECT_EQ(touch.books, golden.books);
  EXPECT_EQ(touch.trades, golden.trades);
  EXPECT_EQ(to_string(touch.gross), golden.touch_gross);
  const Summary taker = run(path, golden.threshold, FillRule::taker);
  EXPECT_EQ(taker.trades, golden.trades);
  EXPECT_EQ(to_string(taker.gross), golden.taker_gross);
}

INSTANTIATE_TEST_SUITE_P(CoinMargined, RealData,
                         testing::Values(Golden{"20240808", 0, 26824, 618, "811.3", "491.5"},
                                         Golden{"20240809", 0, 17948, 1080, "1233", "953"},
                                         Golden{"20240808", 0.2, 26824, 46, "482.6", "436.6"},
                                         Golden{"20240809", 0.2, 17948, 76, "603.2", "567.6"}));

}  // namespace
}  // namespace obkit::backtest
