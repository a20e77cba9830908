#include <gtest/gtest.h>

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using Action = LevelChange::Action;

// Rows that Tardis' documentation shows, and what they mean.
TEST(ArchiveOfChanges, reads_every_column) {
  auto reader = archive_of(
      {change_header +
       "deribit,BTC-PERPETUAL,1585699200245000,1585699200355684,true,ask,6421.5,18640\n"
       "deribit,BTC-PERPETUAL,1585699200245000,1585699200355684,true,bid,6421.0,0.125\n"});
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, ArchiveEvent::Kind::updates);
  EXPECT_EQ(format_iso(*event->received, 9), "2020-04-01T00:00:00.355684000Z");
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
                   "1,x,9,bid,XBTUSD,true," +
                   at_second(5) + "," + at_second(5) + ",bitmex\n"}),
            "I+9");
}

TEST(ArchiveOfChanges, rows_that_were_received_at_once_are_one_message) {
  const std::string later =
      "bitmex,XBTUSD," + at_second(2) + "," + at_second(3) + ",false,ask,11,1\n";
  EXPECT_EQ(brief({change_header + image(1) + change_row(2, "bid", "8", "1") +
                   change_row(2, "ask", "10", "0") + later + change_row(3, "ask", "12", "1")}),
            "I+9-10 c+8-10 c-11-12");
}

TEST(ArchiveOfChanges, a_message_of_two_times_of_the_exchange_bears_the_later_one) {
  const auto row = [](int time, const std::string& price) {
    return "bitmex,XBTUSD," + at_second(time) + "," + at_second(9) + ",false,ask," + price + ",1\n";
  };
  auto reader = archive_of({change_header + image(1) + row(5, "11") + row(7, "12") + row(6, "13")});
  ASSERT_TRUE(reader.next());
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(brief(*event), "c-11-12-13");
  EXPECT_EQ(event->updates[0].time, parse_epoch_seconds("1600000007"));
}

TEST(ArchiveOfChanges, a_feed_of_whole_books_goes_on_from_one_to_the_next) {
  EXPECT_EQ(brief({change_header + image(1) + image(2) + image(3)}), "I+9-10 C+9-10 C+9-10");
  EXPECT_EQ(brief({change_header + image(1) + image(62) + image(121)}), "I+9-10 I+9-10 C+9-10")
      << "a hole of a minute";
  EXPECT_EQ(
      brief({change_header + image(1) + image(2) + change_row(3, "bid", "8", "1") + image(4)}),
      "I+9-10 C+9-10 c+8 I+9-10")
      << "one that sends changes, too, had a reason to begin anew";
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

}  // namespace
}  // namespace obkit::store
