#include "obkit/dataset/label_rule.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

namespace obkit::dataset {
namespace {

std::string canonical(const std::string& label, const std::string& flat = "",
                      const std::string& tick = "") {
  return to_string(parse_label_rule(label, flat, tick));
}

std::string problem(const std::string& label, const std::string& flat = "",
                    const std::string& tick = "") {
  try {
    return "taken as " + canonical(label, flat, tick);
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(LabelRule, has_one_text_however_it_was_written) {
  EXPECT_EQ(canonical("none"), "none");
  EXPECT_EQ(canonical("next"), "next");
  EXPECT_EQ(canonical("every"), "every");
  EXPECT_EQ(canonical("horizon=50"), "horizon=50");
  EXPECT_EQ(canonical("horizon=500ms"), "horizon=500ms");
  EXPECT_EQ(canonical("horizon=2s"), "horizon=2000ms");
  EXPECT_EQ(canonical("horizon=1000000s"), "horizon=1000000000ms");
  EXPECT_EQ(canonical("horizon=2s", "0.50bps"), "horizon=2000ms,flat=0.5bp");
  EXPECT_EQ(canonical("every", "1bp"), "every,flat=1bp");
  EXPECT_EQ(canonical("next", "2ticks", "0.50"), "next,flat=2tick,tick=0.5");
  EXPECT_EQ(canonical("horizon=1", "1.0tick", "10"), "horizon=1,flat=1tick,tick=10");
  EXPECT_EQ(canonical("horizon=1", "100bp"), "horizon=1,flat=100bp");
  EXPECT_EQ(canonical("horizon=1", "0bp"), "horizon=1,flat=0bp");
  EXPECT_EQ(canonical("mean=50"), "mean=50");
  EXPECT_EQ(canonical("mean=100000", "2ticks", "0.5"), "mean=100000,flat=2tick,tick=0.5");
}

TEST(LabelRule, is_read_back_from_its_text_and_from_no_other) {
  for (const std::string text :
       {"none", "next", "every", "horizon=50", "horizon=2000ms,flat=0.5bp",
        "horizon=50,flat=2tick,tick=0.5", "every,flat=1bp", "mean=7,flat=0bp"}) {
    const auto rule = rule_of_label(text);
    ASSERT_TRUE(rule) << text;
    EXPECT_EQ(to_string(*rule), text);
  }
  for (const std::string text :
       {"", "mine", "horizon=2s", "horizon=0", "next,flat=1.0bp", "next,", "next,tick=1",
        "every,flat=1tick", "every,flat=1bp,tick=1", "every,flat=1tick,tick=1,more"})
    EXPECT_EQ(rule_of_label(text), std::nullopt) << text;
}

TEST(LabelRule, refuses_what_it_does_not_know) {
  EXPECT_EQ(problem("last"),
            "--label: expected none, next, every, horizon=N, horizon=Nms, horizon=Ns or mean=N, "
            "found last");
  const std::string horizon =
      "--label: expected a horizon of 1 to 1000000000 books or milliseconds, such as horizon=50, "
      "horizon=500ms or horizon=2s, found ";
  for (const std::string text :
       {"horizon=", "horizon=0", "horizon=-5", "horizon=1.5s", "horizon=5min", "horizon=1000000001",
        "horizon=1000001s", "horizon=99999999999999999999ms", "horizon=+5"})
    EXPECT_EQ(problem(text), horizon + text);
  for (const std::string text : {"mean=", "mean=0", "mean=5ms", "mean=100001"})
    EXPECT_EQ(problem(text),
              "--label: expected a mean of 1 to 100000 books, such as mean=50, found " + text);
}

TEST(LabelRule, a_band_needs_a_unit_and_ticks_their_size) {
  const std::string unit =
      "--flat: expected a number with its unit, such as 2ticks or 0.5bp, found ";
  EXPECT_EQ(problem("every", "2"), unit + "2");
  EXPECT_EQ(problem("every", "2%"), unit + "2%");
  const std::string number =
      "--flat: expected a number from 0 to 10^9, such as 2ticks or 0.5bp, found ";
  for (const std::string text : {"bp", "-1bp", "xbp", "1000000001bp", "1e99bp", "nanbp"})
    EXPECT_EQ(problem("every", text), number + text);
  EXPECT_EQ(problem("every", "2ticks"),
            "--flat 2ticks needs --tick SIZE, the step of the price, such as --tick 0.5");
  for (const std::string text : {"0", "-1", "x", "1000000001"})
    EXPECT_EQ(problem("every", "2ticks", text),
              "--tick: expected a price step above 0, such as 0.5, found " + text);
  const std::string stray = "--tick is for a band in ticks, such as --flat 2ticks";
  EXPECT_EQ(problem("every", "", "0.5"), stray);
  EXPECT_EQ(problem("every", "2bp", "0.5"), stray);
}

TEST(LabelRule, a_band_of_nothing_is_for_horizons) {
  EXPECT_EQ(problem("horizon=5ms", "0bp"), "taken as horizon=5ms,flat=0bp");
  EXPECT_EQ(problem("every", "0.0bp"),
            "--flat 0.0bp does nothing with --label every: its samples are moves, and none is that "
            "small");
}

/// Direction of a move between mid prices in billionths.
int direction_of(const std::string& flat, std::int64_t from, std::int64_t to,
                 const std::string& tick = "") {
  const LabelRule rule = parse_label_rule("horizon=1", flat, tick);
  const auto found = direction(rule, Price::from_units(2 * from, 9), Price::from_units(2 * to, 9));
  return found ? *found : -1;
}

TEST(Direction, is_exact_at_the_edge_of_the_band) {
  // A tenth of a billionth of a tick more, or less, makes no difference to a double.
  constexpr std::int64_t one = Price::units_per_one, large = 2'000'000'000 * one;
  EXPECT_EQ(direction_of("3ticks", large, large + 3 * one / 10, "0.1"), 2);
  EXPECT_EQ(direction_of("3ticks", large, large + 3 * one / 10 + 1, "0.1"), 1);
  EXPECT_EQ(direction_of("3ticks", large, large - 3 * one / 10, "0.1"), 2);
  EXPECT_EQ(direction_of("3ticks", large, large - 3 * one / 10 - 1, "0.1"), 0);
  EXPECT_EQ(direction_of("1bp", large, large + large / 10'000), 2);
  EXPECT_EQ(direction_of("1bp", large, large + large / 10'000 + 1), 1);
  EXPECT_EQ(direction_of("1bp", large, large - large / 10'000), 2);
  EXPECT_EQ(direction_of("1bp", large, large - large / 10'000 - 1), 0);
}

TEST(Direction, half_a_unit_of_the_mid_price_counts) {
  const LabelRule rule = parse_label_rule("horizon=1", "1tick", "1");
  constexpr std::int64_t one = Price::units_per_one;
  const auto move = [&](std::int64_t double_move) {
    return direction(rule, Price::from_units(10 * one, 0),
                     Price::from_units(10 * one + double_move, 0));
  };
  EXPECT_EQ(move(2 * one), 2);
  EXPECT_EQ(move(2 * one + 1), 1);
}

TEST(Direction, survives_the_largest_prices_and_widths) {
  constexpr std::int64_t largest = 4'611'686'018 * Price::units_per_one;
  EXPECT_EQ(direction_of("1000000000bp", -largest, largest),
            2);  // twice the price, below 10^5 times
  EXPECT_EQ(direction_of("19999bp", -largest, largest), 1);
  EXPECT_EQ(direction_of("20000bp", largest, -largest), 2);
  EXPECT_EQ(direction_of("19999bp", largest, -largest), 0);
  EXPECT_EQ(direction_of("1000000000ticks", -largest, largest, "1000000000"), 2);
}

TEST(Direction, a_band_in_basis_points_is_nothing_around_a_price_of_0) {
  EXPECT_EQ(direction_of("5bp", 0, 0), 2);
  EXPECT_EQ(direction_of("5bp", 0, 1), 1);
  EXPECT_EQ(direction_of("5bp", -20'000, -19'990), 2);
  EXPECT_EQ(direction_of("5bp", -20'000, -19'989), 1);
}

/// Of the mean of mid prices in billionths.
int direction_of_mean(const std::string& flat, std::int64_t from,
                      const std::vector<std::int64_t>& to, const std::string& tick = "") {
  PriceSum sum = 0;
  for (const std::int64_t each : to) sum += 2 * PriceSum{each};
  const auto found = direction(parse_label_rule("mean=" + std::to_string(to.size()), flat, tick),
                               Price::from_units(2 * from, 9), sum, std::ssize(to));
  return found ? *found : -1;
}

TEST(Direction, of_a_mean_is_exact_where_no_price_is_it) {
  // Means of 10 + 1/3 and 10 - 1/3 units; a tick is a tenth of a billion units.
  EXPECT_EQ(direction_of_mean("", 10, {10, 10, 11}), 1);
  EXPECT_EQ(direction_of_mean("", 10, {10, 10, 9}), 0);
  EXPECT_EQ(direction_of_mean("", 10, {11, 10, 9}), -1);
  EXPECT_EQ(direction_of_mean("0bp", 10, {11, 10, 9}), 2);
  constexpr std::int64_t one = Price::units_per_one, large = 2'000'000'000 * one;
  EXPECT_EQ(direction_of_mean("1tick", large, {large, large + one / 5}, "0.1"), 2);
  EXPECT_EQ(direction_of_mean("1tick", large, {large, large + one / 5 + 1}, "0.1"), 1);
  EXPECT_EQ(direction_of_mean("1bp", large, {large, large - large / 5'000}), 2);
  EXPECT_EQ(direction_of_mean("1bp", large, {large, large - large / 5'000 - 1}), 0);
}

TEST(Direction, of_a_mean_survives_the_largest_prices_widths_and_counts) {
  constexpr std::int64_t largest = 4'611'686'018 * Price::units_per_one;
  constexpr std::int64_t count = LabelRule::longest_mean;
  const auto of = [&](const std::string& flat, const std::string& tick = "") {
    return direction(parse_label_rule("mean=100000", flat, tick), Price::from_units(2 * largest, 0),
                     PriceSum{-2} * largest * count, count);
  };
  EXPECT_EQ(of("20000bp"), 2);
  EXPECT_EQ(of("19999bp"), 0);
  EXPECT_EQ(of("1000000000ticks", "1000000000"), 2);
}

TEST(Direction, of_no_move_is_none_without_a_band_and_with_rules_that_want_moves) {
  const Price one = Price::from_units(1, 0), two = Price::from_units(2, 0);
  for (const LabelRule& rule : {LabelRule{}, parse_label_rule("horizon=1"),
                                parse_label_rule("next", "1bp"), parse_label_rule("every", "1bp")})
    EXPECT_EQ(direction(rule, one, one), std::nullopt);
  EXPECT_EQ(direction({}, one, two), 1);
  EXPECT_EQ(direction({}, two, one), 0);
}

}  // namespace
}  // namespace obkit::dataset
