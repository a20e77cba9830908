#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;

std::string okx_line(const std::string& action, const std::string& asks, const std::string& bids,
                     const std::string& time = "1600000001000") {
  return R"({"instId":"BTC-USDT","action":")" + action + R"(","asks":[)" + asks + R"(],"bids":[)" +
         bids + R"(],"ts":")" + time + "\"}\n";
}

const std::string snapshot =
    okx_line("snapshot", R"(["10.5","1","2"],["11","3","1"])", R"(["9","2","1"])");

std::string found_in(const std::string& text) {
  const std::string problem = problem_of(text), before = ", found ";
  return problem.substr(std::min(problem.find(before) + before.size(), problem.size()));
}

TEST(ArchiveOfOkx, is_a_snapshot_and_what_changed_since) {
  auto reader = archive_of({snapshot + okx_line("update", "", R"(["9.5","0","0"])")});
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(brief(*event), "I-10.5-11+9");
  EXPECT_EQ(event->received, parse_epoch_seconds("1600000001"));
  EXPECT_EQ(event->updates[0].symbol, "BTC-USDT");
  EXPECT_EQ(event->updates[0].time, event->received);
  EXPECT_EQ(event->updates[0].levels[1].size, 3);
  EXPECT_EQ(brief(reader), "c+9.5");
}

TEST(ArchiveOfOkx, numbers_may_be_bare_and_keys_in_any_order) {
  EXPECT_EQ(brief({R"({"ts":1600000001000,"bids":[[9,2.5,1]],"asks":[[10.5,1,1]],)"
                   R"("instId":"A","action":"snapshot"})"
                   "\n"}),
            "I+9-10.5");
}

TEST(ArchiveOfOkx, the_next_day_goes_on_and_a_hole_is_a_disconnect) {
  const auto at = [](const char* time) {
    return okx_line("snapshot", R"(["10","1","2"])", R"(["9","2","1"])", time);
  };
  EXPECT_EQ(brief({at("1600000001000"), at("1600000060999")}), "I-10+9 C-10+9");
  EXPECT_EQ(brief({at("1600000001000"), at("1600000061000")}), "I-10+9 I-10+9");
  EXPECT_EQ(
      brief({at("1600000001000"), okx_line("update", R"(["11","1","1"])", "", "1600000061000")}),
      "I-10+9 X c-11");
}

TEST(ArchiveOfOkx, a_torn_line_ends_it) {
  auto reader = archive_of({snapshot + snapshot.substr(0, 40)});
  EXPECT_EQ(brief(reader), "I-10.5-11+9");
  EXPECT_THAT(reader.torn(), ElementsAre("0:2: the last line is torn, it is ignored"));
  EXPECT_EQ(brief({snapshot.substr(0, snapshot.size() - 1)}), "I-10.5-11+9");
}

TEST(ArchiveOfOkx, whatever_differs_from_what_is_known_is_refused) {
  const std::string good = R"(["10","1","2"])";
  EXPECT_EQ(found_in(snapshot + okx_line("partial", good, good)), "the action partial");
  EXPECT_EQ(found_in(snapshot + okx_line("update", R"(["10","1","0","2"])", "")),
            "a level of 4 items");
  EXPECT_EQ(found_in(snapshot + okx_line("update", R"(["10"])", "")), "a level of 1 item");
  EXPECT_EQ(found_in(snapshot + okx_line("update", R"(["x","1","2"])", "")), "the price x");
  EXPECT_EQ(found_in(snapshot + okx_line("update", R"(["10","-1","2"])", "")), "the size -1");
  EXPECT_EQ(found_in(snapshot + okx_line("update", "", "", "1600000001")),
            "the ts 1600000001: no milliseconds since 1970 from 2000 on");
  EXPECT_EQ(found_in(R"({"instId":"A","action":"snapshot","asks":[],"bids":[],"seqId":1})"
                     "\n"),
            "the key seqId");
  EXPECT_EQ(found_in(R"({"instId":"A","action":"snapshot","asks":[],"bids":[],"asks":[]})"
                     "\n"),
            "the key asks twice");
  EXPECT_EQ(found_in(R"({"instId":"A","action":"snapshot","asks":[],"bids":[]})"
                     "\n"),
            "none named ts");
  EXPECT_EQ(found_in(snapshot + "{}{}\n"), "more behind it");
  EXPECT_EQ(found_in(snapshot + "[1]\n"), "[1]");
  EXPECT_EQ(found_in(snapshot + "\n"), "");
}

TEST(ArchiveOfOkx, messages_of_its_socket_are_frames) {
  const std::string frame = R"({"arg":{"channel":"books","instId":"A"},"action":"update",)"
                            R"("data":[{"asks":[],"bids":[]}]})";
  EXPECT_EQ(brief({frame + "\n"}), "f(" + frame + ")");
}

}  // namespace
}  // namespace obkit::store
