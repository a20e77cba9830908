#include "coinbase/coinbase.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/book/full_book.hpp"

namespace obkit::feed::coinbase {
namespace {

using Kind = Frame::Kind;
using Order = BookUpdate::Order;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A row of level2, in the exchange's own order of keys.
std::string row(const std::string& side, const std::string& price, const std::string& size,
                const std::string& time = "2026-03-04T05:06:07.170326Z") {
  return R"({"side":")" + side + R"(","event_time":")" + time + R"(","price_level":")" + price +
         R"(","new_quantity":")" + size + R"("})";
}

std::string event(const std::string& type, const std::string& rows,
                  const std::string& product = "BTC-USD") {
  return R"({"type":")" + type + R"(","product_id":")" + product + R"(","updates":[)" + rows + "]}";
}

std::string message(const std::string& channel, std::uint64_t number, const std::string& events) {
  return R"({"channel":")" + channel +
         R"(","timestamp":"2026-03-04T05:06:07.483587501Z","sequence_num":)" +
         std::to_string(number) + R"(,"events":[)" + events + "]}";
}

const std::string both_sides = row("bid", "100.5", "0.25") + "," + row("offer", "101.25", "3");

std::string snapshot(std::uint64_t number, const std::string& product = "BTC-USD") {
  return message("l2_data", number, event("snapshot", both_sides, product));
}
std::string change(std::uint64_t number, const std::string& product = "BTC-USD") {
  return message("l2_data", number, event("update", row("bid", "100.5", "0"), product));
}
std::string heartbeat(std::uint64_t number) {
  return message("heartbeats", number, R"({"current_time":"2026-03-04","heartbeat_counter":7})");
}
std::string acknowledgement(std::uint64_t number, const std::string& channels) {
  return message("subscriptions", number, R"({"subscriptions":{)" + channels + "}}");
}

class CoinbaseTest : public testing::Test {
 protected:
  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  void ask_for(std::vector<std::string> symbols) {
    protocol_ = venue().make_protocol({.symbols = std::move(symbols)});
    static_cast<void>(protocol_->open());
  }
  std::unique_ptr<Protocol> protocol_ = venue().make_protocol({});
};

TEST_F(CoinbaseTest, reads_a_snapshot) {
  const Frame& frame = decode(snapshot(13));
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  ASSERT_THAT(frame.updates, SizeIs(1));
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::image);
  EXPECT_EQ(update.symbol, "BTC-USD");
  EXPECT_EQ(update.lost, "");
  EXPECT_EQ(update.time, parse_iso("2026-03-04T05:06:07.170326Z")) << "when the engine did it";
  ASSERT_THAT(update.levels, SizeIs(2));
  EXPECT_EQ(update.levels[0].side, Side::bid);
  EXPECT_EQ(update.levels[0].price, parse_price("100.5"));
  EXPECT_EQ(update.levels[0].size, 0.25);
  EXPECT_EQ(update.levels[1].side, Side::ask);
  EXPECT_EQ(frame.lost, "");
}

TEST_F(CoinbaseTest, a_size_of_0_leaves_no_level_whether_there_was_one_or_not) {
  book::FullBook book;
  EXPECT_EQ(book.apply(decode(snapshot(1)).updates[0]).outcome, book::Outcome::applied);
  EXPECT_EQ(book.apply(decode(change(2)).updates[0]).outcome, book::Outcome::applied);
  EXPECT_EQ(book.apply(decode(change(3)).updates[0]).outcome, book::Outcome::applied);
  EXPECT_EQ(book.levels_a_side(9), 0U) << "no bid is left";
}

