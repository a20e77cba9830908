#include "obkit/backtest/money.hpp"

#include <cstdint>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "obkit/backtest/options.hpp"
#include "obkit/core/error.hpp"

namespace obkit::backtest {
namespace {

constexpr Money::Units one = 1'000'000'000'000'000'000;

Money money(Money::Units units) { return Money::from_units(units); }

TEST(Money, is_written_without_trailing_zeros) {
  EXPECT_EQ(to_string(Money{}), "0");
  EXPECT_EQ(to_string(money(one * 12)), "12");
  EXPECT_EQ(to_string(money(one * 120 + one / 2)), "120.5");
  EXPECT_EQ(to_string(money(-one / 10)), "-0.1");
  EXPECT_EQ(to_string(money(1)), "0.000000000000000001");
  EXPECT_EQ(to_string(money(-(one * 99'999'999'999 + 1))), "-99999999999.000000000000000001");
}

/// The same digit by digit.
std::string naive_text(Money::Units units) {
  const bool negative = units < 0;
  std::string digits;
  for (Money::Units rest = negative ? -units : units; rest > 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (digits.size() < 19) digits.insert(0, 19 - digits.size(), '0');
  digits.insert(digits.size() - 18, ".");
  digits.resize(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return (negative ? "-" : "") + digits;
}

TEST(Money, of_all_sizes_is_written_digit_by_digit) {
  std::mt19937_64 random{4};
  for (int i = 0; i < 20'000; ++i) {
    auto units = static_cast<Money::Units>(random()) * static_cast<std::int64_t>(random() >> 1);
    units >>= random() % 127;
    if (random() % 4 == 0) units = units / one * one;
    if (random() % 2 == 0) units = -units;
    ASSERT_EQ(to_string(money(units)), naive_text(units));
  }
}

TEST(Money, adds_up_where_doubles_do_not) {
  Money sum;
  for (int i = 0; i < 10; ++i) sum += money(one / 10);
  EXPECT_EQ(sum, money(one));
  EXPECT_EQ(money(one) - money(one / 10) - money(one / 10 * 9), Money{});
  EXPECT_LT(-money(1), Money{});
  EXPECT_DOUBLE_EQ(money(one / 10 * 3).value(), 0.3);
}

TEST(Money, refuses_a_sum_out_of_range) {
  const Money large = money(one * 100'000'000'000 * 1'000'000'000);
  EXPECT_THROW(static_cast<void>(large + large), Error);
}

TEST(Fee, is_basis_points_of_the_notional) {
  EXPECT_EQ(to_string(fee(money(one * 61'783), 7.5)), "46.33725");
  EXPECT_EQ(to_string(fee(money(-one * 61'783), 7.5)), "46.33725");
  EXPECT_EQ(to_string(fee(money(one * 10'000), -0.25)), "-0.25");
  EXPECT_EQ(fee(money(one), 0), Money{});
}

TEST(Fee, is_rounded_half_away_from_zero) {
  EXPECT_EQ(fee(money(5'000), 1), money(1));
  EXPECT_EQ(fee(money(4'999), 1), money(0));
  EXPECT_EQ(fee(money(5'000), -1), money(-1));
}

TEST(Fee, of_the_largest_notional_does_not_overflow) {
  const Money notional = money(one * 9'000'000'000 * 1'000'000'000);
  EXPECT_EQ(fee(notional, 10'000), notional);
}

}  // namespace
}  // namespace obkit::backtest
