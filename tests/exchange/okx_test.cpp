#include "venues/okx.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/source.hpp"

namespace obkit::exchange::okx {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<Channel> symbols{{"BTC-USDT", ""}, {"ETH-USDT", ""}};
const Timestamp start = *parse_epoch_seconds("1790439595.500");

BookFrame frame(BookAction action) {
  const auto row = [](Side side, const char* price, std::optional<std::int64_t> size,
                      BookAction what) {
    return Row{level_id(side, *parse_price(price)), side, *parse_price(price), size, {}, what};
  };
  BookFrame frame{0, action, start, {}, {}, 342177337533, 342177337464};
  frame.rows = {row(Side::bid, "84093.40", 569, BookAction::update),
                row(Side::bid, "84000", std::nullopt, BookAction::remove),
                row(Side::ask, "84102.0", 7, BookAction::insert)};
  return frame;
}

// The exchange's own order of keys, as captures of 2026 have it.
TEST(OkxFrame, is_written_as_the_exchange_writes_it) {
  EXPECT_EQ(OkxProtocol{}.write(frame(BookAction::change), symbols[0]),
            R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{)"
            R"("asks":[["84102","7","0","1"]],)"
            R"("bids":[["84093.4","569","0","1"],["84000","0","0","0"]],)"
            R"("ts":"1790439595500","checksum":0,"seqId":342177337533,)"
            R"("prevSeqId":342177337464}]})");
}

TEST(OkxFrame, a_snapshot_follows_nothing) {
  const std::string text = OkxProtocol{}.write(frame(BookAction::partial), symbols[0]);
  EXPECT_THAT(text, HasSubstr(R"("action":"snapshot")"));
  EXPECT_THAT(text, HasSubstr(R"("seqId":342177337533,"prevSeqId":-1)"));
}

TEST(OkxFrame, is_read_back_as_it_was_written) {
  const OkxProtocol protocol;
  const auto read = protocol.parse(protocol.write(frame(BookAction::change), symbols[0]), start);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->symbol, "BTC-USDT");
  EXPECT_EQ(read->frame.action, BookAction::change);
  EXPECT_EQ(read->frame.time, start);
  EXPECT_EQ(read->frame.change_id, 342177337533U);
  EXPECT_EQ(read->frame.previous_change_id, 342177337464U);
  ASSERT_THAT(read->frame.rows, SizeIs(3));
  EXPECT_EQ(read->frame.rows[1].action, BookAction::remove);
  EXPECT_EQ(read->frame.rows[2].size, 7);
  EXPECT_FALSE(protocol.parse(R"({"event":"subscribe","arg":{"channel":"books"}})", start));
}

TEST(OkxFrame, of_the_best_level_has_the_number_of_the_book) {
  TrueBook book;
  BookFrame image = frame(BookAction::partial);
  for (Row& row : image.rows) row.action = BookAction::insert, row.size = 7;
  book.apply(image);
  const std::string text = OkxProtocol{}.write_best(book, symbols[0]);
  EXPECT_EQ(
      text,
      R"({"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["84102","7","0",)"
      R"("1"]],"bids":[["84093.4","7","0","1"]],"ts":"1790439595500","seqId":342177337533}]})");
  EXPECT_FALSE(OkxProtocol{}.parse(text, start)) << "it is no book";
}

class OkxTalk : public testing::Test {
 protected:
  Outcome say(const std::string& operation, const std::string& symbol) {
    return talk_.receive(R"({"op":")" + operation + R"(","args":[{"channel":"books","instId":")" +
                             symbol + R"("}]})",
                         start);
  }
  OkxConversation talk_{symbols, 1000ms};
};