TEST_F(CoinbaseTest, takes_any_order_of_keys) {
  const Frame& frame =
      decode(R"({"events":[{"updates":[{"new_quantity":"3","price_level":"7","side":"offer"}],)"
             R"("product_id":"ETH-USD","type":"update"}],"sequence_num":4,"channel":"l2_data"})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  EXPECT_EQ(frame.updates[0].symbol, "ETH-USD");
  EXPECT_THAT(frame.updates[0].levels, SizeIs(1));
  EXPECT_EQ(frame.updates[0].time, std::nullopt);
}

TEST_F(CoinbaseTest, an_event_without_a_time_has_that_of_its_message) {
  const auto sent = parse_iso("2026-03-04T05:06:07.483587501Z");
  const std::string unknown = row("bid", "1", "1", "1970-01-01T00:00:00Z");
  EXPECT_EQ(decode(message("l2_data", 1, event("snapshot", unknown))).updates[0].time, sent);
  EXPECT_EQ(decode(message("l2_data", 2, event("update", ""))).updates[0].time, sent);
}

TEST_F(CoinbaseTest, a_message_may_have_several_events) {
  const Frame& frame = decode(
      message("l2_data", 1, event("snapshot", both_sides) + "," + event("update", "", "ETH-USD")));
  ASSERT_THAT(frame.updates, SizeIs(2));
  EXPECT_EQ(frame.updates[0].kind, BookUpdate::Kind::image);
  EXPECT_EQ(frame.updates[1].kind, BookUpdate::Kind::changes);
  EXPECT_EQ(frame.updates[1].symbol, "ETH-USD");
}

TEST_F(CoinbaseTest, every_frame_of_a_connection_counts) {
  EXPECT_EQ(decode(snapshot(3)).lost, "") << "nothing is known of what lies before";
  EXPECT_EQ(decode(acknowledgement(4, R"("level2":["BTC-USD"])")).lost, "");
  EXPECT_EQ(decode(heartbeat(5)).lost, "");
  EXPECT_EQ(decode(message("market_trades", 6, "{}")).lost, "");
  EXPECT_EQ(decode(R"({"type":"error","message":"a word"})").lost, "") << "it has no number";
  const Frame& frame = decode(change(7));
  EXPECT_EQ(frame.lost, "");
  EXPECT_EQ(frame.updates[0].order, Order::follows);
}

TEST_F(CoinbaseTest, a_hole_costs_the_books_of_the_connection_whatever_shows_it) {
  static_cast<void>(decode(snapshot(3)));
  const Frame& book = decode(change(5));
  EXPECT_EQ(book.lost, "frame 5 of the connection came after 3: what lies between is missing");
  EXPECT_EQ(book.updates[0].order, Order::breaks);
  EXPECT_EQ(decode(change(6)).lost, "") << "it is told once";
  EXPECT_NE(decode(heartbeat(8)).lost, "");
  EXPECT_NE(decode(acknowledgement(8, "")).lost, "") << "one that comes twice";
  EXPECT_NE(decode(snapshot(0)).lost, "") << "the numbers begin anew";
  EXPECT_EQ(decode(change(1)).lost, "");
}

TEST_F(CoinbaseTest, numbers_begin_anew_with_a_connection) {
  static_cast<void>(decode(snapshot(3)));
  static_cast<void>(protocol_->open());
  EXPECT_EQ(decode(snapshot(0)).lost, "");
}

TEST_F(CoinbaseTest, a_snapshot_without_levels_is_no_book) {
  EXPECT_EQ(decode(message("l2_data", 1, event("snapshot", ""))).updates[0].lost,
            "a snapshot without levels");
}

TEST_F(CoinbaseTest, prices_are_held_exactly_or_cost_the_book) {
  const auto lost = [&](const std::string& price) {
    return decode(message("l2_data", 1, event("snapshot", row("offer", price, "1"))))
        .updates[0]
        .lost;
  };
  EXPECT_EQ(lost("138991023.41"), "");
  EXPECT_EQ(lost("0.000000001"), "");
  EXPECT_THAT(lost("0.0000000012"), HasSubstr("a price of more than nine decimals"));
}

TEST_F(CoinbaseTest, other_channels_are_of_no_interest) {
  for (const std::string& text :
       {heartbeat(1), message("ticker", 1, R"({"type":"snapshot","tickers":[]})"),
        message("l2_data", 1, ""), std::string{R"({"type":"heartbeat","sequence":90})"},
        std::string{R"({"type":"subscriptions","channels":[]})"},
        std::string{R"({"type":"ticker","sequence":9,"product_id":"A-B","side":"buy"})"},
        std::string{"{}"}}) {
    ask_for({});
    EXPECT_EQ(decode(text).kind, Kind::other) << text << decode(text).text;
    EXPECT_THAT(decode(text).updates, IsEmpty()) << text;
  }
}

TEST_F(CoinbaseTest, what_is_broken_is_malformed) {
  for (const std::string& text :
       {std::string{}, std::string{"[]"}, std::string{R"({"channel":"l2_data"})"},
        std::string{R"({"channel":"l2_data","events":[]})"},
        std::string{R"({"channel":"l2_data","sequence_num":1})"},
        std::string{R"({"channel":"l2_data","sequence_num":-1,"events":[]})"},
        message("l2_data", 1, R"({"type":"update","updates":[]})"),
        message("l2_data", 1, R"({"type":"update","product_id":"A-B"})"),
        message("l2_data", 1, event("what", "")),
        message("l2_data", 1, event("update", row("ask", "1", "1"))),
        message("l2_data", 1, event("update", row("bid", "x", "1"))),
        message("l2_data", 1, event("update", row("bid", "1", "-1"))),
        message("l2_data", 1, event("update", R"({"side":"bid","price_level":"1"})")),
        message("l2_data", 1, event("update", R"({"side":"bid","new_quantity":"1"})")),
        message("l2_data", 1, event("update", R"({"price_level":"1","new_quantity":"1"})")),
        snapshot(1) + " x", snapshot(1).substr(0, 90)}) {
    EXPECT_EQ(decode(text).kind, Kind::malformed) << text;
    EXPECT_THAT(decode(text).updates, IsEmpty()) << text;
  }
}

TEST_F(CoinbaseTest, the_exchange_feed_has_books_without_numbers) {
  const Frame& image =
      decode(R"({"type":"snapshot","product_id":"SKL-USD","asks":[["0.791","450.0"]],)"
             R"("bids":[["0.79","12.5"]]})");
  ASSERT_EQ(image.kind, Kind::book) << image.text;
  EXPECT_EQ(image.updates[0].kind, BookUpdate::Kind::image);
  EXPECT_EQ(image.updates[0].symbol, "SKL-USD");
  EXPECT_EQ(image.updates[0].time, std::nullopt) << "not told in 2021";
  ASSERT_THAT(image.updates[0].levels, SizeIs(2));
  EXPECT_EQ(image.updates[0].levels[0].side, Side::ask);
  const Frame& changes =
      decode(R"({"type":"l2update","product_id":"SKL-USD","changes":[["sell","0.7923","7441.5"],)"
             R"(["buy","0.7885","0.0"]],"time":"2021-05-06T07:08:09.075351Z"})");
  ASSERT_EQ(changes.kind, Kind::book) << changes.text;
  const BookUpdate& update = changes.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::changes);
  EXPECT_EQ(update.order, Order::untold);
  EXPECT_EQ(update.time, parse_iso("2021-05-06T07:08:09.075351Z"));
  ASSERT_THAT(update.levels, SizeIs(2));
  EXPECT_EQ(update.levels[0].side, Side::ask);
  EXPECT_EQ(update.levels[1].size, 0);
}

