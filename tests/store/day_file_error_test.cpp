// Every reason for which a line of a day-file is refused, by its message.
#include <gmock/gmock.h>

#include "obkit/core/error.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "test_input.hpp"

namespace obkit::store {
namespace {

/// The message for a line that stands behind a good one of depth 4.
std::string message(const std::string& line) {
  DayFileReader reader{memory(book_line(1) + line + "\n"), "b", BadLine::refuse};
  OrderBook book;
  EXPECT_TRUE(reader.next(book));
  try {
    EXPECT_TRUE(reader.next(book));
  } catch (const DataError& error) {
    EXPECT_EQ(error.place().line, 2U);
    return error.what();
  }
  return "no error";
}

/// A line with one of the four values replaced.
std::string with(std::string_view key, std::string_view value) {
  const auto pick = [&](std::string_view name, std::string_view usual) {
    return "\"" + std::string{name} + "\":" + std::string{name == key ? value : usual};
  };
  return "{" + pick("date", "20190823") + "," + pick("time", "1") + "," +
         pick("prices", "[1,2,3,4]") + "," + pick("volumes", "[1,2,3,4]") + "}";
}

TEST(DayFileError, what_is_no_json_object) {
  EXPECT_EQ(message(""), "b:2: expected a JSON object, found an empty line");
  EXPECT_EQ(message("  "), "b:2: expected a JSON object, found an empty line");
  EXPECT_EQ(message(" [1]"), "b:2:2: expected a JSON object, found [");
  EXPECT_EQ(message("hello"), "b:2:1: expected a JSON object, found h");
  EXPECT_EQ(message("{\"date\":1"),
            "b:2: expected a JSON object that ends with }, found something else at the end of the "
            "line");
  EXPECT_EQ(message("{\"date\":\"1}"),
            "b:2: expected a closing double quote, found the end of the line");
  EXPECT_EQ(message("{\"x\":\"\xFF\"}"), "b:2: expected UTF-8 text, found other bytes");
  EXPECT_EQ(message("{\"x\":\"\x01\"}"),
            "b:2: expected control characters to be escaped, found one in a string");
}

TEST(DayFileError, json_that_is_broken_is_named_by_its_column) {
  EXPECT_EQ(message("{\"date\":20190823 \"time\":1}"), "b:2:18: expected , or }, found \"");
  EXPECT_EQ(message("{\"prices\":[1 2]}"), "b:2:14: expected , or ], found 2");
  EXPECT_EQ(message("{\"prices\":[1,2}"), "b:2:15: expected , or ], found }");
  EXPECT_EQ(message("{date:1}"), "b:2:2: expected a key in double quotes, found d");
  EXPECT_EQ(message("{\"date\":20190823,}"), "b:2:18: expected a key in double quotes, found }");
  EXPECT_EQ(message("{\"date\" 1}"), "b:2:2: expected a key and a colon behind it, found \"");
  EXPECT_EQ(message("{\"\\x\":1}"), "b:2:2: expected a key of valid text, found \"");
  EXPECT_EQ(message("{} {}"), "b:2:4: expected the end of the line, found {");
  EXPECT_EQ(message("{\"x\":{\"y\":1}"), "b:2:13: expected , or }, found the end of the line");
}

TEST(DayFileError, a_further_key_without_a_json_value) {
  constexpr const char* problem = "b:2: key 'x': expected a JSON value, at most 64 deep";
  for (const char* value : {"nan", "01", "[1,]", "[}", "{\"y\"}", R"("\q")", "tru", ",", "[1 2]"})
    EXPECT_EQ(message("{\"x\":" + std::string{value} + ",\"date\":1}"), problem) << value;
  EXPECT_EQ(message("{\"\\u001b[2J\":nan}"),
            "b:2: key '?[2J': expected a JSON value, at most 64 deep");
  EXPECT_EQ(message("{\"x\":" + std::string(100'000, '[') + "}"), problem);
}

TEST(DayFileError, keys_that_are_missing_or_come_again) {
  EXPECT_EQ(message("{}"), "b:2: expected the key 'date'");
  EXPECT_EQ(message("{\"date\":20190823,\"prices\":[1,2,3,4],\"volumes\":[1,2,3,4]}"),
            "b:2: expected the key 'time'");
  EXPECT_EQ(message("{\"date\":20190823,\"date\":20190823}"),
            "b:2: expected the key 'date' once, found it again");
}

TEST(DayFileError, dates_and_times) {
  EXPECT_EQ(message(with("date", "\"x\"")),
            "b:2: key 'date': expected a date YYYYMMDD, found \"x\"");
  for (const char* date : {"20190229", "20191301", "0", "-1", "99999999999", "2019.5", "null"})
    EXPECT_EQ(message(with("date", date)),
              "b:2: key 'date': expected a date YYYYMMDD, found " + std::string{date});
  for (const char* time : {"240000000", "6000000", "60000", "-1", "1e3", "[", "true"})
    EXPECT_EQ(message(with("time", time)),
              "b:2: key 'time': expected a time of day HHMMSSmmm, found " + std::string{time});
}

/// Nothing is known of dates yet, but that 0 is none.
TEST(DayFileError, a_date_in_the_first_line) {
  for (const char* date : {"0", "20190229"}) {
    DayFileReader reader{memory(with("date", date) + "\n"), "b", BadLine::refuse};
    OrderBook book;
    EXPECT_THROW((void)reader.next(book), DataError) << date;
  }
}

TEST(DayFileError, prices_that_are_no_prices) {
  EXPECT_EQ(message(with("prices", "5")), "b:2: key 'prices': expected a list of prices, found 5");
  EXPECT_EQ(message(with("prices", "[1,2,3,\"4\"]")),
            "b:2: key 'prices', item 4: expected a price, found \"4\"");
  EXPECT_EQ(message(with("prices", "[NaN,2,3,4]")),
            "b:2: key 'prices', item 1: expected a price, found NaN");
  EXPECT_EQ(message(with("prices", "[1,2,3,]")),
            "b:2: key 'prices', item 4: expected a price, found ]");
  EXPECT_EQ(message(with("prices", "[1,2,3,9000000000]")),
            "b:2: key 'prices', item 4: expected a price of at most nine decimals within "
            "±4611686018, found 9000000000");
  EXPECT_EQ(message(with("prices", "[" + std::string(50, '1') + "]")),
            "b:2: key 'prices', item 1: expected a price of at most nine decimals within "
            "±4611686018, found " +
                std::string(40, '1') + "…");
}

TEST(DayFileError, prices_that_would_have_to_be_rounded) {
  for (const std::string price : {"0.0000016401", "1.6401e-6", "0.12345678912"}) {
    EXPECT_EQ(message(with("prices", "[" + price + ",2,3,4]")),
              "b:2: key 'prices', item 1: expected a price of at most nine decimals within "
              "±4611686018, found " +
                  price);
  }
  EXPECT_EQ(message(with("prices", "[0.30000000000000004,2,3,4]")), "no error")
      << "the noise of a binary float, as files of the original have it";
}

TEST(DayFileError, prices_that_do_not_ascend_on_a_side) {
  EXPECT_EQ(message(with("prices", "[61784.6,61783.9,61785,61786]")),
            "b:2: key 'prices', item 2: expected a price above 61784.6, found 61783.9");
  EXPECT_EQ(message(with("prices", "[1,2,4.0,4]")),
            "b:2: key 'prices', item 4: expected a price above 4.0, found 4");
  EXPECT_EQ(message(with("prices", "[1,3,2,4]")), "no error") << "crossed is legal";
}

TEST(DayFileError, volumes_that_are_no_volumes) {
  EXPECT_EQ(message(with("volumes", "{}")),
            "b:2: key 'volumes': expected a list of volumes, found {");
  for (const char* volume : {"-5", "NaN", "-Infinity", "1e999", "\"1\"", "null", "0x1"})
    EXPECT_EQ(message(with("volumes", "[1,2,3," + std::string{volume} + "]")),
              "b:2: key 'volumes', item 4: expected a volume >= 0, found " + std::string{volume});
}

TEST(DayFileError, counts_that_do_not_agree) {
  EXPECT_EQ(message(with("prices", "[]")),
            "b:2: key 'prices': expected at least one bid and one ask, found none");
  EXPECT_EQ(message(with("prices", "[1,2,3]")),
            "b:2: key 'prices': expected as many bids as asks, found 3");
  EXPECT_EQ(message(with("prices", "[1,2]")),
            "b:2: key 'prices': expected 4 as in the books before, found 2");
  EXPECT_EQ(message(with("volumes", "[1,2,3]")),
            "b:2: key 'volumes': expected 4, as many as prices, found 3");
}

TEST(DayFileError, optional_keys_of_another_type) {
  const std::string book = with("", "");
  const auto also = [&](const std::string& key) {
    return message(book.substr(0, book.size() - 1) + "," + key + "}");
  };
  EXPECT_EQ(also("\"recv\":1.5"), "b:2: key 'recv': expected nanoseconds since 1970, found 1.5");
  EXPECT_EQ(also("\"gap\":1"), "b:2: key 'gap': expected true or false, found 1");
  EXPECT_EQ(also("\"symbol\":1"), "b:2: key 'symbol': expected a text, found 1");
}

TEST(DayFileError, books_of_two_symbols_in_one_stream) {
  DayFileReader reader{memory(book_line(1, R"(,"symbol":"A")") + book_line(2, R"(,"symbol":"B")")),
                       "b", BadLine::skip};
  OrderBook book;
  EXPECT_TRUE(reader.next(book));
  EXPECT_FALSE(reader.next(book));
  EXPECT_EQ(reader.report().first_skipped,
            "b:2: key 'symbol': expected books of one symbol, A, found B");
}

}  // namespace
}  // namespace obkit::store
