#include "deribit/deribit.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obkit::feed::deribit {
namespace {

using Action = LevelChange::Action;
using Kind = Frame::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Messages in the exchange's own order of keys, shortened.
constexpr const char* snapshot =
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":)"
    R"({"timestamp":1790559412833,"type":"snapshot","change_id":176209440222,"instrument_name":"BTC-PERPETUAL",)"
    R"("bids":[["new",83958.0,3780.0],["new",8.39e4,6.0e3]],"asks":[["new",83958.5,4.7e3]]}}})";
constexpr const char* change =
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":)"
    R"({"timestamp":1789344931639,"type":"change","change_id":118850969743,"instrument_name":"BTC-PERPETUAL",)"
    R"("bids":[["change",76914.0,1.0002e6],["delete",76893.0,0.0]],"asks":[["new",77023.0,10.0]],"prev_change_id":118850968930}}})";

/// A request that is a message of the socket with this part.
auto text_with(const std::string& part) {
  return testing::VariantWith<std::string>(HasSubstr(part));
}

class DeribitDecoder : public testing::Test {
 protected:
  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  /// A message whose data have these fields.
  const Frame& book(const std::string& data) {
    return decode(
        R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.X.100ms","data":{)" +
        data + "}}}");
  }
  std::unique_ptr<Protocol> protocol_ = venue().make_protocol({});
};

TEST_F(DeribitDecoder, an_order_book_that_it_asked_for_is_a_witness) {
  const auto asked = protocol_->check("BTC-PERPETUAL");
  ASSERT_EQ(asked.size(), 1U);
  const std::string target = std::get<HttpGet>(asked[0]).target;
  EXPECT_EQ(target, "/api/v2/public/get_order_book?instrument_name=BTC-PERPETUAL&depth=50");
  const std::string body =
      R"({"jsonrpc":"2.0","result":{"timestamp":1790559412833,"state":"open","change_id":77,)"
      R"("instrument_name":"BTC-PERPETUAL","bids":[[83958.0,10.0],[83900.5,6000.0]],)"
      R"("asks":[[8.3959e4,20]],"stats":{"high":null}},"usIn":1,"usOut":2,"testnet":false})";
  const Frame& frame = protocol_->decode_answer({.target = target, .status = 200, .body = body});
  ASSERT_EQ(frame.kind, Kind::book);
  ASSERT_EQ(frame.updates.size(), 1U);
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::witness);
  EXPECT_EQ(update.symbol, "BTC-PERPETUAL");
  EXPECT_EQ(update.number, 77U);
  EXPECT_EQ(update.time, Timestamp{std::chrono::milliseconds{1790559412833}});
  ASSERT_EQ(update.levels.size(), 3U);
  EXPECT_EQ(update.levels[1].price, parse_price("83900.5"));
  EXPECT_EQ(update.levels[2].price, parse_price("83959"));
  EXPECT_EQ(update.levels[2].side, Side::ask);
  EXPECT_EQ(update.levels[2].size, 20);
}

TEST_F(DeribitDecoder, an_answer_without_an_order_book_says_nothing) {
  for (const char* body :
       {"", "no JSON", "{}", R"({"result":[]})", R"({"error":{"code":-32602}})",
        R"({"result":{"instrument_name":"X","change_id":1,"bids":[[1,1]]}})",
        R"({"result":{"instrument_name":"X","change_id":1,"bids":[["1",1]],"asks":[]}})"}) {
    const Frame& frame = protocol_->decode_answer({.target = "/", .status = 400, .body = body});
    EXPECT_EQ(frame.kind, Kind::other) << body;
    EXPECT_TRUE(frame.updates.empty());
  }
}

TEST_F(DeribitDecoder, reads_a_snapshot_with_exact_prices) {
  const Frame& frame = decode(snapshot);
  ASSERT_EQ(frame.kind, Kind::book);
  ASSERT_EQ(frame.updates.size(), 1U);
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::image);
  EXPECT_EQ(update.symbol, "BTC-PERPETUAL");
  EXPECT_EQ(update.time, Timestamp{std::chrono::milliseconds{1790559412833}});
  ASSERT_EQ(update.levels.size(), 3U);
  EXPECT_EQ(update.levels[0].price, parse_price("83958"));
  EXPECT_EQ(update.levels[1].price, parse_price("83900"));
  EXPECT_EQ(update.levels[1].size, 6000);
  EXPECT_EQ(update.levels[2].side, Side::ask);
  EXPECT_EQ(update.levels[2].action, Action::set);
}

