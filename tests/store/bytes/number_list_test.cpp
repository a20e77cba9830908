#include "kernels/number_list.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/number.hpp"
#include "obkit/core/price.hpp"
#include "obkit/store/line_reader.hpp"

#include "support/each_target.hpp"

namespace obkit::store::kernels {
namespace {

using Blanks = NumberList::Blanks;

/// A list as it stands in a line: something before it, and behind it what may be read.
class Line {
 public:
  Line(const std::vector<std::string>& numbers, Blanks blanks) {
    for (const std::string& number : numbers)
      text_ += number + (blanks == Blanks::one ? ", " : ",");
    text_.resize(text_.size() - (blanks == Blanks::one ? 2 : 1));
    length_ = text_.size() - before.size();
    text_ += "]}\n" + std::string(LineReader::padding, ',');
  }
  [[nodiscard]] std::string_view list() const {
    return std::string_view{text_}.substr(before.size(), length_ + 2);
  }
  [[nodiscard]] std::size_t length() const { return length_; }

 private:
  static constexpr std::string_view before = R"({"date":20190823,"time":1,"prices":[)";
  std::string text_{before};
  std::size_t length_ = 0;
};

std::string digits(std::mt19937_64& random, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + random() % 10);
  return text;
}

/// Mostly what books have, but also what is rare, and what is no number.
std::string draw_number(std::mt19937_64& random) {
  std::string whole = digits(random, 1 + random() % 4);
  if (random() % 8 == 0) whole = digits(random, 1 + random() % 20);
  if (random() % 50 != 0) {  // else with leading zeros, maybe
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    if (whole.empty()) whole = "0";
  }
  switch (random() % 12) {
    case 0:
    case 1:
    case 2:
      return whole + "." + digits(random, 1 + random() % 4);
    case 3:
      return whole + "." + digits(random, random() % 14);
    case 4:
      return random() % 8 == 0 ? whole + "e-0" + digits(random, 1) : whole;
    case 5: {
      std::string broken = whole + ".5";
      constexpr std::string_view others{"+-.eE/:;0 \"[{a\0\x80\xFF", 17};
      if (random() % 8 == 0) broken[random() % broken.size()] = others[random() % others.size()];
      return broken;
    }
    default:
      return whole;
  }
}

bool is_irregular(const NumberList& list, std::size_t i) {
  return std::find(list.irregular().begin(), list.irregular().end(), i) != list.irregular().end();
}

/// Of a list that find() took: each number that is not called irregular is what others say it is.
/// Returns how many those are.
std::size_t check(NumberList& list) {
  std::size_t regular = 0;
  list.convert_doubles();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (is_irregular(list, i)) continue;
    const std::string text{list.text(i)};
    EXPECT_TRUE(is_json_number(text)) << text;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(list.doubles()[i]),
              std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)))
        << text;
    ++regular;
  }
  list.convert_prices();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (is_irregular(list, i)) continue;
    const auto price = parse_price(list.text(i));
    EXPECT_TRUE(price) << list.text(i);
    if (!price) continue;
    EXPECT_EQ(list.units()[i], price->units()) << list.text(i);
    EXPECT_EQ(list.decimals()[i], static_cast<std::uint64_t>(price->decimals())) << list.text(i);
  }
  return regular;
}

class NumberListKernels : public EachTarget {
 protected:
  /// Without vectors all numbers are left to others.
  static bool leaves_all() { return GetParam() == InstructionSet::baseline; }
};

TEST_P(NumberListKernels, agree_with_strtod_and_parse_price_or_leave_a_number_to_them) {
  std::mt19937_64 random{11};
  NumberList list;
  std::size_t taken = 0, regular = 0, numbers = 0;
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::string> texts(1 + random() % 40);
    for (std::string& text : texts) text = draw_number(random);
    const Blanks blanks = random() % 3 == 0 ? Blanks::one : Blanks::none;
    const Line line{texts, blanks};
    if (list.find(line.list(), blanks) == 0) continue;
    ++taken;
    numbers += list.size();
    regular += check(list);
  }
  EXPECT_GT(taken, 300U);
  EXPECT_GE(regular, leaves_all() ? 0 : numbers / 2);
}

