#include "obkit/store/archive_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StrEq;

TEST(ArchiveOfSnapshots, a_row_is_a_book_best_levels_first) {
  auto reader = archive_of({snapshot_header + snapshot_row(1)});
  const auto event = reader.next();
  ASSERT_TRUE(event);
  ASSERT_EQ(event->updates.size(), 1U);
  EXPECT_EQ(event->updates[0].symbol, "BTC");
  EXPECT_EQ(event->updates[0].time, parse_epoch_seconds("1600000001"));
  EXPECT_EQ(event->received, parse_epoch_seconds("1600000001"));
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
                   "asks[0].price,asks[0].amount,asks[0].orders\na,b," +
                   at_second(1) + "," + at_second(1) + ",9,1,10,2,7\n"}),
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
  const std::string first_file = change_header + image(1) + whole;
  const std::string second_file = change_header + image(3);
  for (std::size_t size = 1; size < last.size(); ++size) {
    auto reader = archive_of({first_file + last.substr(0, size), second_file});
    EXPECT_EQ(brief(reader), "I+9-10 X I+9-10") << last.substr(0, size);
    EXPECT_THAT(reader.torn(), ElementsAre("0:5: the last line is torn, it is ignored"));
  }
}

TEST(Archive, whose_compressed_stream_ends_early_says_so_though_no_line_is_torn) {
  const std::string told = "0: the compressed stream ends early, what is whole of it is kept";
  const auto brief_of = [&](const std::string& text) {
    ArchiveReader reader{
        {"0"}, [&](const std::string& name) { return decompressed(memory(cut_gzip(text)), name); }};
    const std::string events = brief(reader);
    EXPECT_THAT(reader.torn(), testing::ElementsAre(told));
    return events;
  };
  // Nobody knows what else the last message of a table had.
  EXPECT_EQ(brief_of(change_header + image(1) + change_row(2, "bid", "8", "1")), "I+9-10");
  EXPECT_EQ(brief_of(snapshot_header + snapshot_row(1)), "I+9+8-10-11");
  EXPECT_EQ(brief_of("1626993367.5: {}\n"), "f({})");
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

TEST(Archive, names_the_inputs_that_hold_nothing) {
  auto reader = archive_of({"", "1\ta\n", "\n", change_header, snapshot_header + "\n", "1\t{"});
  EXPECT_EQ(brief(reader), "f(a) X");
  EXPECT_THAT(reader.empty(),
              ElementsAre("0: nothing is in it", "2: nothing is in it",
                          "3: no row is under its header", "4: no row is under its header"));
}

TEST(Archive, tolerates_quotes_line_ends_of_windows_and_empty_lines_at_the_end) {
  EXPECT_EQ(brief({"\"exchange\",symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\r\n"
                   "\"bitmex\",\"XBTUSD\",\"" +
                   at_second(1) + "\"," + at_second(1) + ",\"true\",bid,\"9\",\"1\"\r\n\r\n\n"}),
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
