// The fast way through a line takes what JsonLine takes, and reads the same book to the bit; what
// it does not take, JsonLine judges, so errors are the same by construction.
#include "lines/fast_line.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/number.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/line_reader.hpp"

#include "../test_input.hpp"
#include "support/each_target.hpp"
#include "support/slow_line.hpp"

namespace obkit::store {
namespace {

/// The volumes of a text that is as append_number() writes them.
std::vector<double> volumes_of(std::string_view text) {
  std::vector<double> volumes;
  std::string again;
  while (!text.empty()) {
    const std::string_view number = text.substr(0, text.find(','));
    text.remove_prefix(std::min(number.size() + 1, text.size()));
    const auto volume = parse_number(number);
    if (!volume) return {};
    volumes.push_back(*volume);
    again.clear();
    append_number(again, *volume);
    EXPECT_EQ(again, number);
  }
  return volumes;
}

/// Reads with volumes as numbers and as text, which must agree.
class BothWays {
 public:
  /// The line is as LineReader gives it: bytes stand behind it.
  bool read(const std::string& line, OrderBook& book, const FastLine::Expected& expected = {}) {
    const std::string padded = line + "\n" + std::string(LineReader::padding, ']');
    const auto padded_line = std::string_view{padded}.substr(0, line.size());
    const bool is_read = numbers_.read(padded_line, expected);
    EXPECT_EQ(text_.read(padded_line, expected), is_read) << line;
    if (!is_read) return false;
    book = numbers_.book();
    OrderBook other = text_.book();
    const std::string_view text = text_.volumes_text();
    if (!text.empty()) {
      ++texts;
      EXPECT_TRUE(other.volumes.empty());
      other.volumes = volumes_of(text);
    }
    EXPECT_TRUE(same_bits(book, other)) << line;
    EXPECT_TRUE(numbers_.volumes_text().empty());
    return true;
  }

  std::size_t texts = 0;  ///< lines whose volumes came as text

