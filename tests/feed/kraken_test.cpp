#include "kraken/kraken.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/book/full_book.hpp"

namespace obkit::feed::kraken {
namespace {

using book::Outcome;
using Kind = Frame::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string text_of(const Request& request) { return std::get<std::string>(request); }

class KrakenSpot : public testing::Test {
 protected:
  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  const Frame& book(const std::string& type, const std::string& data,
                    const std::string& symbol = "AB/USD") {
    return decode(R"({"channel":"book","type":")" + type + R"(","data":[{"symbol":")" + symbol +
                  R"(",)" + data + R"(,"timestamp":"2026-08-18T20:43:55.546900Z"}]})");
  }
  Outcome apply(const std::string& type, const std::string& data) {
    const Frame& frame = book(type, data);
    EXPECT_THAT(frame.updates, SizeIs(1)) << frame.text;
    return book_.apply(frame.updates[0]).outcome;
  }
  std::unique_ptr<Protocol> protocol_ = spot().make_protocol({});
  book::FullBook book_;
};

/// CRC-32 by Python's zlib of the texts in the comments.
TEST_F(KrakenSpot, a_checksum_is_of_the_digits_as_they_were_written) {
  // 10250 3100000000 10300 4 (asks), 10240 50000000 999 123456789 (bids)
  EXPECT_EQ(
      apply("snapshot",
            R"("bids":[{"price":102.40,"qty":0.50000000},{"price":9.99,"qty":1.23456789}],)"
            R"("asks":[{"price":102.50,"qty":31.00000000},{"price":103.00,"qty":0.00000004}],)"
            R"("checksum":3470656879)"),
      Outcome::applied);
  // 10250 3100000000 10300 4, 10240 70000000
  EXPECT_EQ(apply("update",
                  R"("bids":[{"price":9.99,"qty":0.00000000},{"price":102.40,"qty":0.70000000}],)"
                  R"("asks":[],"checksum":2986188546)"),
            Outcome::applied);
  EXPECT_EQ(apply("update",
                  R"("bids":[{"price":102.40,"qty":0.80000000}],"asks":[],"checksum":2986188546)"),
            Outcome::wrong_checksum);
}

TEST_F(KrakenSpot, sizes_of_more_digits_than_a_double_holds_are_right) {
  // 1025 123456789012345678, 1024 900719925474099312345678
  EXPECT_EQ(apply("snapshot",
                  R"("bids":[{"price":102.4,"qty":9007199254740993.12345678}],)"
                  R"("asks":[{"price":102.5,"qty":1234567890.12345678}],"checksum":4124226945)"),
            Outcome::applied);
  // 1025 123456789012345679, 1024 100000000
  EXPECT_EQ(
      apply("update", R"("bids":[{"price":102.4,"qty":1.00000000}],)"
                      R"("asks":[{"price":102.5,"qty":1234567890.12345679}],"checksum":189148465)"),
      Outcome::applied);
}

TEST_F(KrakenSpot, reads_a_book) {
  const Frame& frame =
      book("snapshot", R"("bids":[{"price":0.0286,"qty":74198.19125726}],"asks":[],"checksum":7)");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.symbol, "AB/USD");
  EXPECT_EQ(update.kind, BookUpdate::Kind::image);
  EXPECT_EQ(update.time, parse_iso("2026-08-18T20:43:55.546900Z"));
  EXPECT_EQ(update.checksum, 7U);
  ASSERT_THAT(update.levels, SizeIs(1));
  EXPECT_EQ(update.levels[0].price, parse_price("0.0286"));
  EXPECT_EQ(update.levels[0].size, 74198.19125726);
  EXPECT_EQ(book("update", R"("bids":[],"asks":[],"checksum":7)").updates[0].kind,
            BookUpdate::Kind::changes);
}

TEST_F(KrakenSpot, the_window_is_what_was_acknowledged) {
  const auto kept = [&](const std::string& symbol = "AB/USD") {
    return book("update", R"("bids":[],"asks":[],"checksum":0)", symbol).updates[0].kept_levels;
  };
  const Frame& frame =
      decode(R"({"method":"subscribe","result":{"channel":"book","depth":25,"snapshot":true,)"
             R"("symbol":"AB/USD"},"success":true,"time_in":"2026-08-16T23:37:04.849274Z"})");
  EXPECT_EQ(frame.kind, Kind::subscribed);
  EXPECT_EQ(frame.text, "AB/USD");
  EXPECT_EQ(kept(), 25U);
  EXPECT_EQ(kept("CD/USD"), 0U) << "nobody knows";
  static_cast<void>(protocol_->open());
  EXPECT_EQ(kept(), 0U);
}

