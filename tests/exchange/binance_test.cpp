#include "venues/binance.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/source.hpp"

#include "naive_book.hpp"
#include "served.hpp"

namespace obkit::exchange::binance {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<Channel> symbols{{"BTCUSDT", ""}, {"BTCUSD_PERP", ""}};
const Timestamp start = *parse_epoch_seconds("1789469122.260");

Row row(Side side, const char* price, std::optional<std::int64_t> size, BookAction action) {
  return {level_id(side, *parse_price(price)), side, *parse_price(price), size, {}, action};
}

BookFrame diff() {
  BookFrame frame{0, BookAction::change, start, {}, {}, 429012279216, 429012278638};
  frame.rows = {row(Side::bid, "76947.3", 36, BookAction::update),
                row(Side::ask, "77021.9", std::nullopt, BookAction::remove)};
  return frame;
}

// The exchange's own order of keys, as captures and docs of 2026 have it.
TEST(BinanceFrame, of_spot_is_padded_and_its_numbers_have_no_holes) {
  EXPECT_EQ(BinanceProtocol{BinanceMarket::spot}.write(diff(), symbols[0]),
            R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1789469122260,)"
            R"("s":"BTCUSDT","U":429012278639,"u":429012279216,)"
            R"("b":[["76947.30000000","36.00000000"]],"a":[["77021.90000000","0.00000000"]]}})");
}

TEST(BinanceFrame, of_futures_names_the_number_before) {
  EXPECT_EQ(BinanceProtocol{BinanceMarket::usdm}.write(diff(), symbols[0]),
            R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1789469122260,)"
            R"("T":1789469122260,"s":"BTCUSDT","ps":"BTCUSDT","U":429012278927,"u":429012279216,)"
            R"("pu":429012278638,"b":[["76947.3","36"]],"a":[["77021.9","0"]],"st":1}})");
  EXPECT_THAT(
      BinanceProtocol{BinanceMarket::coinm}.write(diff(), symbols[1]),
      testing::AllOf(HasSubstr(R"("s":"BTCUSD_PERP","ps":"BTCUSD",)"), HasSubstr(R"("st":2}})")));
}

class BinanceTalk : public testing::Test {
 protected:
  Outcome say(const std::string& method, const std::string& streams) {
    return talk_.receive(R"({"method":")" + method + R"(","params":[)" + streams + R"(],"id":7})",
                         start);
  }
  BinanceConversation talk_{symbols, 1000ms};
  const std::string btc_ = R"("btcusdt@depth@100ms")", perp_ = R"("btcusd_perp@depth@100ms")";
};

TEST_F(BinanceTalk, acknowledges_what_exists_and_what_does_not) {
  const Outcome outcome = say("SUBSCRIBE", btc_ + R"(,"nope@depth@100ms",)" + perp_);
  EXPECT_THAT(outcome.replies, ElementsAre(R"({"result":null,"id":7})"));
  EXPECT_THAT(outcome.subscribed, SizeIs(2));
  const Outcome again = say("SUBSCRIBE", btc_);
  EXPECT_THAT(again.replies, ElementsAre(R"({"result":null,"id":7})"));
  EXPECT_THAT(again.subscribed, IsEmpty()) << "it is already";
}

TEST_F(BinanceTalk, a_stream_can_be_left_and_taken_again) {
  EXPECT_THAT(say("UNSUBSCRIBE", btc_).unsubscribed, IsEmpty());
  static_cast<void>(say("SUBSCRIBE", btc_));
  EXPECT_THAT(say("UNSUBSCRIBE", btc_).unsubscribed, SizeIs(1));
  EXPECT_THAT(say("SUBSCRIBE", btc_).subscribed, SizeIs(1));
}

TEST_F(BinanceTalk, an_end_that_is_planned_is_told_minutes_before) {
  const Outcome outcome = talk_.complain({.fault = Fault::maintenance}, start);
  EXPECT_THAT(outcome.replies, ElementsAre(HasSubstr(R"("e":"serverShutdown")")));
  ASSERT_TRUE(outcome.close);
  EXPECT_EQ(outcome.close->after, 5min);
}

TEST_F(BinanceTalk, what_is_no_request_is_told_so) {
  EXPECT_THAT(talk_.receive("}{", start).replies, ElementsAre(HasSubstr(R"("code":3)")));
  EXPECT_THAT(say("DANCE", "").replies, ElementsAre(HasSubstr("unknown variant DANCE")));
}

class BinanceBook : public testing::Test {
 protected:
  nlohmann::json get(const std::string& target) {
    const RestAnswer answer = exchange.protocol().answer_get(exchange, target);
    status = answer.status;
    return nlohmann::json::parse(answer.body.empty() ? "{}" : answer.body);
  }

