#include "obkit/core/digits.hpp"

#include <cstdint>
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

}  // namespace
}  // namespace obkit
