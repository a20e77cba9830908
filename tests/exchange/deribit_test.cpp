#include "venues/deribit.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/exchange/source.hpp"

namespace obkit::exchange {

namespace {

std::string short_float(double value) {
  std::string out;
  append_short_float(out, value);
  return out;
}

Price half_price(double value) {
  return Price::from_units(static_cast<std::int64_t>(value * 2) * (Price::units_per_one / 2), 1);
}

Row row(Side side, double at, std::optional<std::int64_t> size, BookAction action) {
  return {level_id(side, half_price(at)), side, half_price(at), size, {}, action};
}

TEST(ShortFloat, always_has_a_point) {
  EXPECT_EQ(short_float(0), "0.0");
  EXPECT_EQ(short_float(1), "1.0");
  EXPECT_EQ(short_float(10), "10.0");
  EXPECT_EQ(short_float(83958), "83958.0");
  EXPECT_EQ(short_float(76899.5), "76899.5");
  EXPECT_EQ(short_float(0.5), "0.5");
}

TEST(ShortFloat, has_an_exponent_only_where_that_is_shorter) {
  EXPECT_EQ(short_float(200), "200.0");
  EXPECT_EQ(short_float(3780), "3780.0");
  EXPECT_EQ(short_float(32180), "32180.0");
  EXPECT_EQ(short_float(0.0001), "0.0001");
  EXPECT_EQ(short_float(6000), "6.0e3");
  EXPECT_EQ(short_float(83900), "8.39e4");
  EXPECT_EQ(short_float(1000200), "1.0002e6");
  EXPECT_EQ(short_float(0.00002), "2.0e-5");
}

TEST(DeribitFrame, a_change_ends_with_what_it_continues) {
  BookFrame frame{0, BookAction::change, *parse_epoch_seconds("1789344931.639"), {}, {}};
  frame.change_id = 118850969743;
  frame.previous_change_id = 118850968930;
  frame.rows = {row(Side::bid, 76914, 1000200, BookAction::update),
                row(Side::ask, 77023, 10, BookAction::insert),
                row(Side::bid, 76893, std::nullopt, BookAction::remove)};
  EXPECT_EQ(
      write_deribit_frame(frame, {"BTC-PERPETUAL", ""}),
      R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms",)"
      R"("data":{"timestamp":1789344931639,"type":"change","change_id":118850969743,)"
      R"("instrument_name":"BTC-PERPETUAL",)"
      R"("bids":[["change",76914.0,1.0002e6],["delete",76893.0,0.0]],)"
      R"("asks":[["new",77023.0,10.0]],"prev_change_id":118850968930}}})");
}

TEST(DeribitFrame, a_snapshot_continues_nothing) {
  BookFrame frame{0, BookAction::partial, *parse_epoch_seconds("1790559412.833"), {}, {}};
  frame.change_id = 176209440222;
  frame.rows = {row(Side::bid, 83900, 6000, BookAction::insert)};
  EXPECT_EQ(
      write_deribit_frame(frame, {"BTC-PERPETUAL", ""}),
      R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms",)"
      R"("data":{"timestamp":1790559412833,"type":"snapshot","change_id":176209440222,)"
      R"("instrument_name":"BTC-PERPETUAL","bids":[["new",8.39e4,6.0e3]],"asks":[]}}})");
}

TEST(DeribitFrame, frames_of_a_real_capture_are_written_as_they_were) {
  const std::string capture = OBKIT_SHARED_DATA "/deribit/btc-perpetual_100ms.tsv.gz";
  if (!std::filesystem::exists(capture)) GTEST_SKIP() << "no real captures here: " << capture;
  const auto source = make_capture_source(capture);
  Event event;
  std::size_t frames = 0;
  for (; source->next(event); ++frames)
    ASSERT_EQ(write_deribit_frame(event.frames.at(0), source->channels()[0]),
              event.frames.at(0).text);
  EXPECT_EQ(frames, 221U);
}

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<Channel> perpetuals{{"BTC-PERPETUAL", ""}, {"ETH-PERPETUAL", ""}};
const Timestamp start = *parse_epoch_seconds("1790133840.888348");

/// What stands at the end of each answer at `start`.
const std::string times =
    R"("usIn":1790133840888348,"usOut":1790133840888348,"usDiff":0,"testnet":false})";
const std::string test_request =
    R"({"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"})";

std::string request(const std::string& method, const std::string& parameters) {
  return R"({"jsonrpc":"2.0","id":3,"method":")" + method + R"(","params":)" + parameters + "}";
}

class DeribitTalk : public testing::Test {
 protected:
  /// The only reply to `text`.
  std::string reply(std::string_view text) {
    outcome = conversation.receive(text, now);
    EXPECT_EQ(outcome.replies.size(), 1U);
    return outcome.replies.empty() ? "" : outcome.replies.front();
  }
  std::string subscribe(const std::string& names) {
    return reply(request("public/subscribe", R"({"channels":[)" + names + "]}"));
  }
  std::string error(const std::string& text) {
    return R"({"jsonrpc":"2.0","id":3,"error":)" + text + "," + times;
  }