  Exchange exchange{
      make_synthetic_source(
          {.symbols = {"A"}, .seed = 5, .start = start, .rate = 40, .first_price = 60000}),
      Venue::binance_coinm};
  unsigned status = 0;
};

TEST_F(BinanceBook, is_answered_with_its_number_and_the_best_of_each_side) {
  exchange.publish();
  const auto book = get("/dapi/v1/depth?symbol=A&limit=5");
  EXPECT_EQ(status, 200U);
  EXPECT_EQ(book["lastUpdateId"], exchange.book(0).change_id());
  EXPECT_EQ(book["symbol"], "A");
  for (const auto& [name, side] : {std::pair{"bids", Side::bid}, std::pair{"asks", Side::ask}}) {
    const auto best = exchange.book(0).levels(side, 5);
    ASSERT_EQ(book[name].size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(book[name][i][0], to_string(best[i].price));
      EXPECT_EQ(book[name][i][1], std::to_string(best[i].size));
    }
  }
}

TEST_F(BinanceBook, what_is_asked_wrongly_is_refused_in_binances_words) {
  EXPECT_EQ(get("/dapi/v1/depth?symbol=B&limit=5")["code"], -1121);
  EXPECT_EQ(status, 400U);
  for (const char* limit : {"0", "1001", "x", "5x"})
    EXPECT_EQ(get(std::string{"/dapi/v1/depth?symbol=A&limit="} + limit)["code"], -1130) << limit;
  static_cast<void>(get("/api/v3/depth?symbol=A"));
  EXPECT_EQ(status, 404U) << "the page of spot";
}

TEST_F(BinanceBook, with_its_diffs_stays_the_true_one) {
  NaiveLadder ladder;
  ladder.read(get("/dapi/v1/depth?symbol=A&limit=1000").dump());
  for (int i = 0; i < 500; ++i) {
    for (const BookFrame& frame : exchange.upcoming()->frames)
      ladder.read(exchange.protocol().write(frame, exchange.source().channels()[0]));
    exchange.publish();
    ASSERT_EQ(ladder.levels(Side::bid, 50), plain(exchange.book(0).levels(Side::bid, 50)));
    ASSERT_EQ(ladder.levels(Side::ask, 50), plain(exchange.book(0).levels(Side::ask, 50)));
  }
}

/// GETs of a real server, which answers each after the other.
class BinanceAnswers : public Served {
 protected:
  BinanceAnswers() {
    ServerOptions options = frozen();
    options.venue = Venue::binance_spot;
    serve(std::move(options));
  }
  unsigned get() {
    client_ = connect();
    return client_->request(boost::beast::http::verb::get, "/api/v3/depth?symbol=XBTUSD");
  }
  std::unique_ptr<TestClient> client_;
};

TEST_F(BinanceAnswers, are_refused_as_often_as_asked_for) {
  EXPECT_EQ(server->inject({.fault = Fault::refuse_get, .count = 2, .status = 429}), 2U);
  EXPECT_EQ(get(), 429U);
  EXPECT_EQ(get(), 429U);
  EXPECT_EQ(get(), 200U);
  server->inject({.fault = Fault::refuse_get, .status = 418, .retry_after = 17s});
  EXPECT_EQ(get(), 418U);
  EXPECT_EQ(client_->retry_after, "17");
}

TEST_F(BinanceAnswers, can_be_late) {
  server->inject({.fault = Fault::late_answer, .time = 300ms});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(get(), 200U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 300ms);
  EXPECT_THAT(client_->body, HasSubstr("lastUpdateId"));
}

TEST(BinanceAnswer, can_be_an_earlier_one) {
  Server server{market(), [] {
                  ServerOptions options;
                  options.venue = Venue::binance_spot;
                  options.speed = 100;
                  options.market_start = MarketStart::at_once;
                  return options;
                }()};
  server.start();
  const auto number = [&] {
    TestClient client{server.port(), server.authority()};
    client.request(boost::beast::http::verb::get, "/api/v3/depth?symbol=XBTUSD");
    return nlohmann::json::parse(client.body).at("lastUpdateId").get<std::uint64_t>();
  };
  const std::uint64_t first = number();
  while (number() == first) continue;
  const std::uint64_t last = number();
  EXPECT_GT(last, first);
  while (server.true_book(0).first.change_id() <= last) continue;
  server.inject({.fault = Fault::old_answer});
  EXPECT_EQ(number(), last);
  EXPECT_GT(number(), last);
}

}  // namespace
}  // namespace obkit::exchange::binance
