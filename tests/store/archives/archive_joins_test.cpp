#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "archive_text.hpp"

namespace obkit::store {
namespace {

TEST(ArchiveOfChanges, a_day_that_follows_the_day_before_begins_with_an_image_that_continues) {
  const std::string first = change_header + image(1) + change_row(1000, "bid", "8", "1");
  EXPECT_EQ(brief({first, change_header + image(1000 + minute - 1)}), "I+9-10 c+8 C+9-10");
  EXPECT_EQ(brief({first, change_header + image(1000 + minute)}), "I+9-10 c+8 I+9-10");
  EXPECT_EQ(brief({first, change_header + image(999)}), "I+9-10 c+8 I+9-10");
}

TEST(ArchiveOfChanges, only_the_first_image_of_a_day_continues) {
  const std::string first = change_header + image(1);
  EXPECT_EQ(brief({first + change_row(1, "bid", "8", "1"), change_header + image(2) + image(3)}),
            "I+9-10|c+8 C+9-10 I+9-10");
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
  const std::string other = "okex,XBTUSD," + at_second(9) + "," + at_second(9) + ",true,bid,9,1\n";
  const std::string first = change_header + image(1);
  for (const auto& texts :
       {std::vector{first, change_header + other}, std::vector{first + other}}) {
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

TEST(ArchiveOfChanges, behind_a_disconnect_no_image_continues) {
  // B goes on in a file of A's that begins with a hole: its book was dropped with that of A.
  EXPECT_EQ(brief({change_header + image(1, "A") + image(1, "B"),
                   change_header + change_row(90, "bid", "8", "1", "A") +
                       change_row(90, "bid", "8", "1", "B"),
                   change_header + image(91, "B")}),
            "I+9-10 I+9-10 X c+8 c+8 I+9-10");
}

}  // namespace
}  // namespace obkit::store
