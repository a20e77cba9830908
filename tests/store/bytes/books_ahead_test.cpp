// Reading day-files with several threads: the same books, reports and errors as with one.
#include "lines/books_ahead.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"

#include "../test_input.hpp"

namespace obkit::store {
namespace {

/// All that a reader says of a text.
struct Outcome {
  std::vector<std::string> books;  ///< lines
  ReadReport report;
  std::string error;
  bool lost_lines = false;
};

std::string line_of(const OrderBook& book) {
  std::string line;
  append_book_line(line, {.time = book.time, .gap = book.gap}, book);
  if (book.recv) line += std::to_string(book.recv->time_since_epoch().count());
  return line;
}

using MakeSource = std::function<std::unique_ptr<ByteSource>()>;

Outcome read_all(const MakeSource& make, BadLine bad_line, std::size_t jobs,
                 std::size_t depth = 0) {
  Outcome outcome;
  DayFileReader reader{make(), "books.txt", bad_line, depth, Volumes::numbers, jobs};
  try {
    while (reader.next()) {
      if (outcome.books.size() % 1000 == 7) reader.mark_gap();
      outcome.books.push_back(line_of(reader.book()));
    }
    outcome.lost_lines = reader.lost_lines();
  } catch (const std::exception& error) {
    outcome.error = error.what();
  }
  outcome.report = reader.report();
  return outcome;
}

void expect_same(const MakeSource& make, std::size_t depth = 0) {
  for (const BadLine bad_line : {BadLine::refuse, BadLine::skip}) {
    const Outcome one = read_all(make, bad_line, 1, depth);
    for (const std::size_t jobs : {2U, 30U}) {
      const Outcome many = read_all(make, bad_line, jobs, depth);
      EXPECT_TRUE(many.books == one.books) << many.books.size() << " of " << one.books.size();
      EXPECT_EQ(many.error, one.error);
      EXPECT_EQ(many.lost_lines, one.lost_lines);
      EXPECT_EQ(many.report.books, one.report.books);
      EXPECT_EQ(many.report.skipped, one.report.skipped);
      EXPECT_EQ(many.report.first_skipped, one.report.first_skipped);
      EXPECT_EQ(many.report.torn, one.report.torn);
      EXPECT_EQ(many.report.crossed, one.report.crossed);
      EXPECT_EQ(many.report.time_went_back, one.report.time_went_back);
    }
  }
}

void expect_same(const std::string& text, std::size_t depth = 0) {
  expect_same([&] { return memory(text, 100'007); }, depth);
}

/// More than a few pieces.
constexpr int many = 6'500;

std::vector<std::string> lines() {
  std::vector<std::string> lines;
  for (int i = 0; i < many; ++i)
    lines.push_back(book_line(i, i % 500 == 3 ? R"(,"recv":1566555132345678901,"gap":true)" : ""));
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

TEST(BooksAhead, reads_what_one_thread_reads) {
  const std::string text = joined(lines());
  ASSERT_GT(text.size(), 2 * BooksAhead::piece_size);
  expect_same(text);
  expect_same(text, 4);
  expect_same(text, 6);  // none of them is as long as those of the file before
  expect_same(text.substr(0, text.size() - 1));
  expect_same("");
  expect_same(book_line(1));
}

TEST(BooksAhead, goes_on_line_by_line_behind_what_it_does_not_take) {
  const std::string depth_2 = R"({"date":20190823,"time":5,"prices":[9,10],"volumes":[1,2]})";
  const std::vector<std::string> odd = {
      "\n",
      "nonsense\n",
      depth_2 + "\n",
      R"({"date":20190823,"time":1,"prices":[99,100,101)"
      "\n",
      R"({"time":77,"date":20190823,"prices":[99,100,101,102.5],"volumes":[1,2.5,3,4]})"
      "\n",
      R"({"date":20190823,"time":77,"prices":[99,102,101,102.5],"volumes":[1,2.5,3,4]})"
      "\n",
      R"({"date":20190823,"time":1,"prices":[1,2,3,4],"volumes":[1,2,3,4],"symbol":"A"})"
      "\n",
      book_line(3, "", 20190822),
      std::string(2 * BooksAhead::piece_size, 'x') + "\n",
      std::string(10, '\0') + "\n"};
  std::mt19937 random{7};
  for (const std::string& line : odd) {
    auto text = lines();
    // One among good ones, then two, one of them the first of all.
    text[random() % text.size()] = line;
    expect_same(joined(text));
    text.front() = line;
    expect_same(joined(text));
  }
}

TEST(BooksAhead, takes_lines_that_end_as_windows_ends_them) {
  auto text = lines();
  for (std::string& line : text) line.insert(line.size() - 1, 1, '\r');
  expect_same(joined(text));
}

TEST(BooksAhead, tells_a_torn_end_and_a_cut_stream) {
  const std::string text = joined(lines());
  for (std::size_t size = text.size() - 120; size < text.size(); size += 37)
    expect_same(text.substr(0, size));
  const std::string cut = cut_gzip(text);
  expect_same([&] { return decompressed(memory(cut), "books.txt"); });
}

/// Gives a text, then fails.
class FailingSource final : public ByteSource {
 public:
  explicit FailingSource(std::string_view text) : text_{text} {}

  std::size_t read(std::span<char> block) override {
    if (text_.empty()) throw IoError{IoError::During::read, "books.txt", "the disk is gone"};
    const std::size_t count = std::min(block.size(), text_.size());
    std::copy_n(text_.begin(), count, block.begin());
    text_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view text_;
};

TEST(BooksAhead, passes_an_error_on_behind_the_books_before_it) {
  const std::string text = joined(lines());
  for (const std::size_t size :
       {text.size(), text.size() - 1, text.size() - 30, 2 * text.size() / 3, BooksAhead::piece_size,
        std::size_t{50}, std::size_t{0}})
    expect_same(
        [&] { return std::make_unique<FailingSource>(std::string_view{text}.substr(0, size)); });
}

/// Books without end, and who read them.
class EndlessSource final : public ByteSource {
 public:
  struct Log {
    std::set<std::thread::id> threads;
    std::size_t given = 0;
  };

  explicit EndlessSource(Log& log) : log_{log} {}

  std::size_t read(std::span<char> block) override {
    log_.threads.insert(std::this_thread::get_id());
    for (char& c : block) c = line_[log_.given++ % line_.size()];
    return block.size();
  }

 private:
  Log& log_;
  std::string line_ = book_line(1);
};

TEST(BooksAhead, is_a_bounded_number_of_pieces_ahead_and_ends_at_any_time) {
  EndlessSource::Log log;
  std::size_t taken = 0;
  {
    BooksAhead ahead{std::make_unique<EndlessSource>(log), 3};
    for (int i = 0; i < 20; ++i) taken += ahead.next()->size;
  }
  EXPECT_GT(log.threads.size(), 1U);
  EXPECT_LE(log.given, taken + 8 * BooksAhead::piece_size);
}

TEST(BooksAhead, needs_no_thread_for_what_is_small) {
  EndlessSource::Log log;
  BooksAhead ahead{std::make_unique<EndlessSource>(log), 3};
  EXPECT_GT(ahead.next()->count, 0U);
  EXPECT_EQ(log.threads, std::set{std::this_thread::get_id()});
}

}  // namespace
}  // namespace obkit::store
