#include "obkit/core/number.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace obkit {
namespace {

TEST(Number, reads_what_json_calls_a_number) {
  EXPECT_EQ(parse_number("0"), 0.0);
  EXPECT_EQ(parse_number("-1.5e3"), -1500.0);
  EXPECT_EQ(parse_number("123456789012345678"), 123456789012345678.0);
  EXPECT_EQ(parse_number("1e-400"), 0.0);
  EXPECT_EQ(parse_number("0." + std::string(400, '0') + "1"), 0.0);
}

TEST(Number, refuses_everything_else) {
  for (const char* text :
       {"", "nan", "NaN", "inf", "+1", "01", "1.", ".1", "1e", "0x10", " 1", "1,", "--1", "1e400"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(Number, short_decimals_have_the_bits_that_strtod_gives) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = std::to_string(random() >> (random() % 60));
    if (text.size() > 1) text.insert(1 + random() % (text.size() - 1), ".");
    if (text[0] == '0' && text.size() > 1 && text[1] != '.') continue;
    if (random() % 2 == 0) text.insert(0, "-");
    EXPECT_EQ(parse_number(text), std::strtod(text.c_str(), nullptr)) << text;
  }
  EXPECT_TRUE(std::signbit(parse_number("-0").value()));
}

TEST(Number, exponents_have_the_bits_that_strtod_gives) {
  std::mt19937_64 random{9};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = std::to_string(random() % (i % 2 == 0 ? 100 : 1'000'000'000'000'000'000));
    if (i % 3 == 0) text += "." + std::to_string(random() % 1'000'000);
    const std::string sign = i % 5 == 0 ? "+" : i % 5 == 1 ? "" : "-";
    text +=
        (i % 7 == 0 ? "E" : "e") + sign + (i % 4 == 0 ? "0" : "") + std::to_string(random() % 40);
    EXPECT_EQ(parse_number(text), std::strtod(text.c_str(), nullptr)) << text;
  }
  EXPECT_EQ(parse_number("1e22"), 1e22);
  EXPECT_EQ(parse_number("-1.5e-05"), -1.5e-05);
  for (const char* text : {"1e", "1e+", "e5", "1e5.", "01e5", "1.e5", "1e 5", "1e5e5", "-e5"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(Number, writes_whole_numbers_as_integers_and_others_shortest) {
  const auto text = [](double value) {
    std::string out;
    append_number(out, value);
    return out;
  };
  EXPECT_EQ(text(1046200), "1046200");
  EXPECT_EQ(text(0.1), "0.1");
  EXPECT_EQ(text(1e300), "1e+300");
  EXPECT_EQ(text(-2), "-2");
  EXPECT_EQ(parse_number(text(0.1 + 0.2)), 0.1 + 0.2);
}

TEST(Number, has_the_shortest_text_of_the_standard_library_however_it_is_written) {
  std::mt19937_64 random{7};
  const auto expect_shortest = [](double value) {
    std::array<char, 32> text{};
    char* const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    std::string written;
    append_number(written, value);
    if (value == std::floor(value) && std::abs(value) < 1e15 && !std::signbit(value)) {
      ASSERT_EQ(written, std::to_string(static_cast<std::int64_t>(value)));
    } else {
      ASSERT_EQ(written, std::string(text.data(), end));
    }
  };
  for (int i = 0; i < 200'000; ++i) {
    const auto digits = static_cast<double>(random() >> (random() % 60 + 4));
    const double power = std::pow(10.0, static_cast<double>(random() % 12));
    for (const double value : {digits / power, -digits / power, digits * power, digits / 7})
      expect_shortest(value);
  }
  for (const double value : {0.0, -0.0, 0.001, 0.0009999, 0.1, 0.3, 1.0 / 3, 999999999999999.0,
                             1e15, 999999999999999.9, 99999999999999.9, 0.30000000000000004, 5e-324,
                             std::numeric_limits<double>::max(), 123456.000001, 0.001001})
    expect_shortest(value);
}

TEST(Number, integers_are_appended_in_decimal) {
  std::string text = "x";
  append_integer(text, 0);
  append_integer(text, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(text, "x0-9223372036854775808");
}

TEST(Number, reals_are_told_from_integers_by_their_text) {
  const auto real = [](double value) {
    std::string text = "7";
    append_real(text, value);
    return text.substr(1);
  };
  EXPECT_EQ(real(0), "0.0");
  EXPECT_EQ(real(-3), "-3.0");
  EXPECT_EQ(real(0.25), "0.25");
  EXPECT_EQ(real(1e15), "1e+15");
  EXPECT_EQ(real(-1e-7), "-1e-07");
  EXPECT_EQ(as_real("32180"), "32180.0");
  EXPECT_EQ(as_real("32180.50"), "32180.50");
  EXPECT_EQ(as_real("1e20"), "1e20");
}

TEST(Number, text_for_messages_takes_any_double) {
  EXPECT_EQ(to_text(0.25), "0.25");
  EXPECT_EQ(to_text(std::nan("")), "nan");
  EXPECT_EQ(to_text(-HUGE_VAL), "-inf");
  EXPECT_EQ(to_text(HUGE_VAL), "inf");
}

TEST(Number, counts_things_in_words) {
  EXPECT_EQ(counted(0, "book"), "0 books");
  EXPECT_EQ(counted(1, "book"), "1 book");
  EXPECT_EQ(counted(2, "book"), "2 books");
}

}  // namespace
}  // namespace obkit
