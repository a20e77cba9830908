#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using testing::HasSubstr;

const std::string header =
    "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,"
    "ts_in_delta,sequence,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_ct_00,ask_ct_00,bid_px_01,"
    "ask_px_01,bid_sz_01,ask_sz_01,bid_ct_01,ask_ct_01,symbol\n";

/// Received half a millisecond after the event. `levels`: bid, ask and their sizes, twice.
std::string row(int at, int flags, const std::string& levels, const std::string& symbol = "ESH1",
                const std::string& publisher = "1") {
  const std::string time = std::to_string(1'600'000'000 + at);
  return time + "000500000," + time + "000000000,10," + publisher + ",5482,A,B,0,9,1," +
         std::to_string(flags) + ",1,2," + levels + "," + symbol + "\n";
}

const std::string whole =
    "3702250000000,3702750000000,18,13,10,13,3702000000000,3703000000000,31,"
    "15,18,16";
const std::string plain =
    "3702.250000000,3702.750000000,18,13,10,13,3702.000000000,3703.0,31,15,18,16";
const std::string one_level = "9223372036854775807,3702750000000,0,13,0,13,,,0,0,0,0";

TEST(ArchiveOfDatabento, a_row_is_a_book_with_whole_or_plain_prices) {
  for (const std::string& levels : {whole, plain}) {
    auto reader = archive_of({header + row(1, 128, levels)});
    const auto event = reader.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(brief(*event), "I+3702.25+3702-3702.75-3703");
    EXPECT_EQ(event->updates[0].symbol, "ESH1");
    EXPECT_EQ(event->updates[0].time, parse_epoch_seconds("1600000001"));
    EXPECT_EQ(event->received, parse_epoch_seconds("1600000001.0005"));
    EXPECT_EQ(to_string(*event->updates[0].levels[0].price), "3702.25");
    EXPECT_EQ(to_string(*event->updates[0].levels[1].price), "3702");
    EXPECT_EQ(event->updates[0].levels[2].size, 13);
  }
}

TEST(ArchiveOfDatabento, no_level_between_others_may_be_missing) {
  std::string holed = header;
  holed.replace(holed.find("bid_px_00"), 9, "bid_px_02");
  EXPECT_THAT(problem_of(holed + row(1, 128, whole)), HasSubstr("expected the column bid_px_00"));
}

TEST(ArchiveOfDatabento, times_may_be_iso_8601) {
  std::string line = row(1, 128, plain);
  line.replace(0, 39, "2020-12-28T13:00:00.006001487Z,2020-12-28T13:00:00.006000001Z");
  auto reader = archive_of({header + line});
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(format_iso(*event->received, 9), "2020-12-28T13:00:00.006001487Z");
  EXPECT_EQ(format_iso(*event->updates[0].time, 9), "2020-12-28T13:00:00.006000001Z");
}

TEST(ArchiveOfDatabento, levels_without_a_price_are_not_there) {
  EXPECT_EQ(brief({header + row(1, 128, one_level)}), "I-3702.75");
}

TEST(ArchiveOfDatabento, of_an_event_only_the_last_row_is_a_book) {
  EXPECT_EQ(brief({header + row(1, 0, one_level) + row(1, 0, one_level) + row(1, 130, whole) +
                   row(1, 128, one_level)}),
            "I+3702.25+3702-3702.75-3703 C-3702.75");
  EXPECT_EQ(brief({header + row(1, 0, one_level) + row(1, 0, whole) + row(2, 0, one_level)}),
            "I+3702.25+3702-3702.75-3703 C-3702.75")
      << "nothing is marked, so the times tell";
}

TEST(ArchiveOfDatabento, a_row_that_is_maybe_bad_loses_the_book) {
  auto reader = archive_of({header + row(1, 128, whole) + row(2, 132, whole)});
  ASSERT_TRUE(reader.next());
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->updates[0].lost, "its row is marked as maybe bad (flags)");
}

TEST(ArchiveOfDatabento, without_names_symbols_are_numbers) {
  std::string head = header, line = row(1, 128, whole);
  head.replace(head.find(",symbol"), 7, "");
  line.replace(line.find(",ESH1"), 5, "");
  auto reader = archive_of({head + line});
  EXPECT_EQ(reader.next()->updates[0].symbol, "5482");
}

TEST(ArchiveOfDatabento, two_publishers_of_a_symbol_are_no_book) {
  EXPECT_EQ(problem_of(header + row(1, 128, whole) + row(2, 128, whole, "ESH1", "2")),
            "0:3: expected ESH1 of 1 as before, found that of 2");
  EXPECT_EQ(brief({header + row(1, 128, whole) + row(2, 128, one_level, "X", "2")}),
            "I+3702.25+3702-3702.75-3703 I-3702.75");
}

TEST(ArchiveOfDatabento, a_torn_row_costs_the_event_that_it_may_belong_to) {
  const std::string torn = row(1, 128, one_level).substr(0, 60);
  EXPECT_EQ(brief({header + row(1, 128, whole) + torn}), "I+3702.25+3702-3702.75-3703");
  EXPECT_EQ(brief({header + row(1, 0, whole) + torn}), "");
}

TEST(ArchiveOfDatabento, names_the_cell_that_is_wrong) {
  const auto replaced = [](const std::string& from, const std::string& to) {
    std::string line = row(1, 128, whole);
    return problem_of(header + line.replace(line.find(from), from.size(), to));
  };
  EXPECT_THAT(replaced("1600000001000500000", "1600000001"),
              HasSubstr("0:2:1: expected nanoseconds since 1970 or a time as 2024-"));
  EXPECT_THAT(replaced(",128,", ",256,"), HasSubstr("expected flags from 0 to 255, found 256"));
  EXPECT_THAT(replaced("3702250000000", "9223372036854775806"),
              HasSubstr("expected a price in billionths within ±4611686018000000000"));
  EXPECT_THAT(replaced("3702250000000", "x"), HasSubstr("expected a price, found x"));
  std::string head = header;
  head.replace(head.find("ask_sz_01"), 9, "other____");
  EXPECT_EQ(problem_of(head), "0:1: expected the column ask_sz_01, found none");
}

}  // namespace
}  // namespace obkit::store