TEST_P(NumberListKernels, read_short_numbers_between_long_ones_whatever_the_list_before_had) {
  std::mt19937_64 random{13};
  const Line whole{{"5", "17"}, Blanks::none}, irregular{{"1e-05", "17"}, Blanks::none};
  NumberList list;
  for (int i = 0; i < 4000; ++i) {
    const Line& before = i % 2 == 0 ? whole : irregular;
    ASSERT_EQ(list.find(before.list(), Blanks::none), before.length());
    check(list);
    std::vector<std::string> texts(1 + random() % 24);
    for (std::string& text : texts)
      text = "1" + (random() % 2 == 0 ? digits(random, random() % 8) : digits(random, 60));
    const Blanks blanks = i % 3 == 0 ? Blanks::one : Blanks::none;
    const Line line{texts, blanks};
    ASSERT_EQ(list.find(line.list(), blanks), line.length());
    check(list);
  }
}

TEST_P(NumberListKernels, take_all_numbers_of_up_to_fifteen_digits) {
  std::mt19937_64 random{12};
  NumberList list;
  for (std::size_t whole = 1; whole <= 15; ++whole) {
    for (std::size_t fraction = 0; whole + fraction <= 15; ++fraction) {
      for (std::size_t count = 1; count <= 18; ++count) {
        std::vector<std::string> texts(count);
        for (std::string& text : texts) {
          text = digits(random, whole);
          if (whole > 1) text[0] = static_cast<char>('1' + random() % 9);
          if (fraction > 0) text += "." + digits(random, fraction);
        }
        const Line line{texts, Blanks::none};
        ASSERT_EQ(list.find(line.list(), Blanks::none), line.length());
        ASSERT_EQ(list.size(), count);
        EXPECT_EQ(check(list), leaves_all() ? 0 : count);
        for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(list.text(i), texts[i]);
      }
    }
  }
}

TEST_P(NumberListKernels, find_numbers_wherever_blocks_end) {
  NumberList list;
  for (std::size_t count = 1; count < 200; ++count) {
    for (const Blanks blanks : {Blanks::none, Blanks::one}) {
      std::vector<std::string> texts(count, "7");
      for (std::size_t i = 0; i < count; i += 3) texts[i] = "0.25";
      const Line line{texts, blanks};
      ASSERT_EQ(list.find(line.list(), blanks), line.length()) << count;
      ASSERT_EQ(list.size(), count);
      list.convert_doubles();
      for (std::size_t i = 0; i < count && !leaves_all(); ++i)
        EXPECT_EQ(list.doubles()[i], i % 3 == 0 ? 0.25 : 7) << count;
    }
  }
}

TEST_P(NumberListKernels, refuse_what_no_list_of_numbers_has_wherever_it_stands) {
  NumberList list;
  for (const char* wrong : {"", "01", "00", "00.5", ".5", "5.", ".", "0e1"}) {
    for (std::size_t at = 0; at < 140; ++at) {
      std::vector<std::string> texts(141, "1");
      texts[at] = wrong;
      for (const Blanks blanks : {Blanks::none, Blanks::one})
        EXPECT_EQ(list.find(Line{texts, blanks}.list(), blanks), 0U) << wrong << " at " << at;
    }
  }
}

TEST_P(NumberListKernels, refuse_other_blanks_and_a_list_without_end) {
  NumberList list;
  const Line dense{{"1", "2", "3"}, Blanks::none}, spaced{{"1", "2", "3"}, Blanks::one};
  EXPECT_EQ(list.find(dense.list(), Blanks::one), 0U);
  EXPECT_EQ(list.find(dense.list().substr(0, 5), Blanks::none), 0U);
  EXPECT_EQ(list.find(spaced.list().substr(0, 7), Blanks::one), 0U);
  if (list.find(spaced.list(), Blanks::none) == 0) return;
  list.convert_doubles();
  EXPECT_TRUE(is_irregular(list, 1));
  EXPECT_EQ(list.text(1), " 2");
}

INSTANTIATE_TEST_SUITE_P(, NumberListKernels, testing::ValuesIn(instruction_sets()), target_name);

}  // namespace
}  // namespace obkit::store::kernels
