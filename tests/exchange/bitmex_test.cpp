#include "venues/bitmex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obkit::exchange {

namespace {

const Timestamp time_ = *parse_iso("2026-06-01T12:00:00.125Z");
const Timestamp before = *parse_iso("2026-06-01T11:59:59.001Z");
const Row ask_row{70'000'000'001, Side::ask, Price::from_units(32'180'500'000'000, 1), 100, before};
const Row bid_row{70'000'000'002, Side::bid, Price::from_units(32'180'000'000'000, 0), 2500, time_};

TEST(BookFrame, a_partial_has_keys_types_and_filter_and_rows_of_the_2026_shape) {
  EXPECT_EQ(
      write_bitmex_frame({0, BookAction::partial, time_, {ask_row, bid_row}, {}},
                         {"XBTUSD", "Primary"}),
      R"({"table":"orderBookL2","action":"partial","keys":["symbol","id","side"],)"
      R"("types":{"symbol":"symbol","id":"long","side":"symbol","size":"long","price":"float",)"
      R"("timestamp":"timestamp","transactTime":"timestamp","pool":"symbol"},)"
      R"("filter":{"pool":"Primary","symbol":"XBTUSD"},"data":[)"
      R"({"symbol":"XBTUSD","id":70000000001,"side":"Sell","size":100,"price":32180.5,)"
      R"("timestamp":"2026-06-01T12:00:00.125Z","transactTime":"2026-06-01T11:59:59.001Z",)"
      R"("pool":"Primary"},)"
      R"({"symbol":"XBTUSD","id":70000000002,"side":"Buy","size":2500,"price":32180,)"
      R"("timestamp":"2026-06-01T12:00:00.125Z","transactTime":"2026-06-01T12:00:00.125Z",)"
      R"("pool":"Primary"}]})");
}

TEST(BookFrame, a_delete_has_no_size) {
  EXPECT_EQ(
      write_bitmex_frame({0, BookAction::remove, time_, {bid_row}, {}}, {"XBTUSD", "Aggregated"}),
      R"({"table":"orderBookL2","action":"delete","data":[)"
      R"({"symbol":"XBTUSD","id":70000000002,"side":"Buy","price":32180,)"
      R"("timestamp":"2026-06-01T12:00:00.125Z","transactTime":"2026-06-01T12:00:00.125Z",)"
      R"("pool":"Aggregated"}]})");
}

TEST(BookFrame, an_empty_partial_names_its_symbol_in_the_filter_alone) {
  const auto text = write_bitmex_frame({0, BookAction::partial, time_, {}, {}}, {"XBTUSD", ""});
  EXPECT_NE(text.find(R"("filter":{"symbol":"XBTUSD"},"data":[]})"), std::string::npos);
}

TEST(BookFrame, a_partial_of_all_symbols_has_no_symbol_in_its_filter) {
  const BookFrame image{0, BookAction::partial, time_, {bid_row}, {}};
  const auto text =
      write_bitmex_partial({image, image}, {{"XBTUSD", "Primary"}, {"ETHUSD", "Primary"}}, "");
  EXPECT_NE(text.find(R"("filter":{"pool":"Primary"},"data":[{"symbol":"XBTUSD")"),
            std::string::npos);
  EXPECT_NE(text.find(R"({"symbol":"ETHUSD")"), std::string::npos);
}

TEST(BookFrame, rows_alone_are_a_list) {
  EXPECT_EQ(write_bitmex_rows({0, BookAction::partial, time_, {}, {}}, {"XBTUSD", ""}), "[]");
}

using testing::ElementsAre;

const std::vector<Channel> channels{{"XBTUSD", "Primary"},    {"XBTUSD", "Secondary"},
                                    {"XBTUSD", "Aggregated"}, {"ETHUSD", "Primary"},
                                    {"ETHUSD", "Secondary"},  {"ETHUSD", "Aggregated"}};
const Timestamp now = *parse_epoch_seconds("1518064235");

class Talk : public testing::Test {
 protected:
  /// The only reply to `text`.
  std::string reply(std::string_view text) {
    outcome = conversation.receive(text, now);
    EXPECT_EQ(outcome.replies.size(), 1U);
    return outcome.replies.empty() ? "" : outcome.replies.front();
  }

  BitmexConversation conversation{
      channels, {"LAqUlngMIQkIUjXMUreyu3qn", "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"}};
  Outcome outcome;
};

TEST_F(Talk, begins_with_a_welcome) {
  EXPECT_EQ(BitmexConversation::welcome(now),
            R"({"info":"Welcome to the BitMEX Realtime API.","version":"2.0.0",)"
            R"("timestamp":"2018-02-08T04:30:35.000Z","docs":"https://www.bitmex.com/app/wsAPI",)"
            R"("heartbeatEnabled":false,"limit":{},"appName":"ws-feedhandler-obexchange"})");
}

TEST_F(Talk, acks_a_subscription_with_its_pool_and_the_request_as_it_was_sent) {
  EXPECT_EQ(reply(R"({"op": "subscribe", "args": ["orderBookL2:XBTUSD"]})"),
            R"({"success":true,"subscribe":"orderBookL2:XBTUSD",)"
            R"("request":{"op":"subscribe","args":["orderBookL2:XBTUSD"]},"pool":"Aggregated"})");
  ASSERT_EQ(outcome.subscribed.size(), 1U);
  EXPECT_THAT(outcome.subscribed.front().channels, ElementsAre(2));
}

TEST_F(Talk, takes_a_string_for_a_list_of_one_and_a_pool_as_third_field) {
  EXPECT_EQ(
      reply(R"({"op":"subscribe","args":"orderBookL2:ETHUSD:Primary"})"),
      R"({"success":true,"subscribe":"orderBookL2:ETHUSD",)"
      R"("request":{"op":"subscribe","args":"orderBookL2:ETHUSD:Primary"},"pool":"Primary"})");
  EXPECT_THAT(outcome.subscribed.front().channels, ElementsAre(3));
}

TEST_F(Talk, acks_each_topic_by_itself) {
  outcome = conversation.receive(
      R"({"op":"subscribe","args":["orderBookL2:XBTUSD","orderBookL2:ETHUSD"]})", now);
  EXPECT_EQ(outcome.replies.size(), 2U);
  EXPECT_EQ(outcome.subscribed.size(), 2U);
}

TEST_F(Talk, without_a_symbol_it_is_about_all_of_them) {
  EXPECT_THAT(reply(R"({"op":"subscribe","args":["orderBookL2::Secondary"]})"),
              testing::StartsWith(R"({"success":true,"subscribe":"orderBookL2",)"));
  EXPECT_THAT(outcome.subscribed.front().channels, ElementsAre(1, 4));
}

TEST_F(Talk, subscribes_by_url_with_a_string_as_the_argument) {
  outcome = conversation.open({now, "orderBookL2:XBTUSD:Primary,nothing:XBTUSD", {}});
  EXPECT_THAT(outcome.replies,
              ElementsAre(BitmexConversation::welcome(now),
                          R"({"success":true,"subscribe":"orderBookL2:XBTUSD","request":)"
                          R"({"op":"subscribe","args":"orderBookL2:XBTUSD:Primary"},)"
                          R"("pool":"Primary"})",
                          R"({"status":400,"error":"Unknown table: nothing. Please see the )"
                          R"(documentation at https://www.bitmex.com/app/wsAPI.","meta":{},)"
                          R"("request":{"op":"subscribe","args":"nothing:XBTUSD"}})"));
  EXPECT_EQ(conversation.open({now, "", {}}).replies.size(), 1U);
}

TEST_F(Talk, can_ack_the_credentials_of_the_upgrade_and_thereby_tells_them) {
  outcome = conversation.open({now, "", Claim{"key", "1518064236", "6d45"}});
  EXPECT_THAT(outcome.replies, ElementsAre(BitmexConversation::welcome(now),
                                           R"({"success":true,"request":{"op":"authKeyExpires",)"
                                           R"("args":["key",1518064236,"6d45"]}})"));
}

TEST_F(Talk, complains_of_the_rate_and_of_its_load_and_stays) {
  EXPECT_THAT(conversation.complain({.fault = Fault::too_many_requests}, now).replies,
              ElementsAre(R"({"status":429,"error":"Rate limit exceeded, retry in 1 seconds.",)"
                          R"("meta":{"retryAfter":1}})"));
  const auto overload = conversation.complain({.fault = Fault::maintenance}, now);
  EXPECT_THAT(overload.replies, ElementsAre(testing::HasSubstr(R"("status":503)")));
  EXPECT_FALSE(overload.close);
}

TEST_F(Talk, refuses_a_topic_twice_even_in_two_pools) {
  reply(R"({"op":"subscribe","args":["orderBookL2:XBTUSD"]})");
  EXPECT_THAT(reply(R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Primary"]})"),
              testing::StartsWith(R"({"status":400,"error":"You are already subscribed to this )"
                                  R"(topic: orderBookL2:XBTUSD.")"));
  EXPECT_TRUE(outcome.subscribed.empty());
}

TEST_F(Talk, refuses_unknown_symbols_and_pools) {
  EXPECT_THAT(reply(R"({"op":"subscribe","args":["orderBookL2:NOPE"]})"),
              testing::StartsWith(R"({"status":400,"error":"Unknown or expired symbol: NOPE.")"));
  EXPECT_THAT(
      reply(R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Third"]})"),
      testing::StartsWith(
          R"({"status":400,"error":"'pool' must be one of Primary/Secondary/Aggregated.")"));
}

TEST_F(Talk, unsubscribes_so_that_the_topic_is_free_again) {
  const auto* const subscribe = R"({"op":"subscribe","args":["orderBookL2:XBTUSD"]})";
  const auto* const unsubscribe = R"({"op":"unsubscribe","args":["orderBookL2:XBTUSD"]})";
  EXPECT_THAT(reply(unsubscribe), testing::StartsWith(R"({"status":400,"error":"Not subscribed)"));
  reply(subscribe);
  EXPECT_EQ(reply(unsubscribe), R"({"success":true,"unsubscribe":"orderBookL2:XBTUSD",)"
                                R"("request":{"op":"unsubscribe","args":["orderBookL2:XBTUSD"]}})");
  EXPECT_EQ(outcome.unsubscribed.size(), 1U);
  reply(subscribe);
  EXPECT_EQ(outcome.subscribed.size(), 1U);
}

TEST_F(Talk, answers_the_raw_text_ping_and_help_in_both_forms) {
  EXPECT_EQ(reply("ping"), "pong");
  EXPECT_EQ(reply("help"), BitmexConversation::help());
  EXPECT_EQ(reply("\"help\""), BitmexConversation::help());
  EXPECT_NE(BitmexConversation::help().find(R"("public":["orderBookL2","quote"])"),
            std::string::npos);
}

TEST_F(Talk, says_what_it_cannot_decode) {
  for (const char* text : {"{", "[]", "{}", "7", "\xff"})
    EXPECT_EQ(reply(text), R"({"status":400,"error":"Failed to decode incoming data.","meta":{}})");
  EXPECT_THAT(reply(std::string(20'000, 'x')), testing::HasSubstr("Message length too long"));
  EXPECT_THAT(reply(R"({"op":"dance"})"), testing::HasSubstr("Unrecognized op: dance."));
  for (const char* args : {"7", "[]", "[7]", "{}"})
    EXPECT_THAT(reply(std::string{R"({"op":"subscribe","args":)"} + args + "}"),
                testing::HasSubstr("'args' must be a topic or a list of topics."));
  EXPECT_THAT(reply(R"({"op":"subscribe"})"), testing::HasSubstr("'args' must be"));
}

TEST_F(Talk, accepts_a_signature_that_holds) {
  const std::string request =
      R"({"op":"authKeyExpires","args":["LAqUlngMIQkIUjXMUreyu3qn",1518064236,)"
      R"("6d459dc02866d35a2b965edeecc68063d488e296b77982235fc6eca24b934945"]})";
  EXPECT_EQ(reply(request), R"({"success":true,"request":)" + request + "}");
  EXPECT_FALSE(outcome.close);
}

TEST_F(Talk, answers_a_wrong_signature_and_hangs_up) {
  EXPECT_THAT(
      reply(R"({"op":"authKeyExpires","args":["LAqUlngMIQkIUjXMUreyu3qn",1518064236,"6d"]})"),
      testing::StartsWith(R"({"status":401,"error":"Signature not valid.")"));
  EXPECT_TRUE(outcome.close);
  EXPECT_THAT(reply(R"({"op":"authKeyExpires","args":["k","1518064236","6d"]})"),
              testing::HasSubstr("'args' must be [key, expires, signature]."));
}

TEST(Conversation, gives_the_only_channel_whatever_the_pool_and_tells_which_it_is) {
  const std::vector<Channel> legacy{{"XBTUSD", ""}};
  BitmexConversation conversation{legacy, {}};
  const auto outcome = conversation.open({now, "orderBookL2:XBTUSD:Primary", {}});
  EXPECT_EQ(outcome.subscribed.size(), 1U);
  EXPECT_EQ(outcome.replies.back().find(R"("pool":)"), std::string::npos);
}

TEST(BitmexQuote, is_of_the_best_level_of_a_pool) {
  TrueBook book;
  BookFrame image{0, BookAction::partial, time_, {ask_row, bid_row}, {}};
  Row other = bid_row;
  other.id += 1;
  image.rows.push_back(other);
  book.apply(image);
  EXPECT_EQ(BitmexProtocol{}.write_best(book, {"XBTUSD", "Primary"}),
            R"({"table":"quote","action":"insert","data":[{"timestamp":"2026-06-01T12:00:00.125Z",)"
            R"("symbol":"XBTUSD","bidSize":5000,"bidPrice":32180,"askPrice":32180.5,"askSize":100,)"
            R"("pool":"Primary"}]})");
}

}  // namespace

}  // namespace obkit::exchange
