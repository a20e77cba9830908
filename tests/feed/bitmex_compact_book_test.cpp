// The fast way and simdjson's give the same frames. White space behind a message makes it
// simdjson's.
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "bitmex/bitmex.hpp"
#include "bitmex/rows.hpp"
#include "same_frame.hpp"

namespace obkit::feed::bitmex {
namespace {

const std::vector<std::string> compact_messages{
    R"({"table":"orderBookL2","action":"update","data":[{"symbol":"XBTUSD","id":8796782550,"side":"Buy","size":215600}]})",
    R"({"table":"orderBookL2","action":"delete","data":[{"symbol":"XBTUSD","id":1,"side":"Sell"},{"symbol":"XBTUSD","id":2,"side":"Buy"}]})",
    R"({"table":"orderBookL2","action":"insert","data":[{"symbol":"XBTUSD","id":234027076607,"side":"Buy","size":0,"price":32174.5,"timestamp":"2021-07-22T22:36:10.431Z","transactTime":"2021-07-22T22:36:10.430Z","pool":"Primary"},{"symbol":"ETHUSD","id":999999999999999999,"side":"Sell","size":999999999999999,"price":0.000000001,"timestamp":"2021-07-22T22:36:10.432Z","transactTime":"2021-07-22T22:36:10.432Z","pool":"Secondary"}]})",
    R"({"table":"orderBookL2","action":"delete","data":[{"symbol":"XBTUSD","id":3,"side":"Buy","price":999999999.999999999,"size":12,"timestamp":"2021-07-22T22:36:60.431Z"}]})",
    // What stands around the numbers is remembered: here it is as before, not as before, and
    // missing.
    R"({"table":"orderBookL2","action":"update","data":[{"symbol":"XBTUSD","id":5,"side":"Sell","size":7,"price":1.5,"timestamp":"2021-07-22T22:36:10.431Z","pool":"Primary"},{"symbol":"XBTUSD","id":6,"side":"Buy","size":70,"price":15,"timestamp":"2021-07-22T22:36:10.431Z","pool":"Primary"},{"symbol":"XBTUSD","id":6,"side":"Buy","size":70,"price":15,"pool":"Secondary"},{"symbol":"XBTUSD","id":6,"side":"Buy","size":70},{"symbol":"ETHUSD","id":6,"side":"Sell","price":5}]})",
    R"({"table":"orderBookL2","action":"update","data":[{"symbol":"XBTUSD","timestamp":"2021-07-22T22:36:11.000Z","id":5,"side":"Sell"},{"symbol":"XBTUSD","id":6,"side":"Buy"},{"symbol":"XBTUSD","id":6,"side":"Buy","pool":"Primary","price":15},{"symbol":"XBTUSD","id":6,"side":"Buy","price":15},{"symbol":"XBTUSD","id":7,"price":5,"side":"Sell","size":9,"transactTime":"2021-07-22T22:36:11.000Z"},{"symbol":"XBTUSD","id":7,"side":"Sell","symbol":"ETHUSD"}]})",
    R"({"table":"orderBookL2","action":"update","data":[{"size":1,"size":2,"price":1,"price":1.50,"side":"Buy","side":"Sell","id":0,"id":4,"symbol":"A","symbol":"B"}]})",
};

/// Whether the fast way takes it whole.
bool is_compact(const std::string& text) {
  Rows rows;
  return read_compact_book(text, rows);
}

TEST(CompactBook, takes_what_the_exchange_writes) {
  for (const std::string& text : compact_messages)
    EXPECT_EQ(is_compact(text), text.find(":60.") == std::string::npos) << text;
}

TEST(CompactBook, leaves_everything_else_to_simdjson) {
  for (const std::string change : {"\"id\":01",
                                   "\"id\":-1",
                                   "\"id\":1.0",
                                   "\"id\":1234567890123456789",
                                   "\"id\": 1",
                                   R"("id":1,"size":1.5)",
                                   R"("id":1,"size":1e3)",
                                   R"("id":1,"size":null)",
                                   R"("id":1,"size":-0)",
                                   R"("id":1,"price":1.)",
                                   R"("id":1,"price":01)",
                                   R"("id":1,"price":-1)",
                                   R"("id":1,"price":1e5)",
                                   R"("id":1,"price":1234567890)",
                                   R"("id":1,"price":1.0123456789)",
                                   R"("id":1,"pool":"a\u0062")",
                                   "\"id\":1,\"pool\":\"\xC3\xA9\"",
                                   "\"id\":1,\"pool\":\"\t\"",
                                   R"("id":1,"other":1)",
                                   R"("id":1,"timestamp":"2021-13-22T22:36:10.431Z")",
                                   "\"ID\":1",
                                   "\"id\":1,",
                                   ""}) {
    EXPECT_FALSE(is_compact(R"({"table":"orderBookL2","action":"update","data":[{"symbol":"X",)" +
                            change + R"(,"side":"Buy"}]})"))
        << change;
  }
  EXPECT_FALSE(is_compact(R"({"table":"orderBookL2","action":"update","data":[]})"));
  EXPECT_FALSE(is_compact(R"({"table":"orderBookL2","action":"partial","data":[{}]})"));
  EXPECT_FALSE(is_compact(""));
}

TEST(CompactBook, gives_the_frames_of_simdjson_also_for_messages_that_are_damaged) {
  std::mt19937 random{1};
  const std::string_view letters = "{}[]\",:.-+eE0123456789 \\nBuySell\t\x80\x01";
  const auto fast = venue().make_protocol({}), slow = venue().make_protocol({});
  for (int i = 0; i < 60'000; ++i) {
    const std::string text =
        damaged(compact_messages[random() % compact_messages.size()], letters, random);
    expect_same(fast->decode(text), slow->decode(text + " "), text);
    ASSERT_FALSE(testing::Test::HasFatalFailure());
  }
}

TEST(CompactBook, refuses_every_message_that_is_cut_short) {
  for (const std::string& text : compact_messages)
    for (std::size_t length = 0; length < text.size(); ++length)
      EXPECT_FALSE(is_compact(text.substr(0, length))) << length;
}

}  // namespace
}  // namespace obkit::feed::bitmex
