#include "obkit/core/digits.hpp"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace obkit {
namespace {

TEST(Digits, that_are_read_by_words_are_those_that_are_read_one_by_one) {
  std::mt19937 random{1};
  constexpr std::string_view others = "/:.,}\"- \n\x7F\x80\xFF\xB0\xB9";
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (auto n = random() % 24; n > 0; --n) {
      const bool is_digit = random() % 8 != 0;
      text += is_digit ? static_cast<char>('0' + random() % 10) : others[random() % others.size()];
    }
    const std::uint64_t before = random() % 100;
    std::uint64_t expected = before, number = before;
    std::size_t count = 0;
    for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count)
      expected = expected * 10 + static_cast<std::uint64_t>(text[count] - '0');
    const char* const end = read_digits(text.data(), text.data() + text.size(), number);
    ASSERT_EQ(end - text.data(), static_cast<std::ptrdiff_t>(count)) << text;
    ASSERT_EQ(number, expected) << text;
  }
}

TEST(Digits, beyond_the_end_are_not_read) {
  const std::string text = "1234567890123";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    std::uint64_t number = 0;
    EXPECT_EQ(read_digits(text.data(), text.data() + length, number), text.data() + length);
    EXPECT_EQ(number, length == 0 ? 0 : std::stoull(text.substr(0, length)));
  }
}

TEST(Digits, that_are_written_by_words_are_those_of_to_string) {
  std::mt19937_64 random{1};
  const auto written = [](std::uint64_t number) {
    std::string text(2 * room_for_digits, '#');
    text.resize(static_cast<std::size_t>(write_digits(text.data(), number) - text.data()));
    return text;
  };
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t number = random() >> (random() % 64);
    ASSERT_EQ(written(number), std::to_string(number));
  }
  for (const std::uint64_t power : powers_of_ten)
    for (const std::uint64_t number : {power - 1, power, power + 1})
      EXPECT_EQ(written(number), std::to_string(number));
  EXPECT_EQ(written(UINT64_MAX), std::to_string(UINT64_MAX));
}

TEST(Digits, that_are_scaled_are_rounded_as_strtod_rounds) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t digits = (random() >> (random() % 64)) % 1'000'000'000'000'000;
    const int power = static_cast<int>(random() % 45) - 22;
    const std::string text = std::to_string(digits) + "e" + std::to_string(power);
    ASSERT_EQ(scaled(digits, power), std::strtod(text.c_str(), nullptr)) << text;
  }
  EXPECT_EQ(scaled(1, 23), std::nullopt);
  EXPECT_EQ(scaled(1, -23), std::nullopt);
}

}  // namespace
}  // namespace obkit
