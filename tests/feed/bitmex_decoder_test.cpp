#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitmex/bitmex.hpp"

namespace obkit::feed::bitmex {
namespace {

using namespace std::chrono_literals;
using Action = LevelChange::Action;
using Kind = Frame::Kind;
using testing::ElementsAre;

// Messages as the exchange sent them, shortened.
constexpr const char* welcome_2021 =
    R"({"info":"Welcome to the BitMEX Realtime API.","version":"2021-07-14T01:26:29.000Z",)"
    R"("timestamp":"2021-07-22T22:36:07.865Z","docs":"https://www.bitmex.com/app/wsAPI","limit":{"remaining":39}})";
constexpr const char* welcome_2026 =
    R"({"info":"Welcome to the BitMEX Realtime API.","version":"2.0.0","timestamp":"2026-04-01T12:07:08.577Z",)"
    R"("docs":"https://www.bitmex.com/app/wsAPI","heartbeatEnabled":false,"limit":{},"appName":"ws-feedhandler-x"})";
constexpr const char* ack_2021 =
    R"({"success":true,"subscribe":"orderBookL2:XBTUSD","request":{"op":"subscribe","args":["orderBookL2:XBTUSD"]}})";
constexpr const char* ack_2026 =
    R"({"success":true,"subscribe":"orderBookL2:XBTUSD","request":{"op":"subscribe",)"
    R"("args":["orderBookL2:XBTUSD:Primary"]},"pool":"Primary"})";
constexpr const char* partial_2021 =
    R"({"table":"orderBookL2","action":"partial","keys":["symbol","id","side"],)"
    R"("types":{"symbol":"symbol","id":"long","side":"symbol","size":"long","price":"float"},)"
    R"("foreignKeys":{"symbol":"instrument","side":"side"},"attributes":{"symbol":"parted","id":"sorted"},)"
    R"("filter":{"symbol":"XBTUSD"},"data":[{"symbol":"XBTUSD","id":8700000000,"side":"Sell","size":600000,"price":1000000},)"
    R"({"symbol":"XBTUSD","id":8796782000,"side":"Buy","size":1046200,"price":32180.5}]})";
constexpr const char* delete_2021 =
    R"({"table":"orderBookL2","action":"delete","data":[{"symbol":"XBTUSD","id":8796779950,"side":"Sell"}]})";
constexpr const char* update_2026 =
    R"({"table":"orderBookL2","action":"update","data":[{"symbol":"XBTUSD","id":234027072688,"side":"Sell",)"
    R"("size":100,"price":32335.0,"timestamp":"2021-07-22T22:36:10.431Z","transactTime":"2021-07-22T22:36:10.361Z","pool":"Primary"},)"
    R"({"symbol":"XBTUSD","id":234027078909,"side":"Buy","size":20500,"price":0.00010699,)"
    R"("timestamp":"2021-07-22T22:36:10.432Z","transactTime":"2021-07-22T22:36:10.361Z","pool":"Primary"}]})";

class BitmexDecoder : public testing::Test {
 protected:
  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  /// A delta with these rows.
  const Frame& rows(const std::string& data, const std::string& action = "update") {
    return decode(R"({"table":"orderBookL2","action":")" + action + R"(","data":[)" + data + "]}");
  }
  std::unique_ptr<Protocol> protocol_ = venue().make_protocol({});
};

TEST_F(BitmexDecoder, knows_the_welcome_of_every_era) {
  EXPECT_EQ(decode(welcome_2021).kind, Kind::greeting);
  EXPECT_EQ(decode(welcome_2026).kind, Kind::greeting);
}

TEST_F(BitmexDecoder, an_ack_tells_topic_and_pool) {
  EXPECT_EQ(decode(ack_2026).kind, Kind::subscribed);
  EXPECT_EQ(decode(ack_2026).text, "orderBookL2:XBTUSD");
  EXPECT_EQ(decode(ack_2026).pool, "Primary");
  EXPECT_EQ(decode(ack_2021).pool, "");
}

TEST_F(BitmexDecoder, an_ack_of_authentication_is_of_no_interest) {
  const Frame& frame = decode(
      R"({"success":true,"request":{"op":"authKeyExpires","args":["key",1518064236,"signature"]}})");
  EXPECT_EQ(frame.kind, Kind::other);
  EXPECT_EQ(frame.text, "") << "it echoes secrets";
}

TEST_F(BitmexDecoder, an_error_tells_status_words_and_when_to_come_back) {
  const Frame& unknown = decode(
      R"({"status":400,"error":"Unknown or expired symbol.","meta":{},"request":{"op":"subscribe","args":"x"}})");
  EXPECT_EQ(unknown.kind, Kind::refused);
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.text, "Unknown or expired symbol.");
  EXPECT_EQ(unknown.retry_after, std::nullopt);
  const Frame& limit = decode(
      R"({"status":429,"error":"Rate limit exceeded, retry in 7 seconds.","meta":{"retryAfter":7}})");
  EXPECT_EQ(limit.status, 429);
  EXPECT_EQ(limit.retry_after, 7s);
}

TEST_F(BitmexDecoder, an_error_may_be_an_object_or_a_mere_failure) {
  const Frame& rest = decode(R"({"error":{"message":"Rate limit","name":"RateLimitError"}})");
  EXPECT_EQ(rest.kind, Kind::refused);
  EXPECT_EQ(rest.text, "Rate limit");
  EXPECT_EQ(decode(R"({"success":false})").kind, Kind::refused);
}

TEST_F(BitmexDecoder, a_pong_is_text_that_is_no_json) {
  EXPECT_EQ(decode("pong").kind, Kind::pong);
}

TEST_F(BitmexDecoder, reads_an_image_without_times) {
  const Frame& frame = decode(partial_2021);
  ASSERT_EQ(frame.kind, Kind::book);
  ASSERT_EQ(frame.updates.size(), 1U);
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::image);
  EXPECT_EQ(update.symbol, "XBTUSD");
  EXPECT_EQ(update.time, std::nullopt);
  EXPECT_THAT(
      update.levels,
      ElementsAre(
          LevelChange{Action::insert, Side::ask, 8700000000, parse_price("1000000"), 600000},
          LevelChange{Action::insert, Side::bid, 8796782000, parse_price("32180.5"), 1046200}));
}

