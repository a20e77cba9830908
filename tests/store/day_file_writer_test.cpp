#include "obkit/store/day_file_writer.hpp"

#include <filesystem>
#include <fstream>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"

#include "recording.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DayFileWriterTest : public RecordingTest {
 protected:
  using RecordingTest::writer;
  DayFileWriter writer(Overlap overlap = Overlap::clamp, Flush flush = Flush::each_line) {
    DayFileOptions asked = options();
    asked.overlap = overlap;
    asked.flush = flush;
    return writer(asked);
  }
  void write(const OrderBook& book, Overlap overlap = Overlap::clamp) {
    auto out = writer(overlap);
    out.write(book);
    out.close();
  }
};

TEST(BookLine, has_the_bytes_that_the_format_says) {
  OrderBook book = book_at(20190823, 503531);
  book.recv = Timestamp{std::chrono::nanoseconds{1566555132345678901}};
  std::string line;
  append_book_line(line, {.time = book.time, .gap = true}, book);
  EXPECT_EQ(line,
            "{\"date\":20190823,\"time\":503531,\"prices\":[9.50,10,10.5,11],"
            "\"volumes\":[1,2.5,3,1e+15],\"recv\":1566555132345678901,\"gap\":true}\n");
  line.clear();
  book.recv.reset();
  append_book_line(line, {.time = book.time, .symbol = "XBTUSD"}, book);
  EXPECT_EQ(line,
            "{\"date\":20190823,\"time\":503531,\"prices\":[9.50,10,10.5,11],"
            "\"volumes\":[1,2.5,3,1e+15],\"symbol\":\"XBTUSD\"}\n");
}

TEST_F(DayFileWriterTest, begins_a_new_file_with_each_day_of_the_books) {
  auto out = writer();
  out.write(book_at(20190823, 235959999));
  out.write(book_at(20190824, 0));
  out.write(book_at(20190824, 1));
  out.write(book_at(20190826, 0));
  out.close();
  EXPECT_EQ(books_of(day_file(20190823)).size(), 1U);
  const auto second = books_of(day_file(20190824));
  ASSERT_EQ(second.size(), 2U);
  EXPECT_FALSE(second[0].gap) << "midnight is no gap";
  EXPECT_EQ(books_of(day_file(20190826)).size(), 1U);
  EXPECT_EQ(out.files(), 3U);
  EXPECT_EQ(out.books(), 4U);
  EXPECT_EQ(out.gaps(), 0U);
  ASSERT_EQ(opened_.size(), 3U);
  EXPECT_EQ(opened_[0].path, day_file(20190823).string());
}

TEST_F(DayFileWriterTest, each_line_is_with_the_kernel_before_write_returns) {
  auto out = writer();
  out.write(book_at(20190823, 1));
  EXPECT_EQ(books_of(day_file(20190823)).size(), 1U);
  out.write(book_at(20190823, 2));
  EXPECT_EQ(books_of(day_file(20190823)).size(), 2U);
}

TEST_F(DayFileWriterTest, blocks_come_with_the_end_of_a_day_and_with_close) {
  auto out = writer(Overlap::clamp, Flush::blocks);
  out.write(book_at(20190823, 1));
  EXPECT_EQ(fs::file_size(day_file(20190823)), 0U);
  out.write(book_at(20190824, 1));
  EXPECT_EQ(books_of(day_file(20190823)).size(), 1U);
  out.close();
  EXPECT_EQ(books_of(day_file(20190824)).size(), 1U);
}

TEST_F(DayFileWriterTest, times_never_go_back) {
  auto out = writer();
  for (const auto& [date, time] :
       {std::pair{20190823, 5}, {20190823, 4}, {20190824, 1}, {20190823, 235959999}, {20190824, 2}})
    out.write(book_at(date, time));
  out.close();
  EXPECT_EQ(out.clamped(), 2U);
  EXPECT_EQ(books_of(day_file(20190823))[1].time.time, 5);
  const auto second = books_of(day_file(20190824));
  ASSERT_EQ(second.size(), 3U) << "nothing returns to the day before";
  EXPECT_EQ(second[1].time, (DateTime{20190824, 1}));
  EXPECT_EQ(second[2].time, (DateTime{20190824, 2}));
}

