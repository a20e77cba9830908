#include "obkit/store/archive_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using Action = LevelChange::Action;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StrEq;

constexpr int minute = 60;

// Rows that Tardis' documentation shows, and what they mean.
TEST(ArchiveOfChanges, reads_every_column) {
  auto reader = archive_of(
      {change_header +
       "deribit,BTC-PERPETUAL,1585699200245000,1585699200355684,true,ask,6421.5,18640\n"
       "deribit,BTC-PERPETUAL,1585699200245000,1585699200355684,true,bid,6421.0,0.125\n"});
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, ArchiveEvent::Kind::updates);
  EXPECT_EQ(format_iso(event->received, 9), "2020-04-01T00:00:00.355684000Z");
  ASSERT_EQ(event->updates.size(), 1U);
  const BookUpdate& update = event->updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::image);
  EXPECT_EQ(update.symbol, "BTC-PERPETUAL");
  EXPECT_EQ(format_iso(*update.time, 6), "2020-04-01T00:00:00.245000Z");
  EXPECT_FALSE(update.continues);
  ASSERT_EQ(update.levels.size(), 2U);
  EXPECT_EQ(update.levels[0].action, Action::set);
  EXPECT_EQ(update.levels[0].side, Side::ask);
  EXPECT_EQ(update.levels[0].price, parse_price("6421.5"));
  EXPECT_EQ(update.levels[0].size, 18640);
  EXPECT_EQ(to_string(*update.levels[1].price), "6421.0") << "as it was written";
  EXPECT_EQ(update.levels[1].size, 0.125);
  EXPECT_FALSE(reader.next());
}

TEST(ArchiveOfChanges, a_level_is_its_price_on_its_side) {
  auto reader =
      archive_of({change_header + image_row(1, "bid", "9", "1") + image_row(1, "ask", "9.0", "1") +
                  image_row(1, "bid", "9.000", "0") + image_row(1, "bid", "-9", "1")});
  const auto event = reader.next();
  ASSERT_TRUE(event);
  const auto& levels = event->updates[0].levels;
  ASSERT_EQ(levels.size(), 4U);
  EXPECT_NE(levels[0].id, levels[1].id);
  EXPECT_EQ(levels[0].id, levels[2].id);
  EXPECT_NE(levels[0].id, levels[3].id);
}

TEST(ArchiveOfChanges, columns_may_come_in_any_order_with_others_between) {
  EXPECT_EQ(brief({"amount,note,price,side,symbol,is_snapshot,local_timestamp,timestamp,exchange\n"
                   "1,x,9,bid,XBTUSD,true,5,5,bitmex\n"}),
            "I+9");
}

TEST(ArchiveOfChanges, rows_that_share_both_times_are_one_message) {
  const std::string later = "bitmex,XBTUSD,2000000,3000000,false,ask,11,1\n";
  EXPECT_EQ(brief({change_header + image(1) + change_row(2, "bid", "8", "1") +
                   change_row(2, "ask", "10", "0") + later + change_row(3, "ask", "12", "1")}),
            "I+9-10 c+8-10 c-11 c-12");
}

TEST(ArchiveOfChanges, symbols_are_told_apart) {
  EXPECT_EQ(brief({change_header + image(1, "A") + image(1, "B") +
                   change_row(2, "bid", "8", "1", "A") + change_row(2, "bid", "7", "1", "B")}),
            "I+9-10 I+9-10 c+8 c+7");
}

TEST(ArchiveOfChanges, an_image_and_changes_in_one_message_are_two_updates_of_it) {
  EXPECT_EQ(brief({change_header + image(1) + change_row(1, "bid", "8", "1")}), "I+9-10|c+8");
}

TEST(ArchiveOfChanges, another_image_is_a_gap) {
  EXPECT_EQ(brief({change_header + image(1) + change_row(2, "bid", "8", "1") + image(3)}),
            "I+9-10 c+8 I+9-10");
}

TEST(ArchiveOfChanges, an_image_of_asks_is_completed_by_one_of_bids) {
  const std::string asks = image_row(1, "ask", "10", "1"), bids = image_row(3, "bid", "9", "1");
  EXPECT_EQ(brief({change_header + asks + bids}), "I-10 c+9");
  EXPECT_EQ(brief({change_header + asks + change_row(2, "ask", "11", "1") + bids}),
            "I-10 c-11 c+9");
  EXPECT_EQ(brief({change_header + image_row(1, "bid", "9", "1") + image_row(2, "ask", "10", "1")}),
            "I+9 c-10");
}

TEST(ArchiveOfChanges, an_image_is_completed_once) {
  const std::string asks = image_row(1, "ask", "10", "1"), bids = image_row(3, "bid", "9", "1");
  EXPECT_EQ(brief({change_header + asks + bids + image_row(4, "bid", "8", "1") +
                   image_row(5, "ask", "11", "1") + image_row(6, "ask", "12", "1")}),
            "I-10 c+9 I+8 c-11 I-12");
  EXPECT_EQ(brief({change_header + asks + image_row(2, "ask", "11", "1")}), "I-10 I-11");
  EXPECT_EQ(brief({change_header + asks + image(2)}), "I-10 I+9-10");
}