TEST_F(BitmexDecoder, reads_deltas_with_and_without_price) {
  const Frame& removal = decode(delete_2021);
  ASSERT_EQ(removal.updates.size(), 1U);
  EXPECT_EQ(removal.updates[0].kind, BookUpdate::Kind::changes);
  EXPECT_THAT(removal.updates[0].levels,
              ElementsAre(LevelChange{Action::remove, Side::ask, 8796779950, {}, {}}));
  const Frame& update = decode(update_2026);
  ASSERT_EQ(update.updates.size(), 1U);
  EXPECT_THAT(
      update.updates[0].levels,
      ElementsAre(
          LevelChange{Action::update, Side::ask, 234027072688, parse_price("32335"), 100},
          LevelChange{Action::update, Side::bid, 234027078909, parse_price("0.00010699"), 20500}));
}

TEST_F(BitmexDecoder, takes_the_latest_timestamp_of_the_rows) {
  EXPECT_EQ(decode(update_2026).updates[0].time, parse_iso("2021-07-22T22:36:10.432Z"));
}

TEST_F(BitmexDecoder, prices_keep_their_decimals_whatever_their_form) {
  struct Case {
    const char* text;
    const char* written;
  };
  const std::vector<Case> cases{{"1000000", "1000000"},  {"32180.5", "32180.5"},
                                {"77611.0 ", "77611.0"}, {"85.6190\n ", "85.6190"},
                                {"8.39e4", "83900"},     {"0.00010699", "0.00010699"}};
  for (const auto& [text, written] : cases) {
    const Frame& frame = rows(R"({"symbol":"X","id":1,"side":"Buy","size":1,"price":)" +
                              std::string{text} + R"(,"pool":"Primary"})");
    ASSERT_EQ(frame.kind, Kind::book) << frame.text;
    EXPECT_EQ(to_string(*frame.updates[0].levels[0].price), written);
  }
}

