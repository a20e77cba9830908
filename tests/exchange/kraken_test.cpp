#include "venues/kraken.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/source.hpp"

#include "venues/kraken_futures.hpp"

namespace obkit::exchange::kraken {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::vector<Channel> symbols{{"BTC/USD", ""}, {"ETH/USD", ""}};
const Timestamp start = *parse_iso("2026-08-18T20:43:55.546900Z");

Row row(Side side, const char* price, std::optional<std::int64_t> size, BookAction action) {
  return {level_id(side, *parse_price(price)), side, *parse_price(price), size, {}, action};
}

BookFrame frame(BookAction action) {
  BookFrame frame{0, action, start, {}, {}, 7, 6, 1234};
  frame.rows = {row(Side::bid, "102.4", 5, BookAction::update),
                row(Side::bid, "99", std::nullopt, BookAction::remove),
                row(Side::ask, "102.5", 31, BookAction::insert)};
  return frame;
}

// The exchange's own order of keys, as captures of 2026 have it.
TEST(KrakenFrame, is_written_as_the_exchange_writes_it) {
  EXPECT_EQ(KrakenProtocol{}.write(frame(BookAction::change), symbols[0]),
            R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD",)"
            R"("bids":[{"price":102.4,"qty":5.00000000},{"price":99.0,"qty":0.00000000}],)"
            R"("asks":[{"price":102.5,"qty":31.00000000}],)"
            R"("checksum":1234,"timestamp":"2026-08-18T20:43:55.546900Z"}]})");
}

TEST(KrakenFrame, what_only_leaves_the_window_is_not_told) {
  BookFrame leaving = frame(BookAction::change);
  leaving.rows[1].left_window = true;
  EXPECT_THAT(KrakenProtocol{}.write(leaving, symbols[0]), Not(HasSubstr("99.0")));
}

/// CRC-32 by Python's zlib: 1025 3100000000 (asks), 1024 500000000 990 100000000 (bids).
TEST(KrakenFrame, a_snapshot_has_the_checksum_of_what_is_in_it) {
  BookFrame image = frame(BookAction::partial);
  image.rows[1] = row(Side::bid, "99", 1, BookAction::insert);
  const std::string text = KrakenProtocol{}.write(image, symbols[0]);
  EXPECT_THAT(text, HasSubstr(R"("type":"snapshot")"));
  EXPECT_THAT(text, HasSubstr(R"("checksum":3339777842,)"));
}

class KrakenTalk : public testing::Test {
 protected:
  Outcome say(const std::string& method, const std::string& list, int depth = 10) {
    return talk_.receive(R"({"method":")" + method + R"(","params":{"channel":"book","symbol":[)" +
                             list + R"(],"depth":)" + std::to_string(depth) + "}}",
                         start);
  }
  KrakenConversation talk_{symbols, 1000ms};
  const std::string btc_ = R"("BTC/USD")";
};

TEST_F(KrakenTalk, begins_with_its_status) {
  EXPECT_THAT(talk_.open({}).replies, ElementsAre(HasSubstr(R"("system":"online")")));
}

TEST_F(KrakenTalk, each_symbol_is_answered_for_itself) {
  const Outcome outcome = say("subscribe", btc_ + R"(,"NO/PE","ETH/USD")");
  EXPECT_THAT(outcome.replies,
              ElementsAre(HasSubstr(R"("result":{"channel":"book","depth":10,"symbol":"BTC/USD"})"),
                          HasSubstr(R"("error":"Currency pair not supported NO/PE")"),
                          HasSubstr("ETH/USD")));
  EXPECT_THAT(outcome.subscribed, SizeIs(2));
}

TEST_F(KrakenTalk, has_one_depth_and_one_subscription_a_symbol) {
  EXPECT_THAT(say("subscribe", btc_, 25).replies,
              ElementsAre(HasSubstr("Subscription depth not supported")));
  EXPECT_THAT(say("unsubscribe", btc_).replies, ElementsAre(HasSubstr("Not Found")));
  EXPECT_THAT(say("subscribe", btc_).subscribed, SizeIs(1));
  EXPECT_THAT(say("subscribe", btc_).replies, ElementsAre(HasSubstr("Already subscribed")));
  EXPECT_THAT(say("unsubscribe", btc_).unsubscribed, SizeIs(1));
  EXPECT_THAT(say("subscribe", btc_).subscribed, SizeIs(1));
}

TEST_F(KrakenTalk, a_heart_beats_until_silence_is_cut) {
  EXPECT_THAT(talk_.receive(R"({"method":"ping"})", start).replies,
              ElementsAre(HasSubstr(R"("method":"pong")")));
  EXPECT_EQ(talk_.due(), start + 1s);
  EXPECT_THAT(talk_.on_time(start + 1s).replies, ElementsAre(R"({"channel":"heartbeat"})"));
  EXPECT_EQ(talk_.due(), start + 2s);
  EXPECT_FALSE(talk_.on_time(start + 59s).close);
  EXPECT_TRUE(talk_.on_time(start + 60s).close);
}

TEST_F(KrakenTalk, what_is_no_request_is_told_so) {
  EXPECT_THAT(talk_.receive("}{", start).replies, ElementsAre(HasSubstr("Malformed request")));
  EXPECT_THAT(say("dance", btc_).replies, ElementsAre(HasSubstr("Malformed request")));
}

TEST(KrakenWindow, has_ten_levels_and_tells_nothing_of_those_that_leave_it) {
  Exchange exchange{
      make_synthetic_source(
          {.symbols = {"A"}, .seed = 5, .start = start, .rate = 40, .first_price = 60000}),
      Venue::kraken};
  bool has_left = false;
  for (int i = 0; i < 2'000; ++i) {
    for (const Row& one : exchange.upcoming()->frames.at(0).rows) has_left |= one.left_window;
    exchange.publish();
    ASSERT_EQ(exchange.book(0).levels(Side::bid, 500).size(), 10U);
    ASSERT_EQ(exchange.book(0).levels(Side::ask, 500).size(), 10U);
  }
  EXPECT_TRUE(has_left);
}

TEST(KrakenFuturesFrame, is_one_level) {
  BookFrame one = frame(BookAction::change);
  one.rows.resize(1);
  EXPECT_EQ(KrakenFuturesProtocol{}.write(one, {"PF_XBTUSD", ""}),
            R"({"feed":"book","product_id":"PF_XBTUSD","side":"buy","seq":7,"price":102.4,)"
            R"("qty":5.0,"timestamp":1787085835546})");
  one.rows[0] = row(Side::ask, "102.5", std::nullopt, BookAction::remove);
  EXPECT_THAT(KrakenFuturesProtocol{}.write(one, {"PF_XBTUSD", ""}),
              HasSubstr(R"("side":"sell","seq":7,"price":102.5,"qty":0.0,)"));
}

TEST(KrakenFuturesFrame, a_snapshot_has_both_sides) {
  BookFrame image = frame(BookAction::partial);
  image.rows.erase(image.rows.begin() + 1);
  EXPECT_EQ(KrakenFuturesProtocol{}.write_partial({image}, {{"PI_X", ""}}, "PI_X"),
            R"({"feed":"book_snapshot","product_id":"PI_X","timestamp":1787085835546,"seq":7,)"
            R"("tickSize":null,"bids":[{"price":102.4,"qty":5.0}],)"
            R"("asks":[{"price":102.5,"qty":31.0}]})");
}

TEST(KrakenFuturesTalk, each_product_is_answered_for_itself) {
  const std::vector<Channel> products{{"PI_X", ""}, {"PF_Y", ""}};
  KrakenFuturesConversation talk{products};
  EXPECT_THAT(talk.open({}).replies, ElementsAre(R"({"event":"info","version":1})"));
  const auto say = [&](const std::string& event) {
    return talk.receive(
        R"({"event":")" + event + R"(","feed":"book","product_ids":["PI_X","NOPE","PF_Y"]})",
        start);
  };
  const Outcome outcome = say("subscribe");
  EXPECT_THAT(outcome.replies,
              ElementsAre(R"({"event":"subscribed","feed":"book","product_ids":["PI_X"]})",
                          HasSubstr("Unknown product_id"), HasSubstr("PF_Y")));
  EXPECT_THAT(outcome.subscribed, SizeIs(2));
  EXPECT_THAT(say("subscribe").subscribed, IsEmpty());
  EXPECT_THAT(say("unsubscribe").unsubscribed, SizeIs(2));
  EXPECT_THAT(say("dance").replies, ElementsAre(HasSubstr("Bad request")));
}

TEST(KrakenFuturesNumbers, are_counted_and_no_book_in_between_is_crossed) {
  Exchange exchange{
      make_synthetic_source(
          {.symbols = {"A"}, .seed = 5, .start = start, .rate = 80, .first_price = 60000}),
      Venue::kraken_futures};
  std::uint64_t number = exchange.book(0).change_id(), last = number;
  exchange.observe([&](const Truth& truth) {
    ASSERT_EQ(truth.rows, 1U);
    ASSERT_EQ(truth.book.change_id(), ++number);
    ASSERT_LT(truth.book.levels(Side::bid, 1).at(0).price,
              truth.book.levels(Side::ask, 1).at(0).price);
  });
  for (int i = 0; i < 1'000; ++i) exchange.publish();
  EXPECT_GT(number, last + 2'000);
}

}  // namespace
}  // namespace obkit::exchange::kraken
