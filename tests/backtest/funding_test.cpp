#include "obkit/backtest/funding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

namespace obkit::backtest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<FundingRate> parse(std::string_view text) { return parse_funding(text, "funding.csv"); }

FundingRate rate(const std::string& iso, std::int64_t units) {
  return {.time = parse_iso(iso).value(), .rate = units};
}

std::string error_of(std::string_view text) {
  try {
    static_cast<void>(parse(text));
  } catch (const DataError& error) {
    return error.what();
  }
  return "none";
}

constexpr std::int64_t basis_point = 100'000'000'000;

TEST(Funding, reads_both_kinds_of_time) {
  EXPECT_THAT(parse("2021-07-22T20:00:00Z,0.0001\n1626998400000000001,-0.0002\n"),
              ElementsAre(rate("2021-07-22T20:00:00Z", basis_point),
                          rate("2021-07-23T00:00:00.000000001Z", -2 * basis_point)));
}

TEST(Funding, passes_over_a_header_and_empty_lines) {
  EXPECT_THAT(parse("time,rate\n\n2021-07-22T20:00:00Z,0.0001\n\n"),
              ElementsAre(rate("2021-07-22T20:00:00Z", basis_point)));
  EXPECT_THAT(parse("Time,Rate"), IsEmpty());
  EXPECT_THAT(parse(""), IsEmpty());
  EXPECT_THAT(parse("\n\r\n"), IsEmpty());
}

TEST(Funding, reads_lines_of_other_systems_and_a_last_line_without_an_end) {
  EXPECT_THAT(
      parse("time,rate\r\n2021-07-22T20:00:00Z,0.0001\r\n2021-07-23T04:00:00Z,0"),
      ElementsAre(rate("2021-07-22T20:00:00Z", basis_point), rate("2021-07-23T04:00:00Z", 0)));
}

TEST(Funding, rates_are_exact_to_fifteen_decimals) {
  const auto units = [](const std::string& text) {
    return parse("2021-07-22T20:00:00Z," + text).front().rate;
  };
  EXPECT_EQ(units("0.000100000000001"), 100'000'000'001);
  EXPECT_EQ(units("0.123456789012345"), 123'456'789'012'345);
  EXPECT_EQ(units("-0.999999999999999"), -999'999'999'999'999);
  EXPECT_EQ(units("1"), FundingRate::per_one);
  EXPECT_EQ(units("-1"), -FundingRate::per_one);
  EXPECT_EQ(units("1e-4"), basis_point);
  EXPECT_EQ(units("0.0000000000000001"), 0);
}

TEST(Funding, refuses_a_line_without_a_comma) {
  EXPECT_EQ(error_of("time,rate\n2021-07-22T20:00:00Z;0.0001\n"),
            "funding.csv:2: expected time,rate, found '2021-07-22T20:00:00Z;0.0001'");
}

TEST(Funding, calls_what_is_no_text_by_its_name) {
  EXPECT_EQ(
      error_of("\xEF\xBB\xBFtime,rate\n"),
      "funding.csv: expected funding rates (CSV), found UTF-8 with a byte order mark, which is "
      "to go");
  EXPECT_EQ(
      error_of("{\"format\":\"obkit-model\",\"version\":1}\n"),
      "funding.csv: expected funding rates (CSV), found a model of obkit, which --model takes");
}

TEST(Funding, refuses_what_is_no_time) {
  const std::string expected =
      "funding.csv:1: expected a time as 2021-07-22T20:00:00Z or as nanoseconds since 1970 (19 "
      "digits), found '";
  for (const std::string wrong : {"", "2021-07-22", "2021-07-22T20:00:00", "2021-02-30T20:00:00Z",
                                  "-1626998400000000000", "1626998400000000000.5", "0x1"})
    EXPECT_EQ(error_of(wrong + ",0.0001"), expected + wrong + "'");
}

TEST(Funding, refuses_seconds_and_milliseconds_which_would_fall_due_in_1970) {
  for (const std::string wrong : {"0", "1626998400", "1626998400000", "1626998400000000"})
    EXPECT_THAT(error_of(wrong + ",0.0001"), testing::HasSubstr("(19 digits), found '" + wrong));
}

TEST(Funding, takes_the_largest_nanoseconds_and_refuses_larger_ones) {
  EXPECT_EQ(parse("9223372036854775807,0").front().time.time_since_epoch().count(),
            9'223'372'036'854'775'807);
  EXPECT_THAT(error_of("9223372036854775808,0"), testing::HasSubstr("found '9223372036854775808'"));
}

TEST(Funding, refuses_what_is_no_rate) {
  for (const std::string wrong :
       {"", "0.01%", "nan", "inf", "1.1", "-1.5", "1e300", " 0.1", "0,1"}) {
    EXPECT_EQ(error_of("2021-07-22T20:00:00Z," + wrong),
              "funding.csv:1: expected a rate from -1 to 1, as 0.0001 for a basis point, found '" +
                  wrong + "'");
  }
}

TEST(Funding, refuses_times_that_do_not_ascend) {
  const std::string expected = "funding.csv:3: expected a time after 2021-07-22T20:00:00.000Z, ";
  EXPECT_EQ(error_of("time,rate\n2021-07-22T20:00:00Z,0\n2021-07-22T12:00:00Z,0\n"),
            expected + "found '2021-07-22T12:00:00Z'");
  EXPECT_EQ(error_of("time,rate\n2021-07-22T20:00:00Z,0\n1626984000000000000,0\n"),
            expected + "found '1626984000000000000'");
}

TEST(Funding, a_header_is_the_first_line_alone) {
  EXPECT_THAT(error_of("2021-07-22T20:00:00Z,0\ntime,rate\n"),
              testing::StartsWith("funding.csv:2"));
}

TEST(Funding, shows_the_beginning_of_long_and_strange_text) {
  EXPECT_EQ(error_of(std::string(50, 'x') + "\n" + std::string(50, '\t') + "\n"),
            "funding.csv:2: expected time,rate, found '" + std::string(40, '?') + "'");
}

}  // namespace
}  // namespace obkit::backtest