TEST_F(DayFileWriterTest, a_restart_goes_on_in_the_same_file_with_a_gap) {
  write(book_at(20190823, 1));
  const std::string before = text_of(day_file(20190823));
  auto out = writer();
  out.write(book_at(20190823, 2));
  out.write(book_at(20190823, 3));
  out.close();
  EXPECT_TRUE(text_of(day_file(20190823)).starts_with(before));
  const auto books = books_of(day_file(20190823));
  ASSERT_EQ(books.size(), 3U);
  EXPECT_FALSE(books[0].gap);
  EXPECT_TRUE(books[1].gap);
  EXPECT_FALSE(books[2].gap);
  EXPECT_EQ(out.gaps(), 1U);
  EXPECT_TRUE(opened_.back().had_books);
}

TEST_F(DayFileWriterTest, a_restart_on_a_later_day_is_a_gap_too) {
  write(book_at(20190823, 1));
  write(book_at(20190825, 1));
  EXPECT_TRUE(books_of(day_file(20190825))[0].gap);
  write(book_at(20190820, 1));
  EXPECT_FALSE(books_of(day_file(20190820))[0].gap) << "nothing is before it";
}

TEST_F(DayFileWriterTest,
       writers_of_a_pool_know_the_files_of_before_also_when_some_are_taken_away) {
  for (const int day : {20190821, 20190822}) write(book_at(day, 1));
  DayFileOptions asked = options();
  asked.pool = std::make_shared<WriterPool>(8);
  const auto begins_with_gap = [&](int day) {
    auto out = writer(asked);
    out.write(book_at(day, 1));
    out.close();
    return books_of(day_file(day))[0].gap;
  };
  EXPECT_FALSE(begins_with_gap(20190820));
  EXPECT_TRUE(begins_with_gap(20190824));
  fs::remove(day_file(20190822));
  EXPECT_TRUE(begins_with_gap(20190823)) << "there is the 21st";
}

TEST_F(DayFileWriterTest, files_of_other_symbols_mean_no_restart) {
  std::ofstream{folder_ / "XBT_20190801.txt"} << "";
  std::ofstream{folder_ / "XBT_USD_USDT_20190801.txt"} << "";
  write(book_at(20190823, 1));
  EXPECT_FALSE(books_of(day_file(20190823))[0].gap);
}

TEST_F(DayFileWriterTest, does_not_go_behind_the_last_book_of_the_run_before) {
  write(book_at(20190823, 100));
  auto out = writer();
  out.write(book_at(20190823, 50));
  out.write(book_at(20190823, 200));
  out.close();
  EXPECT_EQ(out.clamped(), 1U);
  EXPECT_EQ(books_of(day_file(20190823))[1].time.time, 100);
}

TEST_F(DayFileWriterTest, refuses_to_write_the_same_time_twice_where_asked_to) {
  write(book_at(20190823, 100));
  try {
    write(book_at(20190823, 50), Overlap::refuse);
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(error.during(), IoError::During::create);
    EXPECT_THAT(error.what(), HasSubstr("holds books up to 2019-08-23T00:00:00.100Z already"));
  }
  EXPECT_EQ(books_of(day_file(20190823)).size(), 1U);
  write(book_at(20190823, 100), Overlap::refuse);
  EXPECT_EQ(books_of(day_file(20190823)).size(), 2U);
}

TEST_F(DayFileWriterTest, cuts_a_torn_line_off_at_whatever_byte_it_broke) {
  std::string line;
  append_book_line(line, {.time = {20190823, 2}}, book_at(20190823, 2));
  for (std::size_t length = 1; length + 1 < line.size(); ++length) {
    fs::remove(day_file(20190823));
    write(book_at(20190823, 1));
    std::ofstream{day_file(20190823), std::ios::app} << line.substr(0, length);
    write(book_at(20190823, 3));
    const auto books = books_of(day_file(20190823));
    ASSERT_EQ(books.size(), 2U);
    EXPECT_EQ(books[1].time.time, 3);
    EXPECT_TRUE(books[1].gap);
    EXPECT_EQ(opened_.back().cut_bytes, length);
  }
}