TEST_F(KrakenSpot, without_an_acknowledgement_the_snapshot_tells_the_window) {
  std::string levels;
  for (int i = 0; i < 11; ++i)
    levels += (i == 0 ? "" : ",") + (R"({"price":)" + std::to_string(100 + i) + R"(,"qty":1})");
  EXPECT_EQ(book("snapshot", R"("bids":[],"asks":[)" + levels + R"(],"checksum":0)")
                .updates[0]
                .kept_levels,
            25U);
}

TEST_F(KrakenSpot, takes_any_order_of_keys) {
  const Frame& frame = decode(
      R"({"data":[{"asks":[],"checksum":5,"bids":[{"qty":1.5,"price":2.0}],"symbol":"AB/USD"}],)"
      R"("type":"snapshot","channel":"book"})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  EXPECT_EQ(frame.updates[0].symbol, "AB/USD");
  EXPECT_EQ(frame.updates[0].levels[0].size, 1.5);
}

TEST_F(KrakenSpot, each_entry_of_a_message_is_an_update) {
  const std::string entry = R"({"symbol":"AB/USD","bids":[],"asks":[],"checksum":0})";
  EXPECT_THAT(
      decode(R"({"channel":"book","type":"update","data":[)" + entry + "," + entry + "]}").updates,
      SizeIs(2));
}

TEST_F(KrakenSpot, what_is_no_book_is_malformed) {
  const auto problem = [&](const std::string& data, const std::string& type = "update") {
    const Frame& frame = book(type, data);
    EXPECT_EQ(frame.kind, Kind::malformed) << data;
    EXPECT_THAT(frame.updates, IsEmpty());
    return frame.text;
  };
  EXPECT_THAT(problem(R"("bids":[],"checksum":0)"), HasSubstr("asks"));
  EXPECT_THAT(problem(R"("bids":[],"asks":[])"), HasSubstr("checksum"));
  EXPECT_THAT(problem(R"("bids":[],"asks":[],"checksum":4294967296)"), HasSubstr("checksum"));
  EXPECT_THAT(problem(R"("bids":[],"asks":[],"checksum":0)", "replace"), HasSubstr("type"));
  EXPECT_THAT(problem(R"("bids":[{"price":1}],"asks":[],"checksum":0)"), HasSubstr("qty"));
  EXPECT_THAT(problem(R"("bids":[{"qty":1}],"asks":[],"checksum":0)"), HasSubstr("price"));
  EXPECT_THAT(problem(R"("bids":[{"price":1,"qty":-1}],"asks":[],"checksum":0)"),
              HasSubstr("below zero"));
  EXPECT_THAT(problem(R"("bids":[],"asks":[],"checksum":0,"timestamp":"now")"), HasSubstr("time"));
  for (const char* text : {"", "garbage", R"({"channel":"book","type":"update"})",
                           R"({"channel":"heartbeat"}x)", R"({"channel":"heartbeat")"})
    EXPECT_EQ(decode(text).kind, Kind::malformed) << text;
}

TEST_F(KrakenSpot, other_messages_are_no_books) {
  EXPECT_EQ(decode(R"({"channel":"heartbeat"})").kind, Kind::other);
  EXPECT_EQ(decode(R"({"channel":"ticker","type":"update","data":[{"symbol":"AB/USD"}]})").kind,
            Kind::other);
  EXPECT_EQ(decode(R"({"method":"pong","time_in":"2026-08-16T23:37:04.849274Z"})").kind,
            Kind::pong);
  EXPECT_EQ(decode(R"({"method":"unsubscribe","result":{"channel":"book"},"success":true})").kind,
            Kind::other);
  EXPECT_EQ(
      decode(R"({"error":"Subscription Not Found","method":"unsubscribe","success":false})").kind,
      Kind::other)
      << "it is asked for anew anyway";
}

TEST_F(KrakenSpot, maintenance_passes) {
  const auto status = [&](const std::string& system) -> const Frame& {
    return decode(R"({"channel":"status","type":"update","data":[{"version":"2.0.10","system":")" +
                  system + R"(","connection_id":15113583034416118705}]})");
  };
  EXPECT_EQ(status("online").kind, Kind::greeting);
  EXPECT_EQ(status("post_only").kind, Kind::other);
  EXPECT_EQ(status("maintenance").kind, Kind::refused);
  EXPECT_TRUE(status("maintenance").passes);
  EXPECT_EQ(status("maintenance").retry_after, std::chrono::seconds{5});
}

TEST_F(KrakenSpot, a_refusal_of_one_symbol_names_it) {
  const Frame& unknown = decode(
      R"({"error":"Currency pair not supported NO/PE","method":"subscribe","success":false})");
  EXPECT_EQ(unknown.kind, Kind::refused);
  EXPECT_EQ(unknown.symbol, "NO/PE");
  EXPECT_FALSE(unknown.passes);
  const Frame& depth = decode(
      R"({"error":"Subscription depth not supported","method":"subscribe","success":false})");
  EXPECT_EQ(depth.symbol, "");
  EXPECT_EQ(depth.text, "Subscription depth not supported");
  EXPECT_TRUE(
      decode(R"({"error":"Exceeded rate limit","method":"subscribe","success":false})").passes);
}