TEST_F(OkxTalk, each_argument_is_answered_for_itself) {
  const Outcome outcome = talk_.receive(
      R"({"id":"b1","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"},)"
      R"({"channel":"books","instId":"NOPE"},{"channel":"books","instId":"ETH-USDT"}]})",
      start);
  EXPECT_THAT(
      outcome.replies,
      ElementsAre(R"({"id":"b1","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},)"
                  R"("connId":"a4d3ae55"})",
                  HasSubstr("channel:books,instId:NOPE doesn't exist"), HasSubstr("ETH-USDT")));
  EXPECT_THAT(outcome.subscribed, SizeIs(2));
}

TEST_F(OkxTalk, who_subscribes_again_begins_anew) {
  static_cast<void>(say("subscribe", "BTC-USDT"));
  const Outcome again = say("subscribe", "BTC-USDT");
  EXPECT_THAT(again.unsubscribed, SizeIs(1));
  EXPECT_THAT(again.subscribed, SizeIs(1));
  EXPECT_THAT(say("unsubscribe", "BTC-USDT").unsubscribed, SizeIs(1));
  EXPECT_THAT(say("unsubscribe", "BTC-USDT").unsubscribed, IsEmpty());
}

TEST_F(OkxTalk, the_best_level_is_a_subscription_of_its_own) {
  static_cast<void>(say("subscribe", "BTC-USDT"));
  const std::string argument = R"("args":[{"channel":"bbo-tbt","instId":"BTC-USDT"}]})";
  const Outcome outcome = talk_.receive(R"({"op":"subscribe",)" + argument, start);
  EXPECT_THAT(outcome.replies, ElementsAre(HasSubstr(R"("channel":"bbo-tbt")")));
  EXPECT_THAT(outcome.unsubscribed, IsEmpty());
  ASSERT_THAT(outcome.subscribed, SizeIs(1));
  EXPECT_TRUE(outcome.subscribed[0].is_of_best);
  const Outcome left = talk_.receive(R"({"op":"unsubscribe",)" + argument, start);
  ASSERT_THAT(left.unsubscribed, SizeIs(1));
  EXPECT_EQ(left.unsubscribed[0].topic, outcome.subscribed[0].topic);
  EXPECT_THAT(say("unsubscribe", "BTC-USDT").unsubscribed, SizeIs(1));
}

TEST_F(OkxTalk, a_ping_is_answered_and_silence_is_cut) {
  EXPECT_THAT(talk_.receive("ping", start).replies, ElementsAre("pong"));
  EXPECT_EQ(talk_.due(), start + 30s);
  EXPECT_FALSE(talk_.on_time(start + 29s).close);
  EXPECT_TRUE(talk_.on_time(start + 30s).close);
}

TEST_F(OkxTalk, what_is_no_request_is_told_so) {
  EXPECT_THAT(talk_.receive("}{", start).replies, ElementsAre(HasSubstr(R"("code":"60012")")));
  EXPECT_THAT(say("dance", "BTC-USDT").replies, ElementsAre(HasSubstr("Illegal request")));
}

TEST_F(OkxTalk, an_end_that_is_planned_is_told_before) {
  const Outcome outcome = talk_.complain({.fault = Fault::maintenance}, start);
  EXPECT_THAT(outcome.replies,
              ElementsAre(testing::AllOf(HasSubstr(R"("event":"notice")"), HasSubstr("64008"))));
  ASSERT_TRUE(outcome.close);
  EXPECT_EQ(outcome.close->after, 60s);
}

TEST(OkxNumbers, form_a_chain_and_begin_anew_now_and_then) {
  Exchange exchange{
      make_synthetic_source(
          {.symbols = {"A"}, .seed = 5, .start = start, .rate = 40, .first_price = 60000}),
      Venue::okx};
  int restarts = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::uint64_t before = exchange.book(0).change_id();
    ASSERT_EQ(exchange.upcoming()->frames.at(0).previous_change_id, before);
    exchange.publish();
    if (exchange.book(0).change_id() < before) ++restarts;
  }
  EXPECT_GT(restarts, 2);
  EXPECT_LT(restarts, 30);
}

}  // namespace
}  // namespace obkit::exchange::okx
