#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "archive_text.hpp"

namespace obkit::store {
namespace {

/// What is wrong with the archive.
std::string problem_of(const std::string& text) {
  try {
    auto reader = archive_of({text});
    while (reader.next()) continue;
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing";
}

/// The same of a row under a header of changes.
std::string problem_of_row(const std::string& row) { return problem_of(change_header + row); }

TEST(ArchiveError, names_the_column_that_is_missing) {
  for (const std::string column : {"exchange", "symbol", "timestamp", "local_timestamp",
                                   "is_snapshot", "side", "price", "amount"}) {
    std::string header = "," + change_header;
    header.replace(header.find("," + column), column.size() + 1, ",other");
    EXPECT_EQ(problem_of(header.substr(1)), "0:1: expected the column " + column + ", found none");
  }
}

TEST(ArchiveError, names_the_level_that_is_missing) {
  const std::string head = "exchange,symbol,timestamp,local_timestamp,";
  EXPECT_EQ(problem_of(head + "asks[0].price,asks[0].amount,bids[0].price\n"),
            "0:1: expected the column bids[0].amount, found none");
  EXPECT_EQ(problem_of(head + "asks[0].price,asks[0].amount,bids[0].price,bids[0].amount,"
                              "asks[2].price,asks[2].amount,bids[2].price,bids[2].amount\n"),
            "0:1: expected the column bids[1].price, found none");
}

TEST(ArchiveError, names_a_column_that_comes_twice) {
  EXPECT_EQ(problem_of("price,price\n"), "0:1: expected each column once, found price again");
}

TEST(ArchiveError, names_line_and_column_of_a_malformed_cell) {
  EXPECT_EQ(problem_of_row(",XBTUSD,1,1,true,bid,9,1\n"), "0:2:1: expected a text, found nothing");
  EXPECT_EQ(problem_of_row("bitmex,,1,1,true,bid,9,1\n"), "0:2:8: expected a text, found nothing");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1.5,1,true,bid,9,1\n"),
            "0:2:15: expected microseconds since 1970, found 1.5");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1,,true,bid,9,1\n"),
            "0:2:17: expected microseconds since 1970, found nothing");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1,1,True,bid,9,1\n"),
            "0:2:19: expected true or false, found True");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1,1,true,buy,9,1\n"),
            "0:2:24: expected bid or ask, found buy");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1,1,true,bid,nan,1\n"),
            "0:2:28: expected a price, found nan");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1,1,true,bid,9,-1\n"),
            "0:2:30: expected an amount >= 0, found -1");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1,1,true,bid,9,\n"),
            "0:2:30: expected an amount >= 0, found nothing");
}

TEST(ArchiveError, refuses_times_and_prices_out_of_range) {
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,9000000000000001,1,true,bid,9,1\n"),
            "0:2:15: expected microseconds since 1970, found 9000000000000001");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,-1,1,true,bid,9,1\n"),
            "0:2:15: expected microseconds since 1970, found -1");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1,1,true,bid,4611686019,1\n"),
            "0:2:28: expected a price within ±4611686018, found 4611686019");
}

TEST(ArchiveError, counts_the_cells_of_a_row) {
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD\n"), "0:2: expected 8 cells as in the header, found 2");
  EXPECT_EQ(problem_of_row("bitmex,XBTUSD,1,1,true,bid,9,1,\n"),
            "0:2: expected 8 cells as in the header, found 9");
}

TEST(ArchiveError, finds_quotes_that_are_not_closed_or_not_followed_by_a_comma) {
  EXPECT_EQ(problem_of_row("bitmex,\"XBTUSD\n"),
            "0:2:9: expected closing quotes behind, found XBTUSD");
  EXPECT_EQ(problem_of_row("bitmex,\"XBT\"USD,1\n"),
            "0:2:13: expected a comma behind quotes, found USD,1");
  EXPECT_EQ(problem_of_row("\"\n"), "0:2:2: expected closing quotes behind, found nothing");
}

TEST(ArchiveError, an_empty_line_stands_only_at_the_end) {
  EXPECT_EQ(problem_of(change_header + image(1) + "\n\n" + image(2)),
            "0:4: expected a row, found an empty line");
}

TEST(ArchiveError, half_a_level_of_a_snapshot_is_malformed) {
  const std::string header =
      "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,"
      "bids[0].amount\n";
  EXPECT_EQ(problem_of(header + "a,b,1,1,10,,9,1\n"),
            "0:2:12: expected an amount >= 0, found nothing");
  EXPECT_EQ(problem_of(header + "a,b,1,1,,5,9,1\n"), "0:2:9: expected a price, found nothing");
}

TEST(ArchiveError, what_is_in_no_layout_is_refused_by_its_first_line) {
  for (const std::string text : {"{\"table\":\"orderBookL2\"}\n", "hello\n", "a b,c\n", "17\n"}) {
    EXPECT_TRUE(problem_of(text).starts_with("0:1: expected '2021-07-22T22:36:07.865Z FRAME', "))
        << text;
  }
}

}  // namespace
}  // namespace obkit::store