TEST(KrakenSpotProtocol, asks_for_the_smallest_window_that_holds_what_is_wanted) {
  for (const auto& [levels, window] : {std::pair{5, "10"}, std::pair{10, "10"}, std::pair{11, "25"},
                                       std::pair{50, "100"}, std::pair{2000, "1000"}}) {
    const auto protocol = spot().make_protocol(
        {.symbols = {"AB/USD", "CD/USD"}, .levels = static_cast<std::size_t>(levels)});
    const auto requests = protocol->open();
    ASSERT_THAT(requests, SizeIs(1));
    EXPECT_EQ(text_of(requests[0]),
              R"({"method":"subscribe","params":{"channel":"book","symbol":["AB/USD","CD/USD"],)"
              R"("depth":)" +
                  std::string{window} + "}}");
  }
}

TEST(KrakenSpotProtocol, a_fresh_image_takes_leaving_and_coming_back) {
  const auto protocol = spot().make_protocol({.symbols = {"AB/USD"}});
  const auto requests = protocol->refresh("AB/USD");
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(
      text_of(requests[0]),
      R"({"method":"unsubscribe","params":{"channel":"book","symbol":["AB/USD"],"depth":100}})");
  EXPECT_EQ(
      text_of(requests[1]),
      R"({"method":"subscribe","params":{"channel":"book","symbol":["AB/USD"],"depth":100}})");
}

TEST(KrakenSpotVenue, knows_its_symbols_and_its_frames) {
  EXPECT_TRUE(spot().is_symbol("BTC/USD"));
  EXPECT_FALSE(spot().is_symbol("BTCUSD"));
  EXPECT_FALSE(spot().is_symbol("/USD"));
  EXPECT_FALSE(spot().is_symbol("A/B/C"));
  EXPECT_FALSE(spot().is_symbol(R"(A"/USD)"));
  EXPECT_EQ(venue_of_frame(R"({"channel":"heartbeat"})"), find_venue("kraken"));
  EXPECT_EQ(venue_of_frame(R"({"channel":"book","type":"update","data":[]})"),
            find_venue("kraken"));
}

class KrakenFutures : public testing::Test {
 protected:
  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  const Frame& change(int number, const std::string& symbol = "PF_XBTUSD") {
    return decode(R"({"feed":"book","product_id":")" + symbol + R"(","side":"sell","seq":)" +
                  std::to_string(number) +
                  R"(,"price":64416.0,"qty":0.0568,"timestamp":1786046338116})");
  }
  const Frame& snapshot(int number, const std::string& symbol = "PF_XBTUSD") {
    return decode(R"({"feed":"book_snapshot","product_id":")" + symbol +
                  R"(","timestamp":1786046338000,"seq":)" + std::to_string(number) +
                  R"(,"tickSize":null,"bids":[{"price":64415.5,"qty":3}],)"
                  R"("asks":[{"price":64416.5,"qty":0.25}]})");
  }
  std::string lost(const Frame& frame) {
    return frame.updates.size() == 1 ? frame.updates[0].lost : "no book";
  }
  std::unique_ptr<Protocol> protocol_ = futures().make_protocol({.symbols = {"PF_A", "PF_B"}});
};

TEST_F(KrakenFutures, reads_a_snapshot_and_a_change) {
  const BookUpdate& image = snapshot(100).updates[0];
  EXPECT_EQ(image.kind, BookUpdate::Kind::image);
  EXPECT_EQ(image.symbol, "PF_XBTUSD");
  EXPECT_EQ(image.time, Timestamp{std::chrono::milliseconds{1786046338000}});
  EXPECT_THAT(image.levels, SizeIs(2));
  EXPECT_EQ(image.levels[0].size, 3) << "whole numbers may lack the point";
  const BookUpdate& next = change(101).updates[0];
  EXPECT_EQ(next.kind, BookUpdate::Kind::changes);
  EXPECT_THAT(next.levels, ElementsAre(LevelChange{.action = LevelChange::Action::set,
                                                   .side = Side::ask,
                                                   .id = level_id(Side::ask, *parse_price("64416")),
                                                   .price = parse_price("64416"),
                                                   .size = 0.0568}));
}

TEST_F(KrakenFutures, each_number_is_one_more_than_that_before) {
  EXPECT_EQ(lost(change(7)), "") << "before a snapshot nothing is lost";
  EXPECT_EQ(lost(snapshot(100)), "");
  EXPECT_EQ(lost(snapshot(500, "PI_ETHUSD")), "");
  EXPECT_EQ(lost(change(101)), "");
  EXPECT_EQ(change(102).updates[0].order, BookUpdate::Order::follows);
  EXPECT_NE(lost(change(104)), "");
  EXPECT_EQ(lost(change(501, "PI_ETHUSD")), "") << "the others are whole";
}

