#include "obkit/store/day_file_reader.hpp"

#include <random>

#include <gmock/gmock.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

#include "test_input.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;

DayFileReader reader_of(std::string text, BadLine bad_line = BadLine::refuse) {
  return {memory(std::move(text)), "books.txt", bad_line};
}

OrderBook only_book(std::string text) {
  DayFileReader reader = reader_of(std::move(text));
  OrderBook book;
  EXPECT_TRUE(reader.next(book));
  OrderBook other;
  EXPECT_FALSE(reader.next(other));
  return book;
}

TEST(DayFileReader, reads_what_obkit_writes) {
  const OrderBook book =
      only_book(book_line(101112345, R"(,"recv":1566555132345678901,"gap":true)"));
  EXPECT_EQ(book.time, (DateTime{.date = 20190823, .time = 101112345}));
  ASSERT_EQ(book.depth(), 4U);
  EXPECT_EQ(to_string(book.prices[0]), "99");
  EXPECT_EQ(to_string(book.prices[3]), "102.5");
  EXPECT_THAT(book.volumes, ElementsAre(1, 2.5, 3, 4));
  EXPECT_EQ(book.recv, Timestamp{std::chrono::nanoseconds{1566555132345678901}});
  EXPECT_TRUE(book.gap);
}

TEST(DayFileReader, reads_files_of_the_original) {
  const OrderBook book = only_book(
      "{\"date\": 20190823, \"time\": 503531, \"prices\": [32180.5, 32181.0], \"volumes\": "
      "[100, 2000]}\n");
  EXPECT_EQ(book.time.time, 503531);
  EXPECT_EQ(to_string(book.best_ask()), "32181.0");
  EXPECT_EQ(book.recv, std::nullopt);
  EXPECT_FALSE(book.gap);
}

TEST(DayFileReader, takes_any_key_order_white_space_and_further_keys) {
  const OrderBook book = only_book(
      " \t{ \"volumes\" : [ 1 , 2.0e1 ] , \"x\":{\"prices\":[null,true,[{}],\"\\u00e9\"]},"
      "\"prices\":[ -1 ,5e-1 ],\"y\":-0.5E+3, \"time\" :0,\"d\\u0061te\":19700101 , \"x\":[]\t} "
      "\r\n");
  EXPECT_THAT(book.volumes, ElementsAre(1, 20));
  EXPECT_EQ(to_string(book.best_bid()), "-1");
  EXPECT_EQ(to_string(book.best_ask()), "0.5");
}

TEST(DayFileReader, prices_are_exact_and_volumes_correctly_rounded) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 2000; ++i) {
    const double volume = static_cast<double>(random()) / static_cast<double>(1 + random() % 1000);
    std::string text = R"({"date":20190823,"time":0,"prices":[1,)";
    const auto price = Price::from_units(2'000'000'000 + static_cast<int>(random() % 1'000'000), 9);
    append_price(text, price);
    text += R"(],"volumes":[0,)";
    append_number(text, volume);
    const OrderBook book = only_book(text + "]}\n");
    EXPECT_EQ(book.best_ask(), price);
    EXPECT_EQ(book.volumes[1], volume);
  }
}

TEST(DayFileReader, gives_volumes_as_text_where_they_stand_as_they_are_written) {
  const std::vector<std::string> lines{
      R"({"date":20190823,"time":0,"prices":[1,2],"volumes":[5,17]})",
      R"({"date":20190823,"time":0,"prices":[1,2],"volumes":[5,17.5]})",
      R"({"date": 20190823, "time": 0, "prices": [1, 2], "volumes": [5, 17]})",
      R"({"date":20190823,"time":0,"volumes":[5,17],"prices":[1,2]})",
      R"({"date":20190823,"time":0,"prices":[1,2],"volumes":[9,0],"gap":true})",
  };
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  DayFileReader reader{memory(text), "books.txt", BadLine::refuse, 0, Volumes::text};
  std::vector<std::string> texts;
  std::vector<std::size_t> numbers;
  while (reader.next()) {
    texts.emplace_back(reader.volumes_text());
    numbers.push_back(reader.book().volumes.size());
  }
  EXPECT_THAT(texts, ElementsAre("5,17", "", "", "", "9,0"));
  EXPECT_THAT(numbers, ElementsAre(0, 2, 2, 2, 0));
}

TEST(DayFileReader, refuses_the_same_lines_when_volumes_are_text) {
  for (const char* volumes : {"1", "1,2,3", "1,-2", "01,2", "1,2,", "", "1,1e999", "1,x", "1;2"}) {
    const std::string text =
        R"({"date":20190823,"time":0,"prices":[1,2],"volumes":[)" + std::string{volumes} + "]}\n";
    std::vector<std::string> messages;
    for (const Volumes wanted : {Volumes::numbers, Volumes::text}) {
      DayFileReader reader{memory(text), "books.txt", BadLine::refuse, 0, wanted};
      try {
        EXPECT_FALSE(reader.next()) << text;
      } catch (const DataError& error) {
        messages.emplace_back(error.what());
      }
    }
    ASSERT_EQ(messages.size(), 2U) << text;
    EXPECT_EQ(messages[0], messages[1]);
  }
}

