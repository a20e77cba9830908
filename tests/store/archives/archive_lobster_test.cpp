#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string messages =
    "34200.004241176,1,16113575,18,5853300,1\n34200.25,4,16113575,18,5853300,-1\n";
const std::string order_books =
    "5859400,200,5853300,18,5859800,300,5853000,150\n"
    "5859400,200,5853000,150,9999999999,0,-9999999999,0\n";

class ArchiveOfLobster : public testing::Test {
 protected:
  /// Paths of both files.
  std::pair<std::string, std::string> pair(const std::string& day = "2012-06-21",
                                           const std::string& message_rows = messages,
                                           const std::string& book_rows = order_books) {
    const std::string name = "AAPL_" + day + "_34200000_57600000_";
    return {folder_.file(name + "message_2.csv", message_rows),
            folder_.file(name + "orderbook_2.csv", book_rows)};
  }
  static std::string problem_of(const std::string& input) {
    try {
      ArchiveReader reader{{input}};
      return "nothing: " + brief(reader);
    } catch (const DataError& error) {
      return error.what();
    }
  }
  /// UTC, of the first book.
  static std::string begin_of(const std::string& input) {
    ArchiveReader reader{{input}};
    return format_iso(*reader.next()->received, 9);
  }

  ScratchFolder folder_;
};

TEST_F(ArchiveOfLobster, a_book_is_a_row_of_both_files) {
  const auto [message, order_book] = pair();
  for (const std::string& input : {message, order_book}) {
    ArchiveReader reader{{input}};
    const auto event = reader.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(brief(*event), "I-585.9400+585.3300-585.9800+585.3000");
    EXPECT_EQ(event->updates[0].symbol, "AAPL");
    EXPECT_EQ(to_string(*event->updates[0].levels[0].price), "585.9400");
    EXPECT_EQ(event->updates[0].levels[1].size, 18);
    EXPECT_EQ(event->updates[0].time, event->received);
    EXPECT_EQ(brief(reader), "C-585.9400+585.3000");
  }
}

TEST_F(ArchiveOfLobster, its_time_is_of_new_york_in_summer_and_winter) {
  EXPECT_EQ(begin_of(pair("2012-06-21").first), "2012-06-21T13:30:00.004241176Z");
  EXPECT_EQ(begin_of(pair("2012-12-21").first), "2012-12-21T14:30:00.004241176Z");
  // The second Sunday of March and the first of November, and the days of trade around them.
  EXPECT_EQ(begin_of(pair("2012-03-09").first), "2012-03-09T14:30:00.004241176Z");
  EXPECT_EQ(begin_of(pair("2012-03-12").first), "2012-03-12T13:30:00.004241176Z");
  EXPECT_EQ(begin_of(pair("2013-11-01").first), "2013-11-01T13:30:00.004241176Z");
  EXPECT_EQ(begin_of(pair("2013-11-04").first), "2013-11-04T14:30:00.004241176Z");
}

TEST_F(ArchiveOfLobster, both_files_are_read_once) {
  const auto [message, order_book] = pair();
  const std::vector<std::string> folder{folder_.path()}, both{order_book, message};
  const auto of_folder = expand_inputs(folder, FileKind::archive);
  EXPECT_THAT(of_folder, ElementsAre(message));
  EXPECT_THAT(expand_inputs(both, FileKind::archive), ElementsAre(order_book));
}

TEST_F(ArchiveOfLobster, without_its_other_file_says_which) {
  const auto [message, order_book] = pair();
  std::filesystem::remove(order_book);
  EXPECT_THROW((void)problem_of(message), IoError);
}

TEST_F(ArchiveOfLobster, newer_messages_have_a_seventh_cell) {
  EXPECT_EQ(problem_of(pair("2024-06-21", "34200.5,1,1,1,1,1,null\n", "20,1,10,1\n").first),
            "nothing: I-0.0020+0.0010");
}

TEST_F(ArchiveOfLobster, rows_that_do_not_pair_are_refused) {
  const auto [message, order_book] = pair("2012-06-21", messages + messages);
  EXPECT_EQ(problem_of(message),
            message + ":3: expected as many rows as in " + order_book + ", found more");
}

TEST_F(ArchiveOfLobster, a_torn_row_of_either_ends_it) {
  for (const bool message_is_torn : {true, false}) {
    const auto [message, order_book] =
        message_is_torn ? pair("2012-06-21", messages.substr(0, messages.size() - 5))
                        : pair("2012-06-21", messages, order_books.substr(0, 70));
    ArchiveReader reader{{message}};
    EXPECT_EQ(brief(reader), "I-585.9400+585.3300-585.9800+585.3000");
    EXPECT_THAT(reader.torn(), ElementsAre((message_is_torn ? message : order_book) +
                                           ":2: the last line is torn, it is ignored"));
  }
}

TEST_F(ArchiveOfLobster, names_the_cell_that_is_wrong) {
  const auto problem = [&](const std::string& message, const std::string& book) {
    const std::string text = problem_of(pair("2012-06-21", message + "\n", book + "\n").first);
    return text.substr(text.find("book_2.csv:") == text.npos ? text.find("message_2.csv:")
                                                             : text.find("book_2.csv:"));
  };
  const std::string good = "34200.5,1,1,1,1,1";
  EXPECT_EQ(problem("86400,1,1,1,1,1", "2,1,1,1"),
            "message_2.csv:1:1: expected seconds since midnight, below 86400, found 86400");
  EXPECT_EQ(
      problem("34200.5,1,1", "2,1,1,1"),
      "message_2.csv:1: expected time, type, order, size, price and direction, found 3 cells");
  EXPECT_EQ(problem(good, "2,1,1"),
            "book_2.csv:1: expected price and size of an ask and of a bid for each level, found 3 "
            "cells");
  EXPECT_EQ(problem(good, "2.5,1,1,1"),
            "book_2.csv:1:1: expected a price in ten-thousandths of a dollar, found 2.5");
  EXPECT_EQ(problem(good, "2,-1,1,1"), "book_2.csv:1:3: expected an amount >= 0, found -1");
}

TEST_F(ArchiveOfLobster, a_day_before_the_law_is_refused) {
  EXPECT_THAT(problem_of(pair("2006-06-21").first),
              HasSubstr("expected a day from 2007 on, found 2006-06-21"));
}

TEST_F(ArchiveOfLobster, a_name_that_tells_nothing_is_no_pair) {
  for (const char* name : {"message.csv", "AAPL_2012-06-21_34200000_57600000_message_x.csv",
                           "AAPL_2012-06-31_34200000_57600000_message_1.csv",
                           "_2012-06-21_34200000_57600000_message_1.csv"})
    EXPECT_THAT(problem_of(folder_.file(name, messages)),
                HasSubstr("found messages of LOBSTER under a name that does not tell"))
        << name;
}

}  // namespace
}  // namespace obkit::store