TEST_F(CoinbaseTest, the_exchange_feed_has_times_that_are_none) {
  const Frame& frame = decode(
      R"({"changes":[["buy","1","2"]],"time":"0001-01-01T00:00:00.000000Z","type":"l2update",)"
      R"("product_id":"SKL-USD"})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  EXPECT_EQ(frame.updates[0].time, std::nullopt);
}

TEST_F(CoinbaseTest, books_of_the_exchange_feed_can_be_broken) {
  for (const char* text : {R"({"type":"snapshot","product_id":"A-B","bids":[]})",
                           R"({"type":"snapshot","bids":[["1","1"]],"asks":[]})",
                           R"({"type":"l2update","product_id":"A-B"})",
                           R"({"type":"l2update","product_id":"A-B","changes":[["hold","1","1"]]})",
                           R"({"type":"l2update","product_id":"A-B","changes":[["buy","1"]]})"})
    EXPECT_EQ(decode(text).kind, Kind::malformed) << text;
}

TEST_F(CoinbaseTest, asks_for_books_and_heartbeats) {
  const auto protocol = venue().make_protocol({.symbols = {"BTC-USD", "ETH-EUR"}});
  EXPECT_THAT(protocol->open(),
              ElementsAre(Request{R"({"type":"subscribe","product_ids":["BTC-USD","ETH-EUR"],)"
                                  R"("channel":"level2"})"},
                          Request{R"({"type":"subscribe","channel":"heartbeats"})"}));
  EXPECT_THAT(
      protocol->refresh("ETH-EUR"),
      ElementsAre(Request{R"({"type":"unsubscribe","product_ids":["ETH-EUR"],"channel":"level2"})"},
                  Request{R"({"type":"subscribe","product_ids":["ETH-EUR"],"channel":"level2"})"}));
}

constexpr const char* heartbeats = R"("heartbeats":["heartbeats"],)";

TEST_F(CoinbaseTest, what_no_acknowledgement_lists_is_no_product) {
  ask_for({"BTC-USD", "NOPE-USD", "NADA-USD"});
  const Frame& first = decode(acknowledgement(0, R"("level2":["BTC-USD"])"));
  EXPECT_EQ(first.kind, Kind::subscribed) << "the other one may come late";
  EXPECT_EQ(first.text, "BTC-USD");
  const Frame& frame =
      decode(acknowledgement(1, std::string{heartbeats} + R"("level2":["BTC-USD"])"));
  EXPECT_EQ(frame.kind, Kind::refused);
  EXPECT_EQ(frame.text, "no such product: NOPE-USD, NADA-USD");
  EXPECT_EQ(frame.symbol, "NOPE-USD") << "others are served";
  EXPECT_THAT(frame.replies, IsEmpty());
  EXPECT_EQ(decode(acknowledgement(2, R"("level2":[])")).kind, Kind::subscribed)
      << "of a later unsubscription";
}

TEST_F(CoinbaseTest, products_none_of_which_is_served_name_no_symbol) {
  ask_for({"NOPE-USD"});
  static_cast<void>(decode(acknowledgement(0, "")));
  const Frame& frame = decode(acknowledgement(1, R"("heartbeats":["heartbeats"])"));
  EXPECT_EQ(frame.text, "no such product: NOPE-USD");
  EXPECT_EQ(frame.symbol, "");
}

TEST_F(CoinbaseTest, a_loss_is_told_before_anything_else) {
  ask_for({"NOPE-USD"});
  static_cast<void>(decode(acknowledgement(0, "")));
  EXPECT_NE(decode(acknowledgement(2, "")).lost, "");
  EXPECT_EQ(decode(acknowledgement(5, "")).kind, Kind::subscribed);
}

TEST_F(CoinbaseTest, an_error_about_one_product_asks_for_the_others) {
  ask_for({"BTC-USD", "NOPE-USD", "NADA-USD"});
  const Frame& frame = decode(R"({"type":"error","message":"Failed to subscribe",)"
                              R"("reason":"NOPE-USD is not a valid product"})");
  EXPECT_EQ(frame.kind, Kind::refused);
  EXPECT_EQ(frame.text, "no such product: NOPE-USD");
  EXPECT_EQ(frame.symbol, "NOPE-USD");
  EXPECT_THAT(frame.replies,
              ElementsAre(Request{R"({"type":"subscribe","product_ids":["BTC-USD","NADA-USD"],)"
                                  R"("channel":"level2"})"}));
  EXPECT_THAT(
      decode(R"({"type":"error","message":"NADA-USD is not a valid product"})").replies,
      ElementsAre(Request{R"({"type":"subscribe","product_ids":["BTC-USD"],"channel":"level2"})"}));
}

TEST_F(CoinbaseTest, errors_have_words_of_their_own) {
  const auto refusal = [&](const std::string& message) {
    const Frame& frame = decode(R"({"type":"error","message":")" + message + R"("})");
    EXPECT_EQ(frame.kind, Kind::refused);
    EXPECT_EQ(frame.symbol, "");
    return frame.text + (frame.passes ? " (passes)" : "");
  };
  EXPECT_EQ(refusal("too many L2 streams requested in a single session"),
            "too many symbols for one connection: "
            "too many L2 streams requested in a single session");
  EXPECT_EQ(refusal("authentication failure"),
            "it wants a key, and obkit has none for it: authentication failure");
  EXPECT_EQ(refusal("rate limit exceeded"), "rate limit exceeded (passes)");
  EXPECT_EQ(refusal("something else"), "something else");
  EXPECT_EQ(refusal(" is not a valid product"), " is not a valid product");
  EXPECT_EQ(
      decode(
          R"({"type":"error","message":"Failed to subscribe","reason":"level2, level3, and full )"
          R"(channels now require authentication."})")
          .text,
      "it wants a key, and obkit has none for it: Failed to subscribe: level2, level3, and full "
      "channels now require authentication.");
}

