#include "venues/bybit.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/source.hpp"

#include "inbox.hpp"
#include "naive_book.hpp"

namespace obkit::exchange::bybit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<Channel> symbols{{"BTCUSDT", ""}, {"ETHUSDT", ""}};
const Timestamp start = *parse_epoch_seconds("1786310818.129");

Row row(Side side, const char* price, std::optional<std::int64_t> size, BookAction action) {
  return {level_id(side, *parse_price(price)), side, *parse_price(price), size, {}, action};
}

BookFrame frame(BookAction action) {
  BookFrame frame{0, action, start, {}, {}, 15076953, 15076952};
  frame.rows = {row(Side::bid, "65114.2", 6, BookAction::update),
                row(Side::bid, "65114", std::nullopt, BookAction::remove),
                row(Side::ask, "65114.35", 7, BookAction::insert)};
  return frame;
}

// The exchange's own order of keys, as captures of 2026 have it.
TEST(BybitFrame, is_written_as_the_linear_stream_writes_it) {
  EXPECT_EQ(BybitProtocol{BybitStream::linear}.write(frame(BookAction::change), symbols[0]),
            R"({"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1786310818129,"data":{)"
            R"("s":"BTCUSDT","b":[["65114.20","6"],["65114.00","0"]],"a":[["65114.35","7"]],)"
            R"("u":15076953,"seq":753889130859},"cts":1786310818129})");
}

TEST(BybitFrame, spot_has_the_time_before_the_type) {
  EXPECT_THAT(BybitProtocol{BybitStream::spot}.write(frame(BookAction::partial), symbols[0]),
              HasSubstr(R"("topic":"orderbook.50.BTCUSDT","ts":1786310818129,"type":"snapshot",)"));
}

TEST(BybitFrame, is_read_back_as_it_was_written) {
  const BybitProtocol protocol{BybitStream::linear};
  const auto read = protocol.parse(protocol.write(frame(BookAction::change), symbols[0]), start);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->symbol, "BTCUSDT");
  EXPECT_EQ(read->frame.action, BookAction::change);
  EXPECT_EQ(read->frame.change_id, 15076953U);
  EXPECT_EQ(read->frame.previous_change_id, 15076952U);
  ASSERT_THAT(read->frame.rows, SizeIs(3));
  EXPECT_EQ(read->frame.rows[1].action, BookAction::remove);
  EXPECT_EQ(read->frame.rows[2].size, 7);
  EXPECT_FALSE(protocol.parse(R"({"topic":"tickers.BTCUSDT","data":{}})", start));
}

TEST(BybitFrame, of_the_best_level_has_a_number_of_its_own_and_that_of_all_windows) {
  TrueBook book;
  BookFrame image = frame(BookAction::partial);
  image.rows = {row(Side::bid, "65114.2", 6, BookAction::insert),
                row(Side::bid, "65114", 5, BookAction::insert),
                row(Side::ask, "65114.35", 7, BookAction::insert)};
  book.apply(image);
  const BybitProtocol protocol{BybitStream::linear};
  const std::string text = protocol.write_best(book, symbols[0]);
  EXPECT_EQ(text, R"({"topic":"orderbook.1.BTCUSDT","ts":1786310818129,"type":"snapshot","data":{)"
                  R"("s":"BTCUSDT","b":[["65114.20","6"]],"a":[["65114.35","7"]],)"
                  R"("u":30154906,"seq":753889130859},"cts":1786310818129})");
  EXPECT_FALSE(protocol.parse(text, start)) << "it is no book";
}

class BybitTalk : public testing::Test {
 protected:
  Outcome say(const std::string& operation, const std::string& topics) {
    return talk_.receive(R"({"op":")" + operation + R"(","args":[)" + topics + "]}", start);
  }
  BybitConversation talk_{symbols, BybitStream::linear, 1000ms};
  const std::string btc_ = R"("orderbook.50.BTCUSDT")", eth_ = R"("orderbook.50.ETHUSDT")";
};

TEST_F(BybitTalk, books_come_before_the_acknowledgement) {
  const Outcome outcome = say("subscribe", btc_);
  EXPECT_THAT(outcome.replies, IsEmpty());
  ASSERT_THAT(outcome.subscribed, SizeIs(1));
  EXPECT_EQ(talk_.due(), start) << "at once, but behind them";
  EXPECT_THAT(talk_.on_time(start).replies,
              ElementsAre(R"({"success":true,"ret_msg":"","conn_id":"d8bu1olkndm7crnfs1e0-j6akw",)"
                          R"("req_id":"","op":"subscribe"})"));
}