TEST_F(KrakenFutures, takes_any_order_of_keys) {
  const Frame& frame =
      decode(R"({"qty":2,"price":5.5,"seq":9,"side":"buy","product_id":"PF_A","feed":"book"})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  EXPECT_EQ(frame.updates[0].levels[0].side, Side::bid);
  EXPECT_EQ(frame.updates[0].levels[0].price, parse_price("5.5"));
}

TEST_F(KrakenFutures, what_is_no_book_is_malformed) {
  const auto problem = [&](const std::string& rest) {
    const Frame& frame = decode(R"({"feed":"book",)" + rest + "}");
    EXPECT_EQ(frame.kind, Kind::malformed) << rest;
    EXPECT_THAT(frame.updates, IsEmpty());
    return frame.text;
  };
  EXPECT_THAT(problem(R"("product_id":"A","seq":1,"side":"buy","price":1)"), HasSubstr("qty"));
  EXPECT_THAT(problem(R"("product_id":"A","seq":1,"side":"buy","qty":1)"), HasSubstr("price"));
  EXPECT_THAT(problem(R"("product_id":"A","seq":1,"side":"odd","price":1,"qty":1)"),
              HasSubstr("side"));
  EXPECT_THAT(problem(R"("product_id":"A","side":"buy","price":1,"qty":1)"), HasSubstr("seq"));
  EXPECT_THAT(problem(R"("seq":1,"side":"buy","price":1,"qty":1)"), HasSubstr("product_id"));
  EXPECT_THAT(problem(R"("side":"buy","price":1,"qty":-1)"), HasSubstr("below zero"));
  EXPECT_EQ(decode(R"({"feed":"book_snapshot","product_id":"A","seq":1,"bids":[]})").kind,
            Kind::malformed);
  EXPECT_EQ(decode("garbage").kind, Kind::malformed);
}

TEST_F(KrakenFutures, a_snapshot_without_levels_is_no_book) {
  EXPECT_EQ(
      lost(decode(R"({"feed":"book_snapshot","product_id":"A","seq":1,"bids":[],"asks":[]})")),
      "a snapshot without levels");
}

TEST_F(KrakenFutures, other_messages_are_no_books) {
  EXPECT_EQ(decode(R"({"event":"info","version":1})").kind, Kind::greeting);
  EXPECT_EQ(decode(R"({"feed":"ticker_lite","product_id":"A","bid":1,"price":"odd"})").kind,
            Kind::other);
  EXPECT_EQ(
      decode(R"({"event":"alert","message":"Already subscribed to feed, re-requesting"})").kind,
      Kind::other);
  const Frame& acknowledged =
      decode(R"({"event":"subscribed","feed":"book","product_ids":["PI_ETHUSD"]})");
  EXPECT_EQ(acknowledged.kind, Kind::subscribed);
  EXPECT_EQ(acknowledged.text, "PI_ETHUSD");
}

TEST_F(KrakenFutures, a_refusal_is_that_of_the_first_product_without_an_answer) {
  const auto requests = protocol_->open();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(text_of(requests[1]), R"({"event":"subscribe","feed":"book","product_ids":["PF_B"]})");
  static_cast<void>(decode(R"({"event":"subscribed","feed":"book","product_ids":["PF_A"]})"));
  const Frame& frame = decode(R"({"event":"error","message":"Unknown product_id"})");
  EXPECT_EQ(frame.kind, Kind::refused);
  EXPECT_EQ(frame.symbol, "PF_B");
  EXPECT_EQ(frame.text, "Unknown product_id: PF_B");
  EXPECT_EQ(decode(R"({"event":"error","message":"Unknown product_id"})").symbol, "");
}

TEST(KrakenFuturesProtocol, many_products_share_their_requests) {
  std::vector<std::string> symbols(340, "PF_A");
  EXPECT_LE(futures().make_protocol({.symbols = symbols})->open().size(), 50U);
  EXPECT_THAT(futures().make_protocol({})->open(), IsEmpty());
}

TEST(KrakenFuturesVenue, knows_its_symbols_and_its_frames) {
  EXPECT_TRUE(futures().is_symbol("FI_BCHUSD_210730"));
  EXPECT_FALSE(futures().is_symbol("XBT/USD"));
  EXPECT_EQ(venue_of_frame(R"({"event":"subscribed","feed":"book","product_ids":["PI_A"]})"),
            find_venue("kraken-futures"));
  EXPECT_EQ(venue_of_frame(R"({"feed":"book_snapshot","product_id":"PI_ETHUSD"})"),
            find_venue("kraken-futures"));
}

}  // namespace
}  // namespace obkit::feed::kraken
