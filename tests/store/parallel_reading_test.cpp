#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include <gmock/gmock.h>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "test_input.hpp"

namespace obkit::store {
namespace {

/// All that a reader tells.
struct Told {
  std::string books;  ///< each as a line
  ReadReport report;
  bool lost_lines = false;
  std::string error;  ///< empty: it came to the end
};

Told read_all_of(std::unique_ptr<ByteSource> source, BadLine bad_line, std::size_t jobs) {
  DayFileReader reader{std::move(source), "books.txt", bad_line, 0, jobs};
  Told told;
  try {
    for (OrderBook book; reader.next(book);)
      append_book_line(told.books, {.time = book.time, .gap = book.gap}, book);
  } catch (const Error& error) {
    told.error = error.what();
    return told;
  }
  told.report = reader.report();
  told.lost_lines = reader.lost_lines();
  return told;
}

void expect_equal(const Told& told, const Told& wanted) {
  EXPECT_TRUE(told.books == wanted.books);
  EXPECT_EQ(told.error, wanted.error);
  EXPECT_EQ(told.lost_lines, wanted.lost_lines);
  EXPECT_EQ(told.report.books, wanted.report.books);
  EXPECT_EQ(told.report.skipped, wanted.report.skipped);
  EXPECT_EQ(told.report.first_skipped, wanted.report.first_skipped);
  EXPECT_EQ(told.report.torn, wanted.report.torn);
  EXPECT_EQ(told.report.crossed, wanted.report.crossed);
  EXPECT_EQ(told.report.time_went_back, wanted.report.time_went_back);
}

std::string other_depth(int time) {
  return "{\"date\":20190823,\"time\":" + std::to_string(time) +
         R"(,"prices":[100,101],"volumes":[1,2]})" + "\n";
}

/// Twelve thousand lines, 1.3 MB, of which some are not as the others: `oddities` in ten thousand.
std::string random_text(std::uint32_t seed, unsigned oddities) {
  std::mt19937 random{seed};
  std::string text;
  for (int i = 0; i < 12'000; ++i) {
    const int time = i % 60'000;
    const auto kind = random() % 10'000 < oddities ? random() % 9 : 9;
    if (kind == 0) text += "{\"date\":20190823}\n";
    if (kind == 1) text += "\n";
    if (kind == 2) text += other_depth(time);
    if (kind == 3) text += book_line(time, R"(,"symbol":"ETH")");
    if (kind == 4) text += book_line(time, R"(,"symbol":"XBT")");
    if (kind == 5) text += book_line(time, R"(,"gap":true)");
    if (kind == 6) text += book_line(std::max(time - 1000, 0));
    if (kind == 7) text += "{\"date\":2019082\n";
    if (kind == 8)
      text += book_line(time, ",\"note\":\"" + std::string(random() % 3000, 'x') + "\"");
    if (kind == 9) text += book_line(time);
  }
  return text;
}

TEST(ParallelReading, tells_what_one_thread_tells_of_whatever_lines) {
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    std::string text = random_text(seed, seed % 4 == 0 ? 0 : seed % 4 == 1 ? 1 : 30);
    if (seed % 3 == 1) text.pop_back();
    if (seed % 3 == 2) text.resize(text.size() - 20);
    for (const BadLine bad_line : {BadLine::refuse, BadLine::skip}) {
      const Told wanted = read_all_of(memory(text), bad_line, 1);
      for (const std::size_t jobs : {2U, 5U}) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", jobs " + std::to_string(jobs));
        expect_equal(read_all_of(memory(text, 70'000), bad_line, jobs), wanted);
      }
    }
  }
}

TEST(ParallelReading, finds_a_part_of_another_depth_or_symbol) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += book_line(i);
  for (int i = 0; i < 10'000; ++i) text += other_depth(i);
  for (const BadLine bad_line : {BadLine::refuse, BadLine::skip})
    expect_equal(read_all_of(memory(text), bad_line, 3), read_all_of(memory(text), bad_line, 1));
  std::string symbols;
  for (int i = 0; i < 10'000; ++i)
    symbols += book_line(i, i < 5'000 ? R"(,"symbol":"XBT")" : R"(,"symbol":"ETH")");
  for (const BadLine bad_line : {BadLine::refuse, BadLine::skip})
    expect_equal(read_all_of(memory(symbols), bad_line, 3),
                 read_all_of(memory(symbols), bad_line, 1));
}

TEST(ParallelReading, takes_a_line_that_is_longer_than_a_part) {
  const std::string longest = book_line(2, ",\"note\":\"" + std::string(1'000'000, 'x') + "\"");
  std::string text = book_line(1) + longest;
  for (int i = 3; i < 5'000; ++i) text += book_line(i);
  expect_equal(read_all_of(memory(text), BadLine::refuse, 2),
               read_all_of(memory(text), BadLine::refuse, 1));
}

TEST(ParallelReading, of_nothing_is_nothing) {
  const Told told = read_all_of(memory(""), BadLine::refuse, 4);
  EXPECT_EQ(told.books, "");
  EXPECT_EQ(told.error, "");
}

/// Lines, and then a disk that breaks.
class BrokenSource final : public ByteSource {
 public:
  explicit BrokenSource(std::string text) : text_{std::move(text)} {}

  std::size_t read(std::span<char> block) override {
    if (given_ == text_.size()) throw IoError{IoError::During::read, "books.txt", EIO};
    const std::size_t count = text_.copy(block.data(), block.size(), given_);
    given_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t given_ = 0;
};

TEST(ParallelReading, gives_all_whole_lines_before_a_disk_that_breaks) {
  std::string text;
  for (int i = 0; i < 9'000; ++i) text += book_line(i);
  text += book_line(9'000).substr(0, 40);
  const auto broken = [&] { return std::make_unique<BrokenSource>(text); };
  const Told told = read_all_of(broken(), BadLine::refuse, 3);
  expect_equal(told, read_all_of(broken(), BadLine::refuse, 1));
  EXPECT_EQ(std::count(told.books.begin(), told.books.end(), '\n'), 9'000);
  EXPECT_THAT(told.error, testing::HasSubstr("Input/output error"));
}

TEST(ParallelReading, may_be_left_before_its_end) {
  const std::string text = random_text(1, 0);
  for (int books = 0; books < 8'000; books += 1'999) {
    DayFileReader reader{memory(text), "books.txt", BadLine::refuse, 0, 4};
    OrderBook book;
    for (int i = 0; i < books; ++i) ASSERT_TRUE(reader.next(book));
  }
}

}  // namespace
}  // namespace obkit::store
