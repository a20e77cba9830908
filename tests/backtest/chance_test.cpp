#include "obkit/backtest/chance.hpp"

#include <array>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

namespace obkit::backtest {
namespace {

using Nets = std::vector<double>;

const Nets best{1, 2, -1, 3, 0, 2}, second{1, -1, 2, -2}, third{0.5, 0.25, -0.5}, single{4};

TEST(DeflatedSharpe, is_that_of_an_independent_implementation) {
  // By Python's statistics.NormalDist.
  const std::array rows{&best, &second, &third, &single};
  EXPECT_NEAR(deflated_sharpe(rows, 0).value(), 0.76699066834441, 1e-12);
}

TEST(DeflatedSharpe, of_one_row_is_not_deflated) {
  const std::array rows{&best};
  EXPECT_NEAR(deflated_sharpe(rows, 0).value(), 0.9480669150569997, 1e-12);
}

TEST(DeflatedSharpe, of_a_row_without_a_ratio_is_not_known) {
  const Nets equal{2, 2, 2}, none;
  for (const Nets* row : {&single, &equal, &none}) {
    const std::array rows{row, &best};
    EXPECT_FALSE(deflated_sharpe(rows, 0));
  }
}

/// The more rows of the same spread, the more a good one is owed to chance.
TEST(DeflatedSharpe, falls_with_the_rows_that_were_tried) {
  double before = 1;
  for (std::size_t times = 1; times < 6; ++times) {
    std::vector<const Nets*> rows;
    for (std::size_t i = 0; i < times; ++i) rows.insert(rows.end(), {&best, &second, &third});
    const double now = deflated_sharpe(rows, 0).value();
    EXPECT_LT(now, before);
    before = now;
  }
}

}  // namespace
}  // namespace obkit::backtest