TEST_F(DeribitDecoder, reads_a_change) {
  const BookUpdate& update = decode(change).updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::changes);
  ASSERT_EQ(update.levels.size(), 3U);
  EXPECT_EQ(update.levels[0].action, Action::update) << "of a level that must be there";
  EXPECT_EQ(update.levels[0].size, 1000200);
  EXPECT_EQ(update.levels[1].action, Action::remove);
  EXPECT_EQ(update.levels[1].size, std::nullopt);
}

TEST_F(DeribitDecoder, a_change_to_nothing_leaves_no_level) {
  const auto levels =
      book(R"("timestamp":1,"change_id":2,"prev_change_id":1,"bids":[["change",5,0.0]],"asks":[])")
          .updates[0]
          .levels;
  EXPECT_EQ(levels[0].action, Action::set);
  EXPECT_EQ(levels[0].size, 0);
}

TEST_F(DeribitDecoder, a_price_on_both_sides_is_two_levels) {
  const auto levels =
      book(R"("timestamp":1,"change_id":2,"bids":[["new",5,1]],"asks":[["new",5,1]])")
          .updates[0]
          .levels;
  EXPECT_NE(levels[0].id, levels[1].id);
}

TEST_F(DeribitDecoder, without_a_type_the_number_before_tells_a_change_from_a_snapshot) {
  EXPECT_EQ(book(R"("timestamp":1,"change_id":2,"bids":[],"asks":[])").updates[0].kind,
            BookUpdate::Kind::image);
  EXPECT_EQ(
      book(R"("timestamp":1,"change_id":3,"prev_change_id":2,"bids":[],"asks":[])").updates[0].kind,
      BookUpdate::Kind::changes);
  EXPECT_EQ(
      book(R"("timestamp":1,"change_id":2,"prev_change_id":0,"bids":[],"asks":[])").updates[0].kind,
      BookUpdate::Kind::image)
      << "0 stands for none";
}

TEST_F(DeribitDecoder, a_price_that_is_not_held_costs_the_book) {
  for (const char* price : {"1e-10", "0.12345678901", "4611686019", "9.2e9", "1e30"}) {
    const Frame& frame =
        book(R"("timestamp":1,"type":"change","change_id":2,"prev_change_id":1,"bids":[["new",)" +
             std::string{price} + R"(,1]],"asks":[])");
    ASSERT_EQ(frame.kind, Kind::book) << frame.text;
    EXPECT_EQ(frame.updates[0].lost, "a price of more than nine decimals, or beyond ±4611686018 (" +
                                         std::string{price} + ")");
  }
}

TEST_F(DeribitDecoder, takes_any_order_of_keys) {
  const Frame& frame = decode(
      R"({"params":{"data":{"asks":[],"bids":[["new",1,2]],"change_id":7,"type":"snapshot","timestamp":5},)"
      R"("channel":"book.ETH-PERPETUAL.100ms"},"method":"subscription"})");
  ASSERT_EQ(frame.kind, Kind::book);
  EXPECT_EQ(frame.updates[0].symbol, "ETH-PERPETUAL");
  EXPECT_EQ(frame.updates[0].levels.size(), 1U);
}

TEST_F(DeribitDecoder, answers_a_test_request) {
  const Frame& frame =
      decode(R"({"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"})");
  EXPECT_EQ(frame.kind, Kind::other);
  EXPECT_THAT(frame.replies, ElementsAre(text_with("public/test")));
  EXPECT_THAT(
      decode(R"({"params":{"type":"heartbeat"},"method":"heartbeat","jsonrpc":"2.0"})").replies,
      IsEmpty());
}

TEST_F(DeribitDecoder, tells_a_refusal_that_passes_from_one_that_does_not) {
  const Frame& raw = decode(
      R"({"jsonrpc":"2.0","id":5,"error":{"code":13778,"message":"raw_subscriptions_not_available_for_unauthorized"},"testnet":false})");
  EXPECT_EQ(raw.kind, Kind::refused);
  EXPECT_EQ(raw.status, 13778);
  EXPECT_EQ(raw.text, "raw_subscriptions_not_available_for_unauthorized");
  EXPECT_FALSE(raw.passes);
  EXPECT_TRUE(decode(R"({"id":5,"error":{"code":10028,"message":"too_many_requests"}})").passes);
  EXPECT_TRUE(decode(R"({"id":5,"error":{"code":11051,"message":"system_maintenance"}})").passes);
  EXPECT_EQ(
      decode(R"({"error":{"code":-32602,"message":"Invalid params","data":{"param":"x"}}})").status,
      -32602);
}

