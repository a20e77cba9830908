#include "obkit/store/book_stream.hpp"

#include <functional>
#include <sys/stat.h>
#include <utility>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/store/compressed_sink.hpp"

#include "test_input.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;

struct Read {
  std::vector<std::size_t> inputs;
  std::vector<bool> gaps;
  ReadReport report;
};

Read read(const std::vector<std::string>& inputs, BadLine bad_line = BadLine::refuse) {
  BookStream stream{inputs, bad_line};
  Read result;
  for (OrderBook book; stream.next(book);) {
    result.inputs.push_back(stream.input_index());
    result.gaps.push_back(book.gap);
  }
  result.report = stream.report();
  return result;
}

/// Whether the second file continues the first.
bool continues(const std::string& first, const std::string& second) {
  const Read result = read({first, second}, BadLine::skip);
  EXPECT_EQ(result.gaps.size(), 2U);
  return !result.gaps.back();
}

TEST(BookStream, a_file_continues_the_one_before_within_a_minute_for_the_same_symbol) {
  const ScratchFolder folder;
  const auto first = folder.file("A_20190823.txt", book_line(before_midnight, "", last_day));
  const auto next = [&](const char* name, int time, const char* further = "") {
    return folder.file(name, book_line(time, further, next_day));
  };
  EXPECT_TRUE(continues(first, next("A_20190824.txt", after_midnight)));
  EXPECT_TRUE(continues(first, next("A_20190824.txt", 59499)));
  EXPECT_FALSE(continues(first, next("A_20190824.txt", 59500)));
  EXPECT_FALSE(continues(first, next("A_20190824.txt", 100000)));
  EXPECT_FALSE(continues(first, next("A_20190824.txt", after_midnight, ",\"gap\":true")));
  EXPECT_FALSE(continues(first, next("B_20190824.txt", after_midnight)));
  EXPECT_FALSE(continues(first, next("nameless", after_midnight)));
  EXPECT_FALSE(continues(next("A_20190824.txt", after_midnight), first)) << "time goes back";
}

TEST(BookStream, how_much_later_a_file_may_begin_can_be_said) {
  const ScratchFolder folder;
  const std::vector<std::string> inputs{
      folder.file("A_20190823.txt", book_line(before_midnight, "", last_day)),
      folder.file("A_20190824.txt", book_line(after_midnight, "", next_day))};
  const auto joins = [&](int seconds) {
    BookStream stream{inputs, BadLine::refuse, {}, std::chrono::seconds{seconds}};
    OrderBook book;
    EXPECT_TRUE(stream.next(book));
    EXPECT_TRUE(stream.next(book));
    return !book.gap;
  };
  EXPECT_FALSE(joins(0));
  EXPECT_FALSE(joins(1));  // it begins 1 s later
  EXPECT_TRUE(joins(2));
}

TEST(BookStream, nothing_continues_a_file_with_lost_lines_at_its_end) {
  const ScratchFolder folder;
  const auto next = folder.file("A_20190824.txt", book_line(after_midnight, "", next_day));
  const auto line = book_line(before_midnight, "", last_day);
  EXPECT_FALSE(continues(folder.file("A_20190823.txt", line + "{\"date\":"), next));
  EXPECT_FALSE(continues(folder.file("A_20190823.txt", line + "bad\n"), next));
  EXPECT_TRUE(continues(folder.file("A_20190823.txt", line), next));
}

TEST(BookStream, nothing_continues_a_compressed_file_that_ends_early) {
  const ScratchFolder folder;
  const auto next = folder.file("A_20190824.txt", book_line(after_midnight, "", next_day));
  const auto cut =
      folder.file("A_20190823.txt", cut_gzip(book_line(before_midnight, "", last_day)));
  EXPECT_FALSE(continues(cut, next));
  const Read result = read({cut});
  EXPECT_EQ(result.report.books, 1U) << "what is whole is kept";
  EXPECT_THAT(warnings(result.report),
              ElementsAre(cut + ": the compressed stream ends early, what is whole of it is kept"));
}

TEST(BookStream, a_file_without_books_between_two_changes_nothing) {
  const ScratchFolder folder;
  const auto first = folder.file("A_20190823.txt", book_line(before_midnight, "", last_day));
  const auto empty = folder.file("A_20190822.txt", "");
  const auto next = folder.file("A_20190824.txt", book_line(after_midnight, "", next_day));
  const Read result = read({empty, first, empty, next, empty});
  EXPECT_THAT(result.inputs, ElementsAre(1, 3));
  EXPECT_THAT(result.gaps, ElementsAre(false, false));
}