TEST_F(BitmexDecoder, a_price_that_is_not_held_costs_its_symbol_and_no_other) {
  const auto lost_by = [&](const std::string& price) {
    const Frame& frame =
        rows(R"({"symbol":"X","id":1,"side":"Buy","size":1,"price":)" + price +
                 R"(},{"symbol":"Y","id":1,"side":"Buy","size":1,"price":0.000001640})",
             "insert");
    EXPECT_EQ(frame.kind, Kind::book) << frame.text;
    EXPECT_EQ(frame.updates.size(), 2U);
    EXPECT_EQ(frame.updates[1].lost, "");
    return frame.updates[0].lost;
  };
  const std::string not_held = "a price of more than nine decimals, or beyond ±4611686018 (";
  for (const char* price : {"0.0000016409", "1.6409e-6", "1e99", "4611686019", "-5000000000.5"})
    EXPECT_EQ(lost_by(price), not_held + price + ")");
  EXPECT_EQ(lost_by("4611686018"), "");
  EXPECT_EQ(lost_by("0.30000000000000004"), "") << "the noise of a binary float";
}

TEST_F(BitmexDecoder, null_is_absent) {
  const Frame& frame = rows(
      R"({"symbol":"X","id":1,"side":"Buy","size":null,"price":null,"timestamp":null,"pool":null})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  EXPECT_THAT(frame.updates[0].levels,
              ElementsAre(LevelChange{Action::update, Side::bid, 1, {}, {}}));
  EXPECT_EQ(frame.updates[0].time, std::nullopt);
}

TEST_F(BitmexDecoder, an_empty_image_has_its_symbol_from_the_filter) {
  const Frame& frame = decode(
      R"({"table":"orderBookL2","action":"partial","filter":{"pool":"Primary","symbol":"XBTM15"},"data":[]})");
  ASSERT_EQ(frame.updates.size(), 1U);
  EXPECT_EQ(frame.updates[0].symbol, "XBTM15");
  EXPECT_EQ(frame.updates[0].kind, BookUpdate::Kind::image);
  EXPECT_TRUE(frame.updates[0].levels.empty());
}

TEST_F(BitmexDecoder, an_empty_image_of_nothing_in_particular_has_no_updates) {
  const Frame& frame =
      decode(R"({"table":"orderBookL2","action":"partial","filter":{},"data":[]})");
  EXPECT_EQ(frame.kind, Kind::book);
  EXPECT_TRUE(frame.updates.empty());
}

TEST_F(BitmexDecoder, splits_a_message_that_mixes_symbols) {
  const Frame& frame = rows(R"({"symbol":"A","id":1,"side":"Buy","size":1},)"
                            R"({"symbol":"B","id":2,"side":"Sell","size":2},)"
                            R"({"symbol":"A","id":3,"side":"Buy","size":3})");
  ASSERT_EQ(frame.updates.size(), 2U);
  EXPECT_EQ(frame.updates[0].symbol, "A");
  EXPECT_EQ(frame.updates[0].levels.size(), 2U);
  EXPECT_EQ(frame.updates[1].symbol, "B");
  EXPECT_EQ(frame.updates[1].levels[0].id, 2U);
}

