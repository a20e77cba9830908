#include "obkit/core/price.hpp"

#include <cstdint>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace obkit {
namespace {

TEST(Price, keeps_the_decimals_that_it_was_written_with) {
  for (const char* text :
       {"1000000", "32180.5", "77611.0", "0.00010699", "85.6190", "0.5", "-3.25", "0"})
    EXPECT_EQ(to_string(parse_price(text).value()), text);
}

TEST(Price, is_written_with_its_decimals_and_those_it_needs) {
  const auto text_of = [](std::int64_t units, int decimals) {
    return to_string(Price::from_units(units, decimals));
  };
  EXPECT_EQ(text_of(0, 0), "0");
  EXPECT_EQ(text_of(0, 9), "0.000000000");
  EXPECT_EQ(text_of(1, 0), "0.000000001");
  EXPECT_EQ(text_of(-1, 3), "-0.000000001");
  EXPECT_EQ(text_of(1'250'000'000, 1), "1.25");
  EXPECT_EQ(text_of(-100'000'000'000, 2), "-100.00");
  EXPECT_EQ(text_of(std::numeric_limits<std::int64_t>::max(), 0), "9223372036.854775807");
  EXPECT_EQ(text_of(std::numeric_limits<std::int64_t>::min(), 9), "-9223372036.854775808");
}

TEST(Price, compares_by_value_alone) {
  EXPECT_EQ(parse_price("32180"), parse_price("32180.000"));
  EXPECT_LT(parse_price("0.00010699"), parse_price("0.000107"));
}

TEST(Price, resolves_exponents) {
  EXPECT_EQ(to_string(parse_price("8.39e4").value()), "83900");
  EXPECT_EQ(to_string(parse_price("1.0002e6").value()), "1000200");
  EXPECT_EQ(to_string(parse_price("3.9e3").value()), "3900");
  EXPECT_EQ(to_string(parse_price("12.5E-1").value()), "1.25");
  EXPECT_EQ(to_string(parse_price("5e-9").value()), "0.000000005");
}

TEST(Price, rounds_the_noise_of_binary_floats) {
  const auto read = [](const char* text) { return to_string(parse_price(text).value()); };
  EXPECT_EQ(read("10123.449999999953"), "10123.450000000");
  EXPECT_EQ(read("0.30000000000000004"), "0.300000000");
  EXPECT_EQ(read("0.29999999999999998"), "0.300000000");
  EXPECT_EQ(read("-2.3449999999999998e-05"), "-0.000023450");
  EXPECT_EQ(read("61234.12345678912"), "61234.123456789");
  EXPECT_EQ(read("0.10000000000"), "0.100000000") << "zeros are exact";
  EXPECT_EQ(read("0.000000000000"), "0.000000000");
  EXPECT_EQ(read("0e-400"), "0.000000000");
}

TEST(Price, refuses_what_nine_decimals_do_not_hold) {
  for (const char* text : {"0.0000016409", "1.6409e-6", "0.0000000005", "0.00000000049", "1e-10",
                           "1e-400", "-0.1234567891", "123.0000000001", "0.00000000009999999"})
    EXPECT_EQ(parse_price(text), std::nullopt) << text;
  EXPECT_EQ(to_string(parse_price("0.000001640").value()), "0.000001640");
}

TEST(Price, short_and_long_ways_to_read_a_number_agree) {
  std::mt19937 random{1};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = std::to_string(random() % 1'000'000'000);
    if (text.size() > 1) text.insert(1 + random() % (text.size() - 1), ".");
    if (text.starts_with("0") && !text.starts_with("0.")) continue;
    if (random() % 2 == 0) text.insert(0, "-");
    EXPECT_EQ(parse_price(text), parse_price(text + "e0")) << text;
    EXPECT_EQ(to_string(parse_price(text).value()), text == "-0" ? "0" : text);
  }
}

TEST(Price, refuses_what_is_no_number_or_out_of_range) {
  for (const char* text : {"", "-", "1.", ".5", "+1", "01", "nan", "1e", "1 ", "0x1", "9223372037",
                           "1e10", "1e99999999999999"})
    EXPECT_EQ(parse_price(text), std::nullopt) << text;
  EXPECT_EQ(to_string(parse_price("9223372036.854775807").value()), "9223372036.854775807");
}

TEST(Price, sums_are_exact) {
  const auto sum = parse_price("61668.6").value() + parse_price("61668.7").value();
  EXPECT_EQ(to_string(sum), "123337.3");
  EXPECT_DOUBLE_EQ(sum.value(), 123337.3);
  EXPECT_EQ(to_string(parse_price("1.5").value() - parse_price("2").value()), "-0.5");
}

}  // namespace
}  // namespace obkit
