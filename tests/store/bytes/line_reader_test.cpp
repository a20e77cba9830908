#include "obkit/store/line_reader.hpp"

#include <cstring>
#include <vector>

#include <gmock/gmock.h>

#include "../test_input.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;

std::vector<std::string> lines_of(std::string text, std::size_t block) {
  LineReader reader{memory(std::move(text), block), "x"};
  std::vector<std::string> lines;
  while (const auto line = reader.next()) lines.emplace_back(*line);
  EXPECT_EQ(reader.line_number(), lines.size());
  return lines;
}

TEST(LineReader, cuts_the_same_lines_from_blocks_of_any_size) {
  for (std::size_t block = 1; block < 12; ++block)
    EXPECT_THAT(lines_of("one\n\ntwo\r\nthree", block), ElementsAre("one", "", "two", "three"));
}

TEST(LineReader, calls_what_is_no_text_by_its_name) {
  const auto problem_of = [](std::string bytes) -> std::string {
    try {
      return std::to_string(lines_of(std::move(bytes), 100).size()) + " lines";
    } catch (const DataError& error) {
      return error.what();
    }
  };
  using namespace std::string_literals;
  const std::string expected =
      "x:1: expected lines of text, plain or packed by gzip or zstd, found ";
  EXPECT_EQ(problem_of("\xFD\x37zXZ\0\n"s), expected + "xz, which unxz unpacks");
  EXPECT_EQ(problem_of("PK\x03\x04\n"), expected + "zip, which unzip unpacks");
  EXPECT_EQ(problem_of("\x93NUMPY\x01"), expected + "an array of NumPy (.npy)");
  EXPECT_EQ(problem_of("\xEF\xBB\xBF{}\n"),
            expected + "UTF-8 with a byte order mark, which is to go");
  for (const std::string& start : {"\xFF\xFE{\0"s, "\xFE\xFF\0{"s})
    EXPECT_EQ(problem_of(start),
              expected + "UTF-16, which iconv -f UTF-16 -t UTF-8 turns into text");
  for (const std::string& start : {"{\0}\0\n\0"s, "\0{\0}\0\n"s})
    EXPECT_EQ(problem_of(start), expected + "UTF-16 without a byte order mark");
  EXPECT_EQ(problem_of("\n\xFD\x37zXZ\n"), "2 lines") << "only the first line tells";
}

TEST(LineReader, finds_nothing_in_nothing_and_one_empty_line_in_a_newline) {
  EXPECT_THAT(lines_of("", 10), ElementsAre());
  EXPECT_THAT(lines_of("\n", 10), ElementsAre(""));
}

TEST(LineReader, says_whether_the_last_line_was_ended) {
  LineReader reader{memory("a\nb"), "x"};
  EXPECT_EQ(reader.next(), "a");
  EXPECT_TRUE(reader.line_was_ended());
  EXPECT_EQ(reader.next(), "b");
  EXPECT_FALSE(reader.line_was_ended());
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(LineReader, reads_only_when_no_whole_line_is_left) {
  auto source = std::make_unique<MemorySource>("a\nb\nc", 4);
  const MemorySource& watched = *source;
  LineReader reader{std::move(source), "x"};
  EXPECT_FALSE(reader.holds_line());
  EXPECT_EQ(reader.next(), "a");
  EXPECT_TRUE(reader.holds_line());
  EXPECT_EQ(reader.next(), "b");
  EXPECT_FALSE(reader.holds_line());
  EXPECT_EQ(watched.reads(), 1);
  EXPECT_EQ(reader.next(), "c");
  EXPECT_EQ(watched.reads(), 3);
}

TEST(LineReader, gives_a_line_again_that_was_put_back) {
  for (const std::string& last : {std::string{"b"}, std::string(300'000, 'b')}) {
    for (const char* end : {"", "\r\n"}) {
      LineReader reader{memory("a\n" + last + end), "x"};
      EXPECT_EQ(reader.next(), "a");
      reader.put_back();
      EXPECT_EQ(reader.next(), "a");
      EXPECT_EQ(reader.line_number(), 1U);
      EXPECT_EQ(reader.next(), last);
      reader.put_back();
      EXPECT_EQ(reader.next(), last);
      EXPECT_EQ(reader.line_number(), 2U);
      EXPECT_FALSE(reader.next());
    }
  }
}

TEST(LineReader, has_readable_bytes_behind_every_line) {
  LineReader reader{memory(std::string(500'000, 'x') + "\ny"), "x"};
  const std::string zeros(LineReader::padding, '\0');
  EXPECT_EQ(reader.next()->size(), 500'000U);
  const auto last = reader.next();
  ASSERT_TRUE(last);
  EXPECT_EQ(std::memcmp(last->data() + last->size(), zeros.data(), zeros.size()), 0);
}

TEST(LineReader, refuses_a_line_that_is_too_long) {
  for (const bool ended : {false, true}) {
    LineReader reader{memory("ok\n" + std::string(101, 'x') + (ended ? "\n" : "")), "x", 100};
    EXPECT_EQ(reader.next(), "ok");
    try {
      (void)reader.next();
      FAIL();
    } catch (const DataError& error) {
      EXPECT_STREQ(error.what(), "x:2: expected a line of at most 100 bytes, found a longer one");
    }
  }
}

}  // namespace
}  // namespace obkit::store