TEST_F(DayFileWriterTest, a_last_book_that_only_lacks_its_newline_is_kept) {
  write(book_at(20190823, 1));
  fs::resize_file(day_file(20190823), fs::file_size(day_file(20190823)) - 1);
  write(book_at(20190823, 3));
  EXPECT_EQ(books_of(day_file(20190823)).size(), 2U);
  EXPECT_EQ(opened_.back().cut_bytes, 0U);
}

TEST_F(DayFileWriterTest, a_file_of_nothing_but_a_torn_line_begins_anew) {
  std::ofstream{day_file(20190823)} << "{\"date\":2019";
  write(book_at(20190823, 1));
  ASSERT_EQ(books_of(day_file(20190823)).size(), 1U);
  EXPECT_FALSE(books_of(day_file(20190823))[0].gap);
  EXPECT_EQ(opened_.back().cut_bytes, 12U);
}

TEST_F(DayFileWriterTest, appends_to_files_of_long_lines_and_of_the_original) {
  const std::string spaces(200'000, ' ');
  std::ofstream{day_file(20190823)}
      << R"({"date": 20190823, "time": 7, )" << spaces
      << R"("prices": [9.5, 10.0, 10.5, 11.0], "volumes": [1, 2, 3, 4]})" << '\n';
  write(book_at(20190823, 1));
  const auto books = books_of(day_file(20190823));
  ASSERT_EQ(books.size(), 2U);
  EXPECT_EQ(books[1].time.time, 7) << "found the last time in a line longer than one read";
}

TEST_F(DayFileWriterTest,
       refuses_a_file_of_another_depth_or_day_or_one_that_only_is_called_compressed) {
  const auto refusal = [&](const std::string& problem) {
    try {
      write(book_at(20190823, 9));
      ADD_FAILURE() << problem;
    } catch (const IoError& error) {
      EXPECT_EQ(error.during(), IoError::During::create);
      EXPECT_THAT(error.what(), HasSubstr(problem));
    }
    fs::remove(day_file(20190823));
  };
  const std::string two = R"("prices":[1,2],"volumes":[1,1]})";
  std::ofstream{day_file(20190823)} << R"({"date":20190823,"time":1,)" << two << '\n';
  refusal("it holds books of depth 2");
  std::ofstream{day_file(20190823)}
      << R"({"date":20190901,"time":1,"prices":[1,2,3,4],"volumes":[1,1,1,1]})" << '\n';
  refusal("its last book is of another day");
  std::ofstream{day_file(20190823).string() + ".zst"} << "x";
  refusal("what is there is not compressed with zstd");
  fs::rename(day_file(20190823).string() + ".zst", day_file(20190823));
  std::ofstream{day_file(20190823)} << "\x28\xB5\x2F\xFD";
  refusal("what is there is compressed");
}

TEST_F(DayFileWriterTest, makes_the_folder_and_says_when_it_cannot) {
  DayFileWriter deep{{(folder_ / "a" / "b").string(), "X"}};
  deep.write(book_at(20190823, 1));
  EXPECT_TRUE(fs::exists(folder_ / "a" / "b" / "X_20190823.txt"));
  std::ofstream{folder_ / "file"} << "";
  DayFileWriter wrong{{(folder_ / "file").string(), "X"}};
  EXPECT_THROW(wrong.write(book_at(20190823, 1)), IoError);
}

TEST_F(DayFileWriterTest, a_full_disk_harms_no_line_that_was_written) {
  auto out = writer();
  int written = 0;
  try {
    const FileSizeLimit full{1000};
    for (;; ++written) out.write(book_at(20190823, written));
  } catch (const IoError& error) {
    EXPECT_EQ(error.during(), IoError::During::write);
    EXPECT_EQ(error.error_number(), EFBIG);
  }
  EXPECT_GT(written, 3);
  EXPECT_EQ(books_of(day_file(20190823)).size(), static_cast<std::size_t>(written));
  out.write(book_at(20190823, 900));
  EXPECT_EQ(books_of(day_file(20190823)).size(), static_cast<std::size_t>(written) + 1);
}

}  // namespace
}  // namespace obkit::store