TEST_F(CoinbaseTest, a_book_in_usdc_is_that_in_usd) {
  ask_for({"BTC-USDC", "USDT-USDC"});
  EXPECT_EQ(decode(snapshot(0)).updates[0].symbol, "BTC-USDC");
  EXPECT_EQ(decode(snapshot(1, "USDT-USDC")).updates[0].symbol, "USDT-USDC");
  const std::string list = R"("level2":["BTC-USD","USDT-USDC"])";
  EXPECT_EQ(decode(acknowledgement(2, list)).kind, Kind::subscribed);
  EXPECT_EQ(decode(acknowledgement(3, list)).kind, Kind::subscribed) << "none is missing";
}

TEST_F(CoinbaseTest, a_book_that_two_symbols_name_is_of_both) {
  ask_for({"BTC-USDC", "BTC-USD"});
  const Frame& frame = decode(snapshot(0));
  ASSERT_THAT(frame.updates, SizeIs(2));
  EXPECT_EQ(frame.updates[0].symbol, "BTC-USD");
  EXPECT_EQ(frame.updates[1].symbol, "BTC-USDC");
  EXPECT_EQ(frame.updates[1].levels, frame.updates[0].levels);
}

TEST_F(CoinbaseTest, captures_of_other_symbols_keep_the_number) {
  ask_for({"BTC-USD", "ETH-USD"});
  const std::string stand_in = decode(snapshot(7)).elsewhere;
  EXPECT_EQ(stand_in, R"({"channel":"l2_data","sequence_num":7,"events":[]})");
  EXPECT_EQ(decode(heartbeat(8)).elsewhere, "") << "it is in all of them";
  ask_for({"ETH-USD"});
  EXPECT_EQ(decode(snapshot(6, "ETH-USD")).elsewhere, "") << "there are no others";
  EXPECT_EQ(decode(stand_in).kind, Kind::other);
  EXPECT_EQ(decode(change(8, "ETH-USD")).lost, "");
}

TEST(CoinbaseVenue, knows_its_symbols_and_frames) {
  const Venue coinbase = venue();
  EXPECT_TRUE(coinbase.is_symbol("BTC-PERP-INTX"));
  EXPECT_FALSE(coinbase.is_symbol("BTC/USD"));
  EXPECT_FALSE(coinbase.is_symbol(""));
  for (const std::string& text :
       {snapshot(1), heartbeat(2), std::string{R"({"type":"l2update","product_id":"A-B"})"}}) {
    ASSERT_NE(venue_of_frame(text), nullptr) << text;
    EXPECT_EQ(venue_of_frame(text)->name, "coinbase") << text;
  }
  EXPECT_FALSE(coinbase.recognizes(R"({"feed":"ticker","product_id":"PI_XBTUSD"})"));
}

}  // namespace
}  // namespace obkit::feed::coinbase