TEST(ArchiveOfChanges, a_message_does_not_end_with_the_block_that_is_read) {
  std::string text = change_header;
  for (int i = 0; i < 20'000; ++i) text += image_row(1, "bid", std::to_string(i) + ".5", "1");
  auto reader = archive_of({text + change_row(2, "bid", "1", "1")});
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->updates[0].levels.size(), 20'000U);
  EXPECT_EQ(reader.place().line, 20'001U) << "the last row of the message";
}

TEST(ArchiveOfChanges, a_day_that_follows_the_day_before_begins_with_an_image_that_continues) {
  const std::string first = change_header + image(1) + change_row(1000, "bid", "8", "1");
  EXPECT_EQ(brief({first, change_header + image(1000 + minute - 1)}), "I+9-10 c+8 C+9-10");
  EXPECT_EQ(brief({first, change_header + image(1000 + minute)}), "I+9-10 c+8 I+9-10");
  EXPECT_EQ(brief({first, change_header + image(999)}), "I+9-10 c+8 I+9-10");
}

TEST(ArchiveOfChanges, only_the_first_image_of_a_day_continues) {
  const std::string first = change_header + image(1);
  EXPECT_EQ(brief({first, change_header + image(2) + image(3)}), "I+9-10 C+9-10 I+9-10");
  EXPECT_EQ(brief({first, change_header + change_row(2, "bid", "8", "1") + image(3)}),
            "I+9-10 c+8 I+9-10");
}

TEST(ArchiveOfChanges, a_day_may_begin_with_asks_then_bids) {
  const std::string asks = image_row(2, "ask", "10", "1"), bids = image_row(3, "bid", "9", "1");
  EXPECT_EQ(brief({change_header + image(1), change_header + asks + bids}), "I+9-10 C-10 c+9");
  EXPECT_EQ(brief({change_header + asks, change_header + bids}), "I-10 C+9");
}

TEST(ArchiveOfChanges, days_of_several_symbols_follow_each_its_own) {
  EXPECT_EQ(brief({change_header + image(1, "A") + change_row(1000, "bid", "8", "1", "A"),
                   change_header + image(2, "B"), change_header + image(1001, "A"),
                   change_header + image(1002, "B")}),
            "I+9-10 c+8 I+9-10 C+9-10 I+9-10");
}

TEST(ArchiveOfChanges, changes_without_an_image_go_on_only_where_the_file_follows_closely) {
  const std::string first = change_header + image(1);
  EXPECT_EQ(brief({first, change_header + change_row(minute, "bid", "8", "1")}), "I+9-10 c+8");
  EXPECT_EQ(brief({first, change_header + change_row(minute + 1, "bid", "8", "1") + image(1000)}),
            "I+9-10 X c+8 I+9-10");
}

TEST(ArchiveOfChanges, an_exchange_must_not_change_under_a_symbol) {
  const std::string other = "okex,XBTUSD,9,9,true,bid,9,1\n";
  for (auto texts : {std::vector{change_header + image(1), change_header + other},
                     std::vector{change_header + image(1) + other}}) {
    auto reader = archive_of(texts);
    ASSERT_TRUE(reader.next());
    try {
      static_cast<void>(reader.next());
      FAIL();
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(),
                  testing::EndsWith("expected XBTUSD of bitmex as before, found that of okex"));
    }
  }
}

const std::string snapshot_header =
    "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,"
    "bids[0].amount,asks[1].price,asks[1].amount,bids[1].price,bids[1].amount\n";
std::string snapshot_row(int at, const std::string& levels = "10,1,9,2,11,3,8,4") {
  const std::string time = std::to_string(at) + "000000,";
  return "deribit,BTC," + time + time + levels + "\n";
}

TEST(ArchiveOfSnapshots, a_row_is_a_book_best_levels_first) {
  auto reader = archive_of({snapshot_header + snapshot_row(1)});
  const auto event = reader.next();
  ASSERT_TRUE(event);
  ASSERT_EQ(event->updates.size(), 1U);
  EXPECT_EQ(event->updates[0].symbol, "BTC");
  EXPECT_EQ(event->updates[0].time, parse_epoch_seconds("1"));
  EXPECT_EQ(event->received, parse_epoch_seconds("1"));
  EXPECT_EQ(brief(*event), "I+9+8-10-11");
  EXPECT_EQ(event->updates[0].levels[1].size, 4);
}

TEST(ArchiveOfSnapshots, rows_continue_and_so_does_a_file_that_follows_closely) {
  const std::string file = snapshot_header + snapshot_row(1) + snapshot_row(1000);
  EXPECT_EQ(brief({file, snapshot_header + snapshot_row(1000 + minute - 1)}),
            "I+9+8-10-11 C+9+8-10-11 C+9+8-10-11");
  EXPECT_EQ(brief({file, snapshot_header + snapshot_row(1000 + minute)}),
            "I+9+8-10-11 C+9+8-10-11 I+9+8-10-11");
}

TEST(ArchiveOfSnapshots, empty_cells_are_levels_that_are_not_there) {
  EXPECT_EQ(brief({snapshot_header + snapshot_row(1, "10,1,,,,,,") + snapshot_row(2, ",,9,1,,,,") +
                   snapshot_row(3, ",,,,,,,")}),
            "I-10 C+9 C");
}

TEST(ArchiveOfSnapshots, the_header_tells_how_many_levels_there_are) {
  EXPECT_EQ(brief({"exchange,symbol,timestamp,local_timestamp,bids[0].price,bids[0].amount,"
                   "asks[0].price,asks[0].amount,asks[0].orders\na,b,1,1,9,1,10,2,7\n"}),
            "I+9-10");
}

TEST(Archive, of_frames_has_frames_and_disconnects) {
  EXPECT_EQ(brief({"1.5\t{}\n\n2.5\tpong\n"}), "f({}) X f(pong)");
}

TEST(Archive, frames_go_on_in_a_file_that_follows_closely) {
  EXPECT_EQ(brief({"1\ta\n", "60.9\tb\n", "120.9\tc\n"}), "f(a) f(b) X f(c)");
  EXPECT_EQ(brief({"5\ta\n", "4\tb\n"}), "f(a) X f(b)");
  EXPECT_EQ(brief({"1\ta\n", "", "2\tb\n"}), "f(a) f(b)") << "a file without a line is nothing";
}

TEST(Archive, a_disconnect_of_its_own_is_enough) {
  EXPECT_EQ(brief({"1\ta\n", "\n100\tb\n"}), "f(a) X f(b)");
}

TEST(Archive, nothing_goes_on_in_another_layout) {
  EXPECT_EQ(brief({"1\ta\n", change_header + change_row(2, "bid", "9", "1"), "3\tb\n"}),
            "f(a) X c+9 X f(b)");
  EXPECT_EQ(brief({"1\ta\n", "", change_header + image(2)}), "f(a) X I+9-10");
}

TEST(Archive, a_disconnect_between_files_says_why) {
  auto reader = archive_of({"1\ta\n", "100\tb\n"});
  ASSERT_TRUE(reader.next());
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->text, "1 does not go on where the one before ended");
}