TEST(BookStream, leaves_the_first_book_as_it_is) {
  const ScratchFolder folder;
  EXPECT_THAT(read({folder.file("a", book_line(1))}).gaps, ElementsAre(false));
  EXPECT_THAT(read({folder.file("a", book_line(1, ",\"gap\":true"))}).gaps, ElementsAre(true));
  EXPECT_TRUE(read({}).gaps.empty());
}

TEST(BookStream, refuses_a_file_of_another_depth) {
  const ScratchFolder folder;
  const auto other =
      folder.file("b", "{\"date\":20190823,\"time\":2,\"prices\":[1,2],\"volumes\":[1,2]}\n");
  try {
    (void)read({folder.file("a", book_line(1)), other});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), other + ":1: key 'prices': expected 4 as in the books before, found 2");
  }
}

TEST(BookStream, names_the_inputs_without_a_book) {
  const ScratchFolder folder;
  const auto a = folder.file("a", book_line(1)), empty = folder.file("b", "");
  const auto bad = folder.file("c", "bad\n"), last = folder.file("d", "");
  BookStream stream{{a, empty, bad, a, last}, BadLine::skip};
  while (stream.next()) {
  }
  EXPECT_THAT(stream.without_books(), ElementsAre(empty, bad, last));
}

TEST(BookStream, reports_on_all_files) {
  const ScratchFolder folder;
  const auto a = folder.file("a", book_line(2) + book_line(1) + "{");
  const auto b = folder.file("b", "bad\n" + book_line(1) + "{");
  const ReadReport report = read({a, b}, BadLine::skip).report;
  EXPECT_EQ(report.books, 3U);
  EXPECT_THAT(warnings(report), ElementsAre(a + ":3: the last line is torn, it is ignored; " + b +
                                                ":3: the last line is torn, it is ignored",
                                            "1 malformed line skipped, the first: " + b +
                                                ":1:1: expected a JSON object, found b",
                                            "1 book older than the one before"));
}

TEST(BookStream, says_before_it_waits_for_a_pipe) {
  const ScratchFolder folder;
  const std::string pipe = folder.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  int end = ::open(pipe.c_str(), O_RDWR);
  const auto put = [&](const std::string& text) {
    ASSERT_EQ(::write(end, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  };
  put(book_line(1) + book_line(2));
  std::vector<std::function<void()>> steps{[] {},  // before the pipe is opened
                                           [&] { put(book_line(3).substr(0, 20)); },
                                           [&] { put(book_line(3).substr(20)); },
                                           [&] { ::close(std::exchange(end, -1)); }};
  std::size_t waits = 0;
  BookStream stream{{pipe}, BadLine::refuse, [&] { steps.at(waits++)(); }};
  OrderBook book;
  std::vector<std::size_t> waits_before;
  while (stream.next(book)) waits_before.push_back(waits);
  EXPECT_THAT(waits_before, ElementsAre(1, 1, 3));
  EXPECT_EQ(waits, steps.size());
}

TEST(BookStream, never_waits_for_a_file) {
  const ScratchFolder folder;
  BookStream stream{
      {folder.file("a", book_line(1) + book_line(2))}, BadLine::refuse, [] { FAIL(); }};
  OrderBook book;
  EXPECT_TRUE(stream.next(book));
  EXPECT_TRUE(stream.next(book));
  EXPECT_FALSE(stream.next(book));
}

TEST(BookStream, a_file_that_cannot_be_opened_is_an_io_error) {
  BookStream stream{{"/nonexistent/A_20190823.txt"}, BadLine::skip};
  OrderBook book;
  EXPECT_THROW((void)stream.next(book), IoError);
}

TEST(Warnings, name_crossed_books_and_are_none_where_all_was_well) {
  ReadReport report;
  report.books = 5;
  EXPECT_TRUE(warnings(report).empty());
  report.crossed = 5;
  EXPECT_THAT(warnings(report), ElementsAre("5 books crossed: best bid at or above best ask"));
}

TEST(BookStream, reads_a_large_compressed_file_whole_and_never_waits_for_it) {
  const ScratchFolder folder;
  const std::string path = folder.path() + "/large.txt.zst";
  constexpr int books = 40'000;  // 3 MB: decompressed on another thread
  {
    const auto sink = compressed(open_sink(path, Existing::refuse));
    for (int i = 0; i < books; ++i) sink->write(book_line(i));
    sink->close();
  }
  BookStream stream{{path}, BadLine::refuse, [] { FAIL() << "it waited"; }};
  int read = 0;
  for (OrderBook book; stream.next(book); ++read) ASSERT_EQ(book.time.time, read);
  EXPECT_EQ(read, books);
}

}  // namespace
}  // namespace obkit::store