  DeribitConversation conversation{perpetuals, 1000ms};
  Timestamp now = start;
  Outcome outcome;
};

TEST_F(DeribitTalk, begins_in_silence) {
  EXPECT_TRUE(conversation.open({start, "book.BTC-PERPETUAL.100ms", {}}).replies.empty());
  EXPECT_EQ(conversation.due(), std::nullopt);
}

TEST_F(DeribitTalk, acks_subscriptions_in_an_order_of_its_own) {
  EXPECT_EQ(
      subscribe(R"("book.BTC-PERPETUAL.100ms","book.ETH-PERPETUAL.100ms")"),
      R"({"jsonrpc":"2.0","id":3,"result":["book.ETH-PERPETUAL.100ms","book.BTC-PERPETUAL.100ms"],)" +
          times);
  ASSERT_EQ(outcome.subscribed.size(), 2U);
  EXPECT_EQ(outcome.subscribed[1].topic, "book.BTC-PERPETUAL.100ms");
  EXPECT_THAT(outcome.subscribed[1].channels, ElementsAre(0));
}

TEST_F(DeribitTalk, drops_unknown_channels_without_a_word) {
  EXPECT_EQ(subscribe(R"("book.NOPE.100ms","ticker.BTC-PERPETUAL.100ms")"),
            R"({"jsonrpc":"2.0","id":3,"result":[],)" + times);
  EXPECT_TRUE(outcome.subscribed.empty());
}

TEST_F(DeribitTalk, refuses_the_whole_call_for_one_raw_channel) {
  EXPECT_EQ(
      subscribe(R"("book.BTC-PERPETUAL.100ms","book.BTC-PERPETUAL.raw")"),
      error(R"({"code":13778,"message":"raw_subscriptions_not_available_for_unauthorized"})"));
  EXPECT_TRUE(outcome.subscribed.empty());
}

TEST_F(DeribitTalk, acks_a_channel_twice_but_subscribes_it_once_until_it_is_given_up) {
  const std::string name = R"("book.BTC-PERPETUAL.100ms")";
  subscribe(name);
  EXPECT_THAT(subscribe(name), HasSubstr(R"("result":["book.BTC-PERPETUAL.100ms"])"));
  EXPECT_TRUE(outcome.subscribed.empty());
  const auto unsubscribe = request("public/unsubscribe", R"({"channels":[)" + name + R"(,"x"]})");
  EXPECT_THAT(reply(unsubscribe), HasSubstr(R"("result":["book.BTC-PERPETUAL.100ms"])"));
  EXPECT_EQ(outcome.unsubscribed.size(), 1U);
  subscribe(name);
  EXPECT_EQ(outcome.subscribed.size(), 1U);
}

TEST_F(DeribitTalk, says_what_is_wrong_with_a_call) {
  EXPECT_EQ(reply("{"), R"({"jsonrpc":"2.0","error":{"code":11050,"data":"invalid json",)"
                        R"("message":"bad_request"},)" +
                            times);
  EXPECT_EQ(reply(request("public/dance", "{}")),
            error(R"({"code":-32601,"message":"Method not found"})"));
  EXPECT_EQ(reply(request("private/buy", "{}")),
            error(R"({"code":13009,"message":"unauthorized"})"));
  EXPECT_EQ(reply(request("public/set_heartbeat", R"({"interval":9})")),
            error(R"({"code":-32602,"data":{"reason":"value must be >= 10","param":"interval"},)"
                  R"("message":"Invalid params"})"));
  for (const char* parameters : {"{}", R"({"channels":"book"})", R"({"channels":[7]})"})
    for (const char* method : {"public/subscribe", "public/unsubscribe"})
      EXPECT_THAT(reply(request(method, parameters)), HasSubstr(R"("code":-32602)"));
  for (const char* text : {"[]", "7", "{}", R"({"method":7})"})
    EXPECT_THAT(reply(text), HasSubstr(R"("code":-32600)"));
  EXPECT_THAT(reply(std::string(33'000, ' ')), HasSubstr("request entity too large"));
}

TEST_F(DeribitTalk, tells_its_version) {
  const std::string version = R"("result":{"version":"1.2.26"})";
  EXPECT_THAT(reply(request("public/test", "{}")), HasSubstr(version));
  EXPECT_THAT(reply(request("public/hello", "{}")), HasSubstr(version));
  EXPECT_THAT(reply(R"({"jsonrpc":"2.0","method":"public/test"})"),
              testing::StartsWith(R"({"jsonrpc":"2.0","result")"));
}

TEST_F(DeribitTalk, asks_for_a_test_every_interval) {
  EXPECT_EQ(reply(request("public/set_heartbeat", R"({"interval":30})")),
            R"({"jsonrpc":"2.0","id":3,"result":"ok",)" + times);
  for (int beat = 1; beat <= 3; ++beat) {
    EXPECT_EQ(conversation.due(), start + beat * 30s);
    EXPECT_THAT(conversation.on_time(start + beat * 30s).replies, ElementsAre(test_request));
    now = start + beat * 30s + 9s;
    reply(request("public/test", "{}"));
  }
  EXPECT_TRUE(conversation.on_time(now).replies.empty());
}

TEST_F(DeribitTalk, hangs_up_on_who_does_not_answer_within_ten_seconds) {
  reply(request("public/set_heartbeat", R"({"interval":10})"));
  EXPECT_FALSE(conversation.on_time(start + 10s).close);
  EXPECT_EQ(conversation.due(), start + 20s);
  const auto closing = conversation.on_time(start + 20s).close;
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->code, 4000);
  EXPECT_EQ(closing->reason, "heartbeat close");
  EXPECT_EQ(conversation.due(), std::nullopt);
}

TEST_F(DeribitTalk, a_second_can_be_shorter) {
  DeribitConversation hasty{perpetuals, 2ms};
  (void)hasty.receive(request("public/set_heartbeat", R"({"interval":10})"), start);
  EXPECT_EQ(hasty.due(), start + 20ms);
  (void)hasty.on_time(start + 20ms);
  EXPECT_TRUE(hasty.on_time(start + 40ms).close);
}

TEST_F(DeribitTalk, heartbeats_can_be_ended) {
  reply(request("public/set_heartbeat", R"({"interval":10})"));
  EXPECT_THAT(reply(request("public/disable_heartbeat", "{}")), HasSubstr(R"("result":"ok")"));
  EXPECT_EQ(conversation.due(), std::nullopt);
}

TEST_F(DeribitTalk, too_many_requests_end_the_session_and_maintenance_does_not) {
  outcome = conversation.complain({.fault = Fault::too_many_requests}, start);
  EXPECT_THAT(outcome.replies, ElementsAre(R"({"jsonrpc":"2.0","error":{"code":10028,)"
                                           R"("message":"too_many_requests"},)" +
                                           times));
  EXPECT_TRUE(outcome.close);
  outcome = conversation.complain({.fault = Fault::maintenance}, start);
  EXPECT_THAT(outcome.replies, ElementsAre(HasSubstr(R"("code":11051)")));
  EXPECT_FALSE(outcome.close);
}

}  // namespace

}  // namespace obkit::exchange