TEST(Archive, behind_a_torn_line_nothing_goes_on) {
  auto reader = archive_of({"1\ta\n2\t{\"b", "3\tc\n"});
  EXPECT_EQ(brief(reader), "f(a) X f(c)");
  EXPECT_THAT(reader.torn(), ElementsAre("0:2: the last line is torn, it is ignored"));
}

TEST(Archive, a_torn_row_takes_its_message_with_it) {
  const std::string whole = change_row(2, "bid", "8", "1"), last = change_row(2, "bid", "7", "100");
  for (std::size_t size = 1; size < last.size(); ++size) {
    auto reader = archive_of(
        {change_header + image(1) + whole + last.substr(0, size), change_header + image(3)});
    EXPECT_EQ(brief(reader), "I+9-10 X I+9-10") << last.substr(0, size);
    EXPECT_THAT(reader.torn(), ElementsAre("0:5: the last line is torn, it is ignored"));
  }
}

TEST(Archive, a_torn_snapshot_is_not_given_out) {
  const std::string row = snapshot_row(2);
  for (std::size_t size = 1; size < row.size(); ++size) {
    auto reader = archive_of({snapshot_header + snapshot_row(1) + row.substr(0, size)});
    EXPECT_EQ(brief(reader), "I+9+8-10-11");
    EXPECT_EQ(reader.torn().size(), 1U);
  }
}

TEST(Archive, a_torn_header_is_a_torn_line) {
  for (std::size_t size = 1; size < change_header.size(); ++size) {
    auto reader = archive_of({change_header.substr(0, size)});
    EXPECT_EQ(brief(reader), "");
    EXPECT_THAT(reader.torn(), ElementsAre("0:1: the last line is torn, it is ignored"));
  }
}

TEST(Archive, of_nothing_or_a_header_alone_has_no_events) {
  EXPECT_EQ(brief(std::vector<std::string>{}), "");
  EXPECT_EQ(brief({"", change_header, snapshot_header}), "");
  auto reader = archive_of({change_header});
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_THAT(reader.torn(), IsEmpty());
}

TEST(Archive, tolerates_quotes_line_ends_of_windows_and_empty_lines_at_the_end) {
  EXPECT_EQ(brief({"\"exchange\",symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\r\n"
                   "\"bitmex\",\"XBTUSD\",\"1\",1,\"true\",bid,\"9\",\"1\"\r\n\r\n\n"}),
            "I+9");
}

TEST(Archive, is_read_from_files_in_the_order_given) {
  const ScratchFolder folder;
  ArchiveReader reader{{folder.file("b", "1\ta\n"), folder.file("a", "2\tb\n")}};
  EXPECT_EQ(brief(reader), "f(a) f(b)");
  EXPECT_THAT(reader.place().name, StrEq(folder.path() + "/a"));
  EXPECT_EQ(reader.place().line, 1U);
}

}  // namespace
}  // namespace obkit::store
