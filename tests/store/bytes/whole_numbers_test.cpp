#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "obkit/core/number.hpp"
#include "obkit/store/line_reader.hpp"

#include "kernels/number_list.hpp"
#include "support/each_target.hpp"

namespace obkit::store::kernels {
namespace {

/// What is said of `text`, which stands behind a `[`.
WholeNumbers found(const std::string& text, char behind = ',') {
  const std::string padded = text + std::string(LineReader::padding, behind);
  return find_whole_numbers(std::string_view{padded}.substr(0, text.size()));
}

/// The same by its definition, number by number.
WholeNumbers expected(std::string_view text) {
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return {};
  WholeNumbers result{.end = end};
  for (std::string_view rest = text.substr(0, end + 1); !rest.empty(); ++result.count) {
    const std::string_view number = rest.substr(0, rest.find_first_of(",]"));
    rest.remove_prefix(number.size() + 1);
    const auto value = parse_number(number);
    std::string written;
    if (value && *value < 1e15) append_number(written, *value);
    if (number.empty() || written != number ||
        !std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; }))
      return {};
  }
  return result;
}

class WholeNumberLists : public EachTarget {
 protected:
  static void check(const std::string& text) {
    for (const char behind : {',', ']', '7', '\0'}) {
      const auto is = found(text, behind), should = expected(text);
      EXPECT_EQ(is.end, should.end) << text;
      EXPECT_EQ(is.count, should.count) << text;
    }
  }
};

TEST_P(WholeNumberLists, are_taken_and_counted) {
  EXPECT_EQ(found("0]").end, 1U);
  EXPECT_EQ(found("5,17,0,999999999999999]}").end, 22U);
  EXPECT_EQ(found("5,17,0,999999999999999]}").count, 4U);
}

TEST_P(WholeNumberLists, of_other_numbers_are_left) {
  for (const char* text : {"]",     ",]",    "1,]",    ",1]",  "1,,2]",
                           "01]",   "00]",   "1,007]", "-1]",  "1.5]",
                           "1e2]",  "1, 2]", " 1]",    "1 ]",  "1000000000000000]",
                           "1",     "1,2",   "",       "1}",   "1,a]",
                           "\xB1]", "[1]",   "1;2]",   "1/2]", "1:2]"})
    EXPECT_EQ(found(text).end, 0U) << text;
  EXPECT_EQ(found("12", ']').end, 0U) << "what stands behind the text is none of it";
}

TEST_P(WholeNumberLists, agree_with_the_definition_wherever_something_odd_stands) {
  std::mt19937_64 random{3};
  for (const char* odd : {"0", "00", "01", "", "123456789012345", "1234567890123456",
                          "12345678901234567890", "1.5", "-1", " 7", "1e5", "]", "9]9"}) {
    for (std::size_t before = 0; before < 150; ++before) {
      std::string text;
      while (text.size() < before) text += std::to_string(random() % 1000) + ",";
      check(text + odd + ",1]}");
      check(text + odd + "]}");
    }
  }
}

TEST_P(WholeNumberLists, agree_with_the_definition_on_random_lists) {
  EXPECT_TRUE(rc::check([] {
    std::string text;
    for (const std::string& number : *rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
             rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 1'000'000),
                          [](std::uint64_t n) { return std::to_string(n); }),
             rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                          [](std::uint64_t n) { return std::to_string(n >> n % 40); }))))
      text += (text.empty() ? "" : ",") + number;
    text += "]}";
    if (*rc::gen::inRange(0, 3) == 0)
      text[*rc::gen::inRange<std::size_t>(0, text.size())] =
          *rc::gen::elementOf(std::string{"0159.,-eE ]}x"});
    const auto is = found(text), should = expected(text);
    RC_ASSERT(is.end == should.end);
    RC_ASSERT(is.count == should.count);
  }));
}

INSTANTIATE_TEST_SUITE_P(, WholeNumberLists, testing::ValuesIn(instruction_sets()), target_name);

}  // namespace
}  // namespace obkit::store::kernels