 private:
  FastLine numbers_, text_{Volumes::text};
};

/// Whether the fast way takes the line; then the other one must too.
bool is_taken(BothWays& plain, const std::string& line) {
  OrderBook book;
  if (!plain.read(line, book)) return false;
  const auto slow = slow_book(line);
  EXPECT_TRUE(slow && same_bits(*slow, book)) << line;
  return true;
}

/// With all keys and numbers of many kinds.
std::string example(std::string_view blank) {
  std::string line =
      R"({"date":~20190823,~"time":~101112345,~"prices":~[99.5,~100,~101.25,~0.000000001,~7,~1234567.5],)"
      R"(~"volumes":~[1,~2.5,~0,~123456789,~0.00012345,~1e-05],~"recv":~1566555132345678901,~"gap":~true})";
  for (auto at = line.find('~'); at != std::string::npos; at = line.find('~'))
    line.replace(at, 1, blank);
  return line;
}

class FastLines : public EachTarget {};

TEST_P(FastLines, of_obkit_and_of_the_original_are_taken) {
  BothWays plain;
  EXPECT_TRUE(is_taken(plain, example("")));
  EXPECT_TRUE(is_taken(plain, example(" ")));
  EXPECT_TRUE(is_taken(plain, R"({"date":20190823,"time":0,"prices":[1,2],"volumes":[0,0]})"));
}

TEST_P(FastLines, of_random_books_are_taken) {
  std::mt19937_64 random{5};
  BothWays plain;
  for (int i = 0; i < 2000; ++i) {
    OrderBook book;
    book.time = {.date = 20190801 + static_cast<int>(random() % 30),
                 .time = static_cast<int>(random() % 24 * 10'000'000 + random() % 60'000)};
    const int decimals = static_cast<int>(random() % 4);
    auto units = static_cast<std::int64_t>(random() % 1000 * Price::units_per_one);
    for (std::size_t k = 0, depth = 2 + random() % 60 * 2; k < depth; ++k) {
      units += static_cast<std::int64_t>(1 + random() % 2000) * 1'000'000;
      book.prices.push_back(Price::from_units(units, decimals));
      const auto size = static_cast<double>(random() % 10'000'000);
      book.volumes.push_back(random() % 2 == 0 ? size : size / 1e7);
    }
    if (random() % 2 == 0) book.recv = Timestamp{std::chrono::nanoseconds{random() >> 1}};
    std::string line;
    append_book_line(line, {.time = book.time, .gap = random() % 3 == 0}, book);
    line.pop_back();
    EXPECT_TRUE(is_taken(plain, line)) << line;
  }
}

TEST_P(FastLines, with_each_byte_deleted_replaced_inserted_or_flipped_are_read_alike_or_left) {
  constexpr std::string_view others = "0159.,-+eE \t\"[]{}:an\\";
  BothWays plain;
  for (const char* blank : {"", " "}) {
    const std::string line = example(blank);
    std::size_t taken = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      std::string changed = line;
      taken += is_taken(plain, changed.erase(at, 1)) ? 1U : 0U;
      for (const char other : others) {
        changed = line;
        taken += is_taken(plain, changed.insert(at, 1, other)) ? 1U : 0U;
        changed = line;
        changed[at] = other;
        taken += is_taken(plain, changed) ? 1U : 0U;
      }
      for (unsigned bit = 0; bit < 8; ++bit) {
        changed = line;
        changed[at] = static_cast<char>(static_cast<unsigned char>(line[at]) ^ (1U << bit));
        taken += is_taken(plain, changed) ? 1U : 0U;
      }
    }
    EXPECT_GT(taken, 500U) << "changed digits are other books";
  }
}

TEST_P(FastLines, that_are_wrong_are_left) {
  BothWays plain;
  const auto taken = [&](const std::string& prices, const std::string& volumes) {
    return is_taken(plain, R"({"date":20190823,"time":1,"prices":[)" + prices + R"(],"volumes":[)" +
                               volumes + "]}");
  };
  EXPECT_TRUE(taken("1,2,3,4", "1,2,3,4"));
  EXPECT_TRUE(taken("1,3,2,4", "1,2,3,4")) << "crossed is legal";
  EXPECT_TRUE(taken("-2,-1,4611686018,4611686018.0000000", "1,2,3,4") == false);
  EXPECT_TRUE(taken("-2,-1,0.5,4611686018", "1,2,3,4"));
  EXPECT_FALSE(taken("1,2,3,4611686018.000000001", "1,2,3,4"));
  EXPECT_FALSE(taken("1,2,3,99999999999", "1,2,3,4"));
  EXPECT_FALSE(taken("1,2,4,3", "1,2,3,4"));
  EXPECT_FALSE(taken("2,2,3,4", "1,2,3,4"));
  EXPECT_FALSE(taken("1,2,3", "1,2,3"));
  EXPECT_FALSE(taken("1,2,3,4", "1,2,3"));
  EXPECT_FALSE(taken("1,2,3,4", "1,2,3,-1"));
  EXPECT_FALSE(taken("1,2,3,4", "1,2,3,1e999"));
  EXPECT_FALSE(taken("", ""));
}

TEST_P(FastLines, that_are_very_long_are_left_and_read_nevertheless) {
  std::mt19937_64 random{8};
  std::string prices = "1", volumes = "1";
  for (int i = 2; i <= 30'000; ++i) {
    prices += "," + std::to_string(i);
    volumes += "," + std::to_string(random() % 1000);
  }
  const auto line = [&] {
    return R"({"date":20190823,"time":1,"prices":[)" + prices + R"(],"volumes":[)" + volumes + "]}";
  };
  BothWays plain;
  EXPECT_FALSE(is_taken(plain, line()));
  DayFileReader reader{memory(line() + "\n"), "long", BadLine::refuse};
  OrderBook book;
  ASSERT_TRUE(reader.next(book));
  EXPECT_EQ(book.depth(), 30'000U);
}

TEST_P(FastLines, of_another_depth_or_symbol_than_expected_are_left) {
  BothWays plain;
  OrderBook book;
  const auto line = [](std::string_view symbol) {
    std::string text = book_line(1, R"(,"symbol":")" + std::string{symbol} + "\"");
    text.pop_back();
    return text;
  };
  EXPECT_TRUE(plain.read(line("A"), book, {.depth = 4, .symbol = "A"}));
  EXPECT_FALSE(plain.read(line("A"), book, {.depth = 6, .symbol = "A"}));
  EXPECT_FALSE(plain.read(line("A"), book, {.depth = 4, .symbol = "B"}));
  EXPECT_FALSE(plain.read(line("AB"), book, {.depth = 4, .symbol = "A"}));
  EXPECT_FALSE(plain.read(line("A"), book)) << "the first one";
  EXPECT_FALSE(plain.read(line("\\n"), book, {.symbol = "\\n"})) << "an escape";
}

/// A book whose prices are those of `prices_seed`: the same ones for the same seed.
std::string line_of(std::uint64_t prices_seed, std::mt19937_64& random, std::string_view blank) {
  std::mt19937_64 price_random{prices_seed};
  const std::string comma = "," + std::string{blank}, colon = ":" + std::string{blank};
  std::string prices, volumes;
  std::uint64_t price = 1000;
  for (int i = 0; i < 20; ++i) {
    price += 1 + price_random() % 50;
    prices += (i > 0 ? comma : "") + std::to_string(price);
    volumes += (i > 0 ? comma : "") + std::to_string(random() % 1000);
  }
  return "{\"date\"" + colon + "20190823" + comma + "\"time\"" + colon + "1" + comma +
         "\"prices\"" + colon + "[" + prices + "]" + comma + "\"volumes\"" + colon + "[" + volumes +
         "]}";
}

TEST_P(FastLines, that_repeat_prices_are_read_alike_whatever_stands_between) {
  std::mt19937_64 random{8};
  BothWays plain;
  OrderBook book;
  std::uint64_t seed = 0;
  for (int i = 0; i < 3000; ++i) {
    const bool calm = i / 500 % 2 == 0;  // else no prices come again, and it stops to look
    if (!calm || random() % 8 == 0) ++seed;
    const std::string line = line_of(seed, random, i % 97 == 0 ? " " : "");
    if (random() % 8 == 0) {
      std::string wrong = line;
      wrong.insert(wrong.find(random() % 2 == 0 ? "]," : "]}"), random() % 2 == 0 ? ",0" : "x");
      EXPECT_FALSE(plain.read(wrong, book));
    }
    ASSERT_TRUE(plain.read(line, book));
    const auto slow = slow_book(line);
    ASSERT_TRUE(slow && same_bits(*slow, book)) << line;
  }
  EXPECT_GT(plain.texts, 2000U);
}

TEST_P(FastLines, whose_prices_come_again_with_one_byte_changed_are_read_alike_or_left) {
  std::mt19937_64 random{8};
  BothWays plain;
  const std::string line = line_of(1, random, "");
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (const char other : std::string_view{"0,]. 7"}) {
      EXPECT_TRUE(is_taken(plain, line));
      std::string changed = line;
      changed[at] = other;
      (void)is_taken(plain, changed);
    }
  }
}

TEST_P(FastLines, change_nothing_in_what_a_reader_finds_in_a_file) {
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += book_line(2 * i, i % 7 == 0 ? R"(,"gap":true)" : "");
    text += i % 5 == 0 ? " " + book_line(2 * i + 1) : book_line(2 * i + 1, R"(,"x":1)");
    if (i % 11 == 0) text += "{\"date\":20190823,\"time\":1}\n";
  }
  std::string slow_text;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    slow_text += " " + text.substr(at, text.find('\n', at) + 1 - at);
  DayFileReader fast{memory(text), "b", BadLine::skip}, slow{memory(slow_text), "b", BadLine::skip};
  OrderBook book, slow_one;
  while (fast.next(book)) {
    ASSERT_TRUE(slow.next(slow_one));
    EXPECT_TRUE(same_bits(book, slow_one));
  }
  EXPECT_FALSE(slow.next(slow_one));
  EXPECT_EQ(fast.report().books, 100U);
  EXPECT_EQ(fast.report().skipped, slow.report().skipped);
  EXPECT_EQ(fast.report().first_skipped, slow.report().first_skipped);
}

INSTANTIATE_TEST_SUITE_P(, FastLines, testing::ValuesIn(instruction_sets()), target_name);

}  // namespace
}  // namespace obkit::store