TEST_F(BitmexDecoder, does_not_care_for_the_order_of_keys) {
  const Frame& frame =
      decode(R"({"data":[{"price":2,"size":1,"side":"Sell","id":7,"symbol":"X"}],)"
             R"("filter":{"symbol":"X"},"action":"partial","table":"orderBookL2"})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  ASSERT_EQ(frame.updates.size(), 1U);
  EXPECT_EQ(frame.updates[0].kind, BookUpdate::Kind::image);
  EXPECT_THAT(frame.updates[0].levels,
              ElementsAre(LevelChange{Action::insert, Side::ask, 7, parse_price("2"), 1}));
}

TEST_F(BitmexDecoder, nothing_is_left_over_from_the_message_before) {
  static_cast<void>(decode(update_2026));
  EXPECT_EQ(decode(delete_2021).updates[0].levels.size(), 1U);
  EXPECT_EQ(decode(delete_2021).updates[0].time, std::nullopt);
  EXPECT_TRUE(decode(welcome_2021).updates.empty());
}

TEST_F(BitmexDecoder, other_tables_and_keys_are_of_no_interest) {
  EXPECT_EQ(decode(R"({"table":"trade","action":"insert","data":[{"symbol":7}]})").kind,
            Kind::other);
  EXPECT_EQ(decode(R"({"table":"orderBookL2_25","action":"partial","data":[]})").kind, Kind::other);
  EXPECT_EQ(decode(R"({"unsubscribe":"x","status":"fine","meta":7,"pool":[1,{"a":2}]})").kind,
            Kind::other);
  EXPECT_EQ(decode("{}").kind, Kind::other);
}

TEST_F(BitmexDecoder, quotes_are_witnesses_without_a_number) {
  const Frame& frame = decode(
      R"({"table":"quote","action":"insert","data":[{"timestamp":"2021-07-22T22:36:10.431Z",)"
      R"("symbol":"XBTUSD","bidSize":1046200,"bidPrice":32180,"askPrice":32180.5,"askSize":161000,)"
      R"("pool":"Primary"},{"timestamp":"2021-07-22T22:36:10.432Z","symbol":"ETHUSD",)"
      R"("bidPrice":null,"askPrice":2000.05,"askSize":7}]})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  ASSERT_EQ(frame.updates.size(), 1U) << "of a side that is empty there is nothing to compare";
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::witness);
  EXPECT_TRUE(update.is_passing);
  EXPECT_EQ(update.number, std::nullopt);
  EXPECT_EQ(update.symbol, "XBTUSD");
  EXPECT_EQ(update.pool, "Primary");
  EXPECT_EQ(update.time, parse_iso("2021-07-22T22:36:10.431Z"));
  ASSERT_EQ(update.levels.size(), 2U);
  EXPECT_EQ(update.levels[0].side, Side::bid);
  EXPECT_EQ(update.levels[0].price, parse_price("32180"));
  EXPECT_EQ(update.levels[0].size, 1046200);
  EXPECT_EQ(update.levels[1].price, parse_price("32180.5"));
  EXPECT_EQ(decode(R"({"table":"quote","action":"partial","data":[]})").kind, Kind::other);
  EXPECT_EQ(
      decode(R"({"table":"quote","action":"insert","data":[{"symbol":7,"bidSize":-1}]})").kind,
      Kind::malformed);
}

TEST_F(BitmexDecoder, answers_to_a_request_for_quotes_are_of_no_interest) {
  for (const char* text :
       {R"({"success":true,"subscribe":"quote:XBTUSD","request":{"op":"subscribe",)"
        R"("args":["quote:XBTUSD:Primary"]},"pool":"Primary"})",
        R"({"status":400,"error":"Unknown table: quote.","meta":{},)"
        R"("request":{"op":"subscribe","args":"quote:XBTUSD:Primary"}})"})
    EXPECT_EQ(decode(text).kind, Kind::other) << text;
}

TEST(BitmexCheck, follows_the_quotes_of_its_pool_for_a_while) {
  const auto protocol = venue().make_protocol({.symbols = {"XBTUSD"}, .pool = "Primary"});
  const std::string subscribe = R"({"op":"subscribe","args":["quote:XBTUSD:Primary"]})";
  EXPECT_THAT(protocol->check("XBTUSD"), ElementsAre(Request{subscribe}));
  EXPECT_THAT(protocol->check("XBTUSD"), testing::IsEmpty()) << "they are followed still";
  const std::string quote =
      R"({"table":"quote","action":"insert","data":[{"symbol":"XBTUSD","bidSize":1,"bidPrice":2,)"
      R"("askPrice":3,"askSize":4}]})";
  for (int i = 1; i < 100; ++i) ASSERT_THAT(protocol->decode(quote).replies, testing::IsEmpty());
  EXPECT_THAT(protocol->decode(quote).replies,
              ElementsAre(Request{R"({"op":"unsubscribe","args":["quote:XBTUSD:Primary"]})"}));
  static_cast<void>(protocol->check("XBTUSD"));
  static_cast<void>(
      protocol->decode(R"({"status":400,"error":"Unknown table","request":)" + subscribe + "}"));
  EXPECT_THAT(protocol->check("ETHUSD"), testing::IsEmpty()) << "a server that has none";
}

TEST(BitmexCheck, a_union_of_pools_has_no_quotes) {
  for (const char* pool : {"", "Aggregated"})
    EXPECT_THAT(venue().make_protocol({.symbols = {"X"}, .pool = pool})->check("X"),
                testing::IsEmpty());
}

TEST_F(BitmexDecoder, names_what_is_malformed) {
  struct Case {
    std::string row;
    const char* problem;
  };
  const std::vector<Case> cases{
      {R"({"id":1,"side":"Buy"})", "a row without symbol, id or side"},
      {R"({"symbol":"X","side":"Buy"})", "a row without symbol, id or side"},
      {R"({"symbol":"X","id":1})", "a row without symbol, id or side"},
      {R"({"symbol":"X","id":1,"side":"Hold"})", "a side that is neither Buy nor Sell"},
      {R"({"symbol":"X","id":1,"side":"Buy","size":-1})", "a size below zero"},
      {R"({"symbol":"X","id":1,"side":"Buy","price":"1"})", "a price that is no number"},
      {R"({"symbol":"X","id":1,"side":"Buy","timestamp":"today"})", "a timestamp that is no time"},
  };
  for (const auto& [row, problem] : cases) {
    EXPECT_EQ(rows(row).kind, Kind::malformed) << row;
    EXPECT_EQ(rows(row).text, problem);
    EXPECT_TRUE(rows(row).updates.empty());
  }
  EXPECT_EQ(rows("", "replace").text, "an unknown action");
  EXPECT_EQ(decode(R"({"table":"orderBookL2","action":"update"})").text, "a book without data");
  EXPECT_EQ(decode(R"({"info":"x"} {"info":"y"})").text, "text behind the message");
}

TEST_F(BitmexDecoder, text_that_is_no_object_is_malformed) {
  for (
      const char* text :
      {"", " ", "ping", "7", "[]", "\"help\"", "null", "<html>502 Bad Gateway</html>", "{",
       R"({"table")", R"({"table":"orderBookL2","action":"update","data":{}})",
       R"({"table":"orderBookL2","action":"update","data":[7]})", "\xFF\xFE{}",
       "{\"info\":\"\xFF\"}",
       R"({"table":"orderBookL2","action":"update","data":[{"symbol":"X","id":-1,"side":"Buy"}]})",
       R"({"table":"orderBookL2","action":"update","data":[{"symbol":"X","id":1.5,"side":"Buy"}]})",
       R"({"table":"orderBookL2","action":"update","data":[{"symbol":"X","id":99999999999999999999,"side":"Buy"}]})"})
    EXPECT_EQ(decode(text).kind, Kind::malformed) << text;
}

TEST_F(BitmexDecoder, a_book_cut_short_at_any_byte_has_no_updates) {
  for (const std::string_view whole :
       {std::string_view{partial_2021}, {delete_2021}, {update_2026}}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const Frame& frame = decode(whole.substr(0, length));
      EXPECT_EQ(frame.kind, Kind::malformed) << whole.substr(0, length);
      EXPECT_TRUE(frame.updates.empty());
    }
  }
}

TEST_F(BitmexDecoder, garbage_is_never_more_than_malformed) {
  std::mt19937 random{5};
  for (int i = 0; i < 20000; ++i) {
    std::string text = i % 2 == 0 ? update_2026 : partial_2021;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      text[random() % text.size()] = static_cast<char>(random());
    for (const BookUpdate& update : decode(text).updates) EXPECT_FALSE(update.symbol.empty());
  }
  EXPECT_EQ(decode(update_2026).kind, Kind::book) << "and leaves no trace";
}

}  // namespace
}  // namespace obkit::feed::bitmex
