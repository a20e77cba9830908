#include "venues/coinbase.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/source.hpp"

#include "inbox.hpp"

namespace obkit::exchange::coinbase {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<Channel> symbols{{"BTC-USD", ""}, {"ETH-USD", ""}};
const Timestamp start = *parse_epoch_seconds("1786309548.170326");

Row row(Side side, const char* price, std::optional<std::int64_t> size, BookAction action) {
  return {level_id(side, *parse_price(price)), side, *parse_price(price), size, {}, action};
}

BookFrame frame(BookAction action) {
  BookFrame frame{0, action, start, {}, {}, 1, 0};
  frame.rows = {row(Side::bid, "65083.66", 6, BookAction::update),
                row(Side::ask, "65083.71", std::nullopt, BookAction::remove)};
  return frame;
}

// The exchange's own order of keys, as captures of 2026 have it.
TEST(CoinbaseFrame, is_written_as_the_exchange_writes_it) {
  EXPECT_EQ(CoinbaseProtocol{}.write(frame(BookAction::change), symbols[0]),
            R"({"channel":"l2_data","timestamp":"2026-08-09T21:05:48.170326000Z",)"
            R"("sequence_num":"#","events":[{"type":"update","product_id":"BTC-USD","updates":[)"
            R"({"side":"bid","event_time":"2026-08-09T21:05:48.170326Z",)"
            R"("price_level":"65083.66","new_quantity":"6"},)"
            R"({"side":"offer","event_time":"2026-08-09T21:05:48.170326Z",)"
            R"("price_level":"65083.71","new_quantity":"0"}]}]})");
  EXPECT_THAT(CoinbaseProtocol{}.write(frame(BookAction::partial), symbols[0]),
              HasSubstr(R"("type":"snapshot")"));
}

TEST(CoinbaseFrame, is_read_back_as_it_was_written) {
  const CoinbaseProtocol protocol;
  const std::string text = protocol.write(frame(BookAction::change), symbols[0]);
  Inbox inbox;
  const auto read = protocol.parse(inbox.numbered(text), start);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->symbol, "BTC-USD");
  EXPECT_EQ(read->frame.action, BookAction::change);
  EXPECT_EQ(read->frame.time, start);
  EXPECT_EQ(read->frame.text, text) << "it is numbered anew";
  ASSERT_THAT(read->frame.rows, SizeIs(2));
  EXPECT_EQ(read->frame.rows[0].size, 6);
  EXPECT_EQ(read->frame.rows[1].action, BookAction::remove);
  EXPECT_FALSE(protocol.parse(R"({"channel":"heartbeats","events":[]})", start));
}