TEST_F(BybitTalk, one_bad_topic_fails_its_whole_request) {
  const Outcome outcome = say("subscribe", btc_ + R"(,"orderbook.50.NOPE")");
  EXPECT_THAT(outcome.replies,
              ElementsAre(HasSubstr("error:handler not found,topic:orderbook.50.NOPE")));
  EXPECT_THAT(outcome.subscribed, IsEmpty());
}

TEST_F(BybitTalk, subscribing_twice_is_refused_until_one_has_left) {
  static_cast<void>(say("subscribe", btc_));
  EXPECT_THAT(say("subscribe", eth_ + "," + btc_).replies,
              ElementsAre(HasSubstr("error:already subscribed,topic:orderbook.50.BTCUSDT")));
  EXPECT_THAT(say("unsubscribe", btc_).unsubscribed, SizeIs(1));
  EXPECT_THAT(say("subscribe", btc_).subscribed, SizeIs(1));
}

TEST_F(BybitTalk, the_best_level_is_a_subscription_of_its_own) {
  static_cast<void>(say("subscribe", btc_));
  const Outcome outcome = say("subscribe", R"("orderbook.1.BTCUSDT")");
  ASSERT_THAT(outcome.subscribed, SizeIs(1));
  EXPECT_TRUE(outcome.subscribed[0].is_of_best);
  const Outcome left = say("unsubscribe", R"("orderbook.1.BTCUSDT")");
  ASSERT_THAT(left.unsubscribed, SizeIs(1));
  EXPECT_EQ(left.unsubscribed[0].topic, "orderbook.1.BTCUSDT");
}

TEST_F(BybitTalk, spot_takes_ten_topics_a_request) {
  BybitConversation spot{symbols, BybitStream::spot, 1000ms};
  std::string topics = btc_;
  for (int i = 0; i < 10; ++i) topics += "," + eth_;
  EXPECT_THAT(spot.receive(R"({"op":"subscribe","args":[)" + topics + "]}", start).replies,
              ElementsAre(HasSubstr("args size >10")));
}

TEST_F(BybitTalk, a_ping_is_answered_and_silence_is_cut) {
  EXPECT_THAT(talk_.receive(R"({"op":"ping"})", start).replies,
              ElementsAre(HasSubstr(R"("ret_msg":"pong")")));
  EXPECT_EQ(talk_.due(), start + 600s);
  EXPECT_FALSE(talk_.on_time(start + 599s).close);
  EXPECT_TRUE(talk_.on_time(start + 600s).close);
}

TEST_F(BybitTalk, what_is_no_request_is_told_so) {
  EXPECT_THAT(talk_.receive("}{", start).replies, ElementsAre(HasSubstr("Failed to decode")));
  EXPECT_THAT(say("dance", "").replies, ElementsAre(HasSubstr("error:invalid op")));
}

TEST(BybitWindow, always_has_50_levels_a_side_and_counted_numbers) {
  Exchange exchange{
      make_synthetic_source(
          {.symbols = {"A"}, .seed = 5, .start = start, .rate = 40, .first_price = 60000}),
      Venue::bybit_linear};
  std::uint64_t number = exchange.book(0).change_id();
  for (int i = 0; i < 2'000; ++i) {
    exchange.publish();
    ASSERT_EQ(exchange.book(0).levels(Side::bid, 500).size(), 50U);
    ASSERT_EQ(exchange.book(0).levels(Side::ask, 500).size(), 50U);
    ASSERT_EQ(exchange.book(0).change_id(), ++number);
  }
}

TEST(BybitWindow, is_the_best_of_the_whole_book) {
  const SyntheticOptions options{
      .symbols = {"A"}, .seed = 5, .start = start, .rate = 40, .first_price = 60000};
  Exchange whole{make_synthetic_source(options), Venue::deribit};
  Exchange window{make_synthetic_source(options), Venue::bybit_linear};
  for (int i = 0; i < 500; ++i) {
    whole.publish();
    while (window.now() < whole.now()) window.publish();
    ASSERT_EQ(window.book(0).ladder_crc(), whole.book(0).ladder_crc());
  }
}

}  // namespace
}  // namespace obkit::exchange::bybit