TEST(DayFileReader, marks_the_book_it_holds) {
  for (const char* blank : {"", " "}) {  // the fast way and the other
    DayFileReader reader = reader_of(blank + book_line(1) + blank + book_line(2));
    ASSERT_TRUE(reader.next());
    EXPECT_FALSE(reader.book().gap);
    reader.mark_gap();
    EXPECT_TRUE(reader.book().gap);
    ASSERT_TRUE(reader.next());
    EXPECT_FALSE(reader.book().gap);
  }
}

TEST(DayFileReader, an_empty_file_has_no_books) {
  DayFileReader reader = reader_of("");
  OrderBook book;
  EXPECT_FALSE(reader.next(book));
  EXPECT_TRUE(warnings(reader.report()).empty());
}

TEST(DayFileReader, a_last_line_without_newline_that_is_whole_is_a_book) {
  std::string line = book_line(1);
  line.pop_back();
  EXPECT_EQ(only_book(line).time.time, 1);
}

TEST(DayFileReader, a_torn_last_line_is_reported_and_ignored) {
  for (const char* torn :
       {"{", R"({"date":2019)", "\t", R"({"date":20190823,"x":{"y":1})", "\"}"}) {
    DayFileReader reader = reader_of(book_line(1) + torn);
    OrderBook book;
    EXPECT_TRUE(reader.next(book));
    EXPECT_FALSE(reader.next(book)) << torn;
    EXPECT_TRUE(reader.lost_lines());
    EXPECT_EQ(reader.report().torn, "books.txt:2: the last line is torn, it is ignored");
  }
}

TEST(DayFileReader, a_file_cut_at_any_byte_has_its_whole_books_and_says_what_is_torn) {
  const std::string line = book_line(101112345, R"(,"recv":1566555132345678901,"x":[{}])");
  const std::string text = line + line + line;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    DayFileReader reader = reader_of(text.substr(0, size));
    OrderBook book;
    std::size_t books = 0;
    while (reader.next(book)) ++books;
    EXPECT_EQ(books, (size + 1) / line.size()) << size;  // the newline may be missing
    EXPECT_EQ(reader.report().torn.has_value(), (size + 1) % line.size() > 1) << size;
  }
}

TEST(DayFileReader, a_whole_last_line_that_is_wrong_is_not_called_torn) {
  std::string line = book_line(1, R"(,"gap":1)");
  line.pop_back();
  DayFileReader reader = reader_of(line);
  OrderBook book;
  EXPECT_THROW((void)reader.next(book), DataError);
}

TEST(DayFileReader, skips_malformed_lines_counts_them_and_marks_the_gap) {
  DayFileReader reader =
      reader_of("\n" + book_line(1) + book_line(2) + "bad\n{}\n" + book_line(3), BadLine::skip);
  std::vector<bool> gaps;
  for (OrderBook book; reader.next(book);) gaps.push_back(book.gap);
  EXPECT_EQ(gaps, (std::vector<bool>{true, false, true}));
  EXPECT_FALSE(reader.lost_lines());
  EXPECT_EQ(reader.report().skipped, 3U);
  EXPECT_EQ(reader.report().first_skipped,
            "books.txt:1: expected a JSON object, found an empty line");
}

TEST(DayFileReader, counts_crossed_books_and_times_that_go_back) {
  const std::string crossed = R"({"date":20190823,"time":3,"prices":[1,5,5,6],"volumes":[1,1,1,1]})"
                              "\n";
  DayFileReader reader = reader_of(book_line(5) + crossed + book_line(3) + book_line(1));
  for (OrderBook book; reader.next(book);) EXPECT_FALSE(book.gap);
  EXPECT_EQ(reader.report().books, 4U);
  EXPECT_EQ(reader.report().crossed, 1U);
  EXPECT_EQ(reader.report().time_went_back, 2U);
}

TEST(DayFileReader, survives_each_flipped_bit) {
  const std::string text = book_line(101112345, R"(,"recv":1566555132345678901,"x":["\n",null])");
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string flipped = text + text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    DayFileReader reader = reader_of(flipped, BadLine::skip);
    std::uint64_t books = 0;
    for (OrderBook book; reader.next(book); ++books) {
      EXPECT_EQ(book.depth() % 2, 0U);
      EXPECT_EQ(book.depth(), book.volumes.size());
    }
    EXPECT_GE(books + reader.report().skipped, 1U);
  }
}

}  // namespace
}  // namespace obkit::store