TEST(CoinbaseNumbers, are_of_a_connection_and_of_all_that_has_a_slot) {
  Inbox one, other;
  EXPECT_EQ(one.numbered(R"({"sequence_num":"#"})"), R"({"sequence_num":0})");
  EXPECT_EQ(one.numbered(R"({"type":"error"})"), R"({"type":"error"})");
  EXPECT_EQ(one.numbered(R"({"sequence_num":"#"})"), R"({"sequence_num":1})");
  EXPECT_EQ(other.numbered(R"({"sequence_num":"#"})"), R"({"sequence_num":0})");
}

class CoinbaseTalk : public testing::Test {
 protected:
  Outcome say(const std::string& type, const std::string& products,
              const std::string& channel = "level2") {
    return talk_.receive(R"({"type":")" + type + R"(","product_ids":[)" + products +
                             R"(],"channel":")" + channel + "\"}",
                         start);
  }
  CoinbaseConversation talk_{symbols, 1000ms};
  const std::string btc_ = R"("BTC-USD")", eth_ = R"("ETH-USD")";
};

TEST_F(CoinbaseTalk, books_come_before_acknowledgements_that_list_all) {
  const Outcome outcome = say("subscribe", eth_ + "," + btc_);
  EXPECT_THAT(outcome.replies, IsEmpty());
  EXPECT_THAT(outcome.subscribed, SizeIs(2));
  EXPECT_THAT(say("subscribe", "", "heartbeats").replies, IsEmpty());
  EXPECT_EQ(talk_.due(), start) << "at once, but behind them";
  const std::string list =
      R"({"channel":"subscriptions","timestamp":"2026-08-09T21:05:48.170326000Z",)"
      R"("sequence_num":"#","events":[{"subscriptions":{"heartbeats":["heartbeats"],)"
      R"("level2":["BTC-USD","ETH-USD"]}}]})";
  EXPECT_THAT(talk_.on_time(start).replies, ElementsAre(list, list));
}

TEST_F(CoinbaseTalk, who_has_a_book_gets_no_snapshot_until_it_has_left) {
  EXPECT_THAT(say("subscribe", btc_).subscribed, SizeIs(1));
  EXPECT_THAT(say("subscribe", btc_ + "," + eth_).subscribed, SizeIs(1));
  EXPECT_THAT(say("unsubscribe", btc_).unsubscribed, SizeIs(1));
  EXPECT_THAT(say("unsubscribe", btc_).unsubscribed, IsEmpty());
  EXPECT_THAT(say("subscribe", btc_).subscribed, SizeIs(1));
}

TEST_F(CoinbaseTalk, what_is_traded_in_usdc_is_the_book_of_usd) {
  const Outcome outcome = say("subscribe", R"("BTC-USDC")");
  ASSERT_THAT(outcome.subscribed, SizeIs(1));
  EXPECT_EQ(outcome.subscribed[0].symbol, "BTC-USD");
}

TEST_F(CoinbaseTalk, one_bad_product_fails_its_whole_request) {
  const Outcome outcome = say("subscribe", btc_ + R"(,"NOPE-USD")");
  EXPECT_THAT(outcome.subscribed, IsEmpty());
  EXPECT_THAT(outcome.replies, ElementsAre(R"({"type":"error","message":"Failed to subscribe",)"
                                           R"("reason":"NOPE-USD is not a valid product"})"));
}

TEST_F(CoinbaseTalk, a_connection_carries_30_books) {
  std::vector<Channel> many;
  std::string products;
  for (int i = 0; i < 31; ++i) {
    many.push_back({"P" + std::to_string(i) + "-USD", ""});
    products += (i == 0 ? "\"" : ",\"") + many.back().symbol + "\"";
  }
  CoinbaseConversation talk{many, 1000ms};
  const Outcome outcome = talk.receive(
      R"({"type":"subscribe","product_ids":[)" + products + R"(],"channel":"level2"})", start);
  EXPECT_THAT(outcome.replies,
              ElementsAre(HasSubstr("too many L2 streams requested in a single session")));
  EXPECT_THAT(outcome.subscribed, IsEmpty());
}

TEST_F(CoinbaseTalk, heartbeats_come_each_second) {
  static_cast<void>(say("subscribe", "", "heartbeats"));
  static_cast<void>(talk_.on_time(start));
  EXPECT_EQ(talk_.due(), start + 1s);
  EXPECT_THAT(talk_.on_time(start + 1s).replies,
              ElementsAre(HasSubstr(R"("heartbeat_counter":1)")));
  EXPECT_EQ(talk_.due(), start + 2s);
}

TEST_F(CoinbaseTalk, who_wants_no_heartbeats_is_cut) {
  static_cast<void>(say("subscribe", btc_));
  static_cast<void>(talk_.on_time(start));
  EXPECT_EQ(talk_.due(), start + 90s);
  EXPECT_FALSE(talk_.on_time(start + 89s).close);
  EXPECT_TRUE(talk_.on_time(start + 90s).close);
}

TEST_F(CoinbaseTalk, what_is_no_request_is_told_so) {
  EXPECT_THAT(talk_.receive("}{", start).replies, ElementsAre(HasSubstr("Malformed JSON")));
  EXPECT_THAT(say("dance", "").replies, ElementsAre(HasSubstr("Malformed JSON")));
  EXPECT_THAT(say("subscribe", btc_, "user").replies,
              ElementsAre(HasSubstr("authentication failure")));
}

/// Faults change what is sent, not how it is numbered: what is lost had a number.
TEST(CoinbaseFaults, leave_a_hole_where_a_frame_was_lost) {
  Exchange exchange{
      make_synthetic_source(
          {.symbols = {"A"}, .seed = 5, .start = start, .rate = 40, .first_price = 60000}),
      Venue::coinbase};
  Inbox inbox;
  exchange.subscribe(inbox, {"A", "A", {0}});
  exchange.send_partial(inbox, "A");
  exchange.inject({.fault = Fault::lost_delta});
  while (inbox.frames.size() < 3) exchange.publish();
  EXPECT_THAT(inbox.frames[0], HasSubstr(R"("sequence_num":0,)"));
  EXPECT_THAT(inbox.frames[1], HasSubstr(R"("sequence_num":2,)"));
  EXPECT_THAT(inbox.frames[2], HasSubstr(R"("sequence_num":3,)"));
}

}  // namespace
}  // namespace obkit::exchange::coinbase