TEST_F(DeribitDecoder, other_channels_are_no_books) {
  EXPECT_EQ(
      decode(
          R"({"method":"subscription","params":{"channel":"platform_state","data":{"maintenance":true}}})")
          .kind,
      Kind::other);
  EXPECT_EQ(
      decode(
          R"({"method":"subscription","params":{"channel":"book.X.none.20.100ms","data":{"bids":[[1,2]]}}})")
          .kind,
      Kind::other);
  EXPECT_EQ(decode(R"({"jsonrpc":"2.0","id":12,"result":{"version":"1.2.26"}})").kind, Kind::other);
}

TEST_F(DeribitDecoder, what_is_no_book_is_malformed) {
  const auto problem = [&](const std::string& data) {
    const Frame& frame = book(data);
    EXPECT_EQ(frame.kind, Kind::malformed) << data;
    EXPECT_TRUE(frame.updates.empty());
    return frame.text;
  };
  EXPECT_THAT(problem(R"("timestamp":1,"bids":[],"asks":[])"), HasSubstr("change_id"));
  EXPECT_THAT(problem(R"("timestamp":1,"change_id":2,"bids":[])"), HasSubstr("asks"));
  EXPECT_THAT(problem(R"("change_id":2,"type":"change","bids":[],"asks":[])"),
              HasSubstr("prev_change_id"));
  EXPECT_THAT(problem(R"("change_id":2,"type":"odd","bids":[],"asks":[])"), HasSubstr("type"));
  EXPECT_THAT(problem(R"("change_id":2,"bids":[["old",1,1]],"asks":[])"), HasSubstr("action"));
  EXPECT_THAT(problem(R"("change_id":2,"bids":[["new",1]],"asks":[])"), HasSubstr("level"));
  EXPECT_THAT(problem(R"("change_id":2,"bids":[["new",1,2,3]],"asks":[])"), HasSubstr("level"));
  EXPECT_THAT(problem(R"("change_id":2,"bids":[["new",1,-2]],"asks":[])"), HasSubstr("below zero"));
  EXPECT_THAT(problem(R"("change_id":2,"bids":[["new","1",2]],"asks":[])"), HasSubstr("price"));
  EXPECT_THAT(problem(R"("timestamp":99999999999999999,"change_id":2,"bids":[],"asks":[])"),
              HasSubstr("time"));
  EXPECT_EQ(decode("").kind, Kind::malformed);
  EXPECT_EQ(decode("garbage").kind, Kind::malformed);
  EXPECT_EQ(decode(std::string_view{snapshot}.substr(0, 200)).kind, Kind::malformed);
  EXPECT_EQ(decode(std::string{change} + "x").kind, Kind::malformed);
}

class DeribitProtocolTest : public testing::Test {
 protected:
  std::unique_ptr<Protocol> protocol_ =
      venue().make_protocol({.symbols = {"BTC-PERPETUAL", "ETH-PERPETUAL"}, .pool = {}});
};

TEST_F(DeribitProtocolTest, begins_with_a_heartbeat_and_one_subscription) {
  EXPECT_THAT(
      protocol_->open(),
      ElementsAre(
          text_with(
              R"({"jsonrpc":"2.0","id":1,"method":"public/set_heartbeat","params":{"interval":30}})"),
          text_with(
              R"({"jsonrpc":"2.0","id":2,"method":"public/subscribe","params":{"channels":["book.BTC-PERPETUAL.100ms","book.ETH-PERPETUAL.100ms"]}})")));
}

TEST_F(DeribitProtocolTest, names_what_the_acknowledgement_silently_leaves_out) {
  static_cast<void>(protocol_->open());
  EXPECT_EQ(protocol_->decode(R"({"jsonrpc":"2.0","id":1,"result":"ok"})").kind, Kind::other);
  const Frame& frame =
      protocol_->decode(R"({"jsonrpc":"2.0","id":2,"result":["book.BTC-PERPETUAL.100ms"]})");
  EXPECT_EQ(frame.kind, Kind::refused);
  EXPECT_EQ(frame.text, "no such instrument: ETH-PERPETUAL");
}

TEST_F(DeribitProtocolTest, an_acknowledgement_in_another_order_is_whole) {
  static_cast<void>(protocol_->open());
  EXPECT_EQ(
      protocol_
          ->decode(R"({"id":2,"result":["book.ETH-PERPETUAL.100ms","book.BTC-PERPETUAL.100ms"]})")
          .kind,
      Kind::subscribed);
}

TEST_F(DeribitProtocolTest, a_fresh_image_takes_leaving_and_coming_back) {
  EXPECT_THAT(
      protocol_->refresh("BTC-PERPETUAL"),
      ElementsAre(
          text_with(R"("public/unsubscribe","params":{"channels":["book.BTC-PERPETUAL.100ms"]})"),
          text_with(R"("public/subscribe","params":{"channels":["book.BTC-PERPETUAL.100ms"]})")));
  EXPECT_EQ(protocol_->decode(R"({"id":2,"result":[]})").kind, Kind::subscribed)
      << "nothing was opened";
}

class DeribitNumbers : public testing::Test {
 protected:
  /// Why the book of BTC-PERPETUAL, or of `instrument`, is lost; empty when it is not.
  std::string lost_after(const std::string& data, const std::string& instrument = "BTC-PERPETUAL") {
    const Frame& frame = protocol_->decode(
        R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.)" + instrument +
        R"(.100ms","data":{"timestamp":1,)" + data + R"(,"bids":[],"asks":[]}}})");
    if (frame.updates.size() != 1) return "no book";
    kind_ = frame.updates[0].kind;
    return frame.updates[0].lost;
  }
  BookUpdate::Kind kind_{};  ///< of the update that was heard last
  std::unique_ptr<Protocol> protocol_ = venue().make_protocol({});
  const std::string image_ = R"("type":"snapshot","change_id":100)";
  const std::string next_ = R"("type":"change","change_id":107,"prev_change_id":100)";
};

TEST_F(DeribitNumbers, numbered_changes_must_follow_each_other) {
  EXPECT_EQ(lost_after(next_), "") << "before an image there is nothing to lose";
  EXPECT_EQ(lost_after(image_), "");
  EXPECT_EQ(lost_after(next_), "");
  EXPECT_EQ(lost_after(next_), "changes that do not follow the update before (100)");
  EXPECT_EQ(lost_after(image_), "");
  EXPECT_EQ(lost_after(next_), "");
}

TEST_F(DeribitNumbers, a_hole_in_one_book_leaves_the_others_whole) {
  EXPECT_EQ(lost_after(image_), "");
  EXPECT_EQ(lost_after(image_, "ETH-PERPETUAL"), "");
  EXPECT_NE(lost_after(R"("type":"change","change_id":109,"prev_change_id":108)"), "");
  EXPECT_EQ(lost_after(next_, "ETH-PERPETUAL"), "");
}

TEST_F(DeribitNumbers, changes_that_the_image_has_already_are_passed_over) {
  using UpdateKind = BookUpdate::Kind;
  const auto numbers = [](int number, int previous) {
    return R"("type":"change","change_id":)" + std::to_string(number) + R"(,"prev_change_id":)" +
           std::to_string(previous);
  };
  EXPECT_EQ(lost_after(image_), "");
  for (const auto& [number, previous] : {std::pair{99, 98}, std::pair{100, 99}}) {
    EXPECT_EQ(lost_after(numbers(number, previous)), "");
    EXPECT_EQ(kind_, UpdateKind::old) << number;
  }
  EXPECT_EQ(lost_after(numbers(107, 100)), "");
  EXPECT_EQ(kind_, UpdateKind::changes);
  EXPECT_NE(lost_after(numbers(100, 99)), "") << "behind a change there is nothing to wait for";
  EXPECT_EQ(lost_after(image_), "");
  EXPECT_NE(lost_after(numbers(101, 99)), "") << "half of it is in the image";
}

TEST_F(DeribitNumbers, begin_anew_with_a_connection) {
  EXPECT_EQ(lost_after(image_), "");
  static_cast<void>(protocol_->open());
  EXPECT_EQ(lost_after(R"("type":"change","change_id":9,"prev_change_id":8)"), "");
}

TEST(DeribitVenue, knows_its_symbols_and_its_frames) {
  EXPECT_TRUE(venue().is_symbol("BTC-PERPETUAL"));
  EXPECT_TRUE(venue().is_symbol("ETH_USDC-PERPETUAL"));
  EXPECT_FALSE(venue().is_symbol("BTC.100ms"));
  EXPECT_FALSE(venue().is_symbol(""));
  EXPECT_EQ(venue_of_frame(snapshot), find_venue("deribit"));
  EXPECT_EQ(venue_of_frame(R"({"table":"orderBookL2","action":"partial","data":[]})"),
            find_venue("bitmex"));
  EXPECT_EQ(venue_of_frame("pong"), nullptr);
  EXPECT_EQ(find_venue("mtgox"), nullptr);
}

}  // namespace
}  // namespace obkit::feed::deribit
