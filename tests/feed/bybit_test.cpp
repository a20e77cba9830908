#include "bybit/bybit.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obkit::feed::bybit {
namespace {

using Action = LevelChange::Action;
using Kind = Frame::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Messages in the exchange's own order of keys, shortened.
constexpr const char* snapshot =
    R"({"topic":"orderbook.200.BTCUSDT","type":"snapshot","ts":1786310818129,"data":{"s":"BTCUSDT",)"
    R"("b":[["65114.20","6.054"],["65114.10","0.3"]],"a":[["65114.30","10.486"]],)"
    R"("u":15076952,"seq":753843911359},"cts":1786310818027})";
constexpr const char* change =
    R"({"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1786310818229,"data":{"s":"BTCUSDT",)"
    R"("b":[["65114.10","0"]],"a":[["65114.40","1"]],"u":15076953,"seq":753843913870},)"
    R"("cts":1786310818127})";

constexpr const char* best_level =
    R"({"topic":"orderbook.1.BTCUSDT","ts":1786310818231,"type":"snapshot","data":{"s":"BTCUSDT",)"
    R"("b":[["65114.20","6.054"]],"a":[["65114.30","9.5"]],"u":881,"seq":753843913870},)"
    R"("cts":1786310818127})";

std::string refusal(const std::string& why) {
  return R"({"success":false,"ret_msg":")" + why +
         R"(","conn_id":"c","req_id":"","op":"subscribe"})";
}

class BybitTest : public testing::Test {
 protected:
  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  /// A book of that type, number and levels.
  const Frame& book(const std::string& type, std::uint64_t number,
                    const std::string& levels = R"("b":[["5","1"]],"a":[["6","1"]])",
                    const std::string& topic = "orderbook.50.X") {
    return decode(R"({"topic":")" + topic + R"(","ts":1,"type":")" + type + R"(","data":{)" +
                  levels + R"(,"u":)" + std::to_string(number) + "}}");
  }
  std::string lost_after(const std::string& type, std::uint64_t number) {
    const Frame& frame = book(type, number);
    return frame.updates.size() == 1 ? frame.updates[0].lost : "no book";
  }
  std::unique_ptr<Protocol> protocol_ = linear().make_protocol({});
};

TEST_F(BybitTest, reads_a_snapshot_with_exact_prices) {
  const Frame& frame = decode(snapshot);
  ASSERT_EQ(frame.kind, Kind::book);
  ASSERT_EQ(frame.updates.size(), 1U);
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::image);
  EXPECT_EQ(update.symbol, "BTCUSDT");
  EXPECT_EQ(update.time, Timestamp{std::chrono::milliseconds{1786310818129}});
  EXPECT_THAT(
      update.levels,
      ElementsAre(LevelChange{Action::set, Side::bid, level_id(Side::bid, *parse_price("65114.2")),
                              parse_price("65114.2"), 6.054},
                  LevelChange{Action::set, Side::bid, level_id(Side::bid, *parse_price("65114.1")),
                              parse_price("65114.1"), 0.3},
                  LevelChange{Action::set, Side::ask, level_id(Side::ask, *parse_price("65114.3")),
                              parse_price("65114.3"), 10.486}));
}

TEST_F(BybitTest, a_change_sets_and_removes_levels) {
  static_cast<void>(decode(snapshot));
  const BookUpdate& update = decode(change).updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::changes);
  EXPECT_EQ(update.lost, "");
  ASSERT_EQ(update.levels.size(), 2U);
  EXPECT_EQ(update.levels[0].action, Action::remove) << "of a level that must be there";
  EXPECT_EQ(update.levels[0].size, std::nullopt);
  EXPECT_EQ(update.levels[1].action, Action::set);
  EXPECT_EQ(update.levels[1].size, 1);
}

TEST_F(BybitTest, the_order_of_keys_does_not_matter) {
  const Frame& frame = decode(
      R"({"data":{"seq":1,"u":7,"a":[["6","1"]],"b":[["5","2"]],"s":"X"},"cts":8,"type":"snapshot",)"
      R"("ts":9,"topic":"orderbook.50.X"})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  EXPECT_EQ(frame.updates[0].kind, BookUpdate::Kind::image);
  EXPECT_EQ(frame.updates[0].symbol, "X");
  EXPECT_EQ(frame.updates[0].levels.size(), 2U);
  EXPECT_EQ(lost_after("delta", 8), "");
}

TEST_F(BybitTest, each_change_must_have_the_next_number) {
  EXPECT_EQ(lost_after("delta", 4), "") << "before a snapshot there is nothing to lose";
  EXPECT_EQ(lost_after("snapshot", 9), "");
  EXPECT_EQ(lost_after("delta", 10), "");
  EXPECT_EQ(lost_after("delta", 12), "update 12 came after 10: what lies between is missing");
  EXPECT_EQ(lost_after("delta", 15), "") << "it is lost already";
  EXPECT_EQ(lost_after("snapshot", 16), "");
  EXPECT_NE(lost_after("delta", 16), "") << "one that comes twice";
  EXPECT_EQ(lost_after("snapshot", 16), "");
  EXPECT_NE(lost_after("delta", 15), "") << "one that comes late";
}

TEST_F(BybitTest, tells_which_changes_follow) {
  using Order = BookUpdate::Order;
  EXPECT_EQ(book("delta", 4).updates[0].order, Order::untold);
  EXPECT_EQ(book("snapshot", 9).updates[0].order, Order::untold);
  EXPECT_EQ(book("delta", 10).updates[0].order, Order::follows);
  EXPECT_EQ(book("delta", 12).updates[0].order, Order::breaks);
  EXPECT_EQ(book("delta", 13).updates[0].order, Order::untold);
}

TEST_F(BybitTest, a_number_of_1_replaces_the_book_whatever_its_type) {
  static_cast<void>(book("snapshot", 9));
  const Frame& frame = book("delta", 1);
  EXPECT_EQ(frame.updates[0].kind, BookUpdate::Kind::image);
  EXPECT_FALSE(frame.updates[0].continues);
  EXPECT_EQ(lost_after("delta", 2), "");
}

TEST_F(BybitTest, a_snapshot_continues_when_nothing_lies_between) {
  EXPECT_FALSE(book("snapshot", 9).updates[0].continues) << "the first";
  EXPECT_TRUE(book("snapshot", 9).updates[0].continues) << "the last of a day's archive";
  EXPECT_TRUE(book("snapshot", 10).updates[0].continues);
  EXPECT_FALSE(book("snapshot", 12).updates[0].continues);
  EXPECT_NE(lost_after("delta", 20), "");
  EXPECT_FALSE(book("snapshot", 20).updates[0].continues) << "after a loss";
}

TEST_F(BybitTest, an_empty_snapshot_begins_no_book) {
  EXPECT_EQ(book("snapshot", 9, R"("b":[],"a":[])").updates[0].lost, "a snapshot without levels");
  EXPECT_EQ(lost_after("delta", 20), "") << "it is lost already";
}

TEST_F(BybitTest, a_symbol_has_the_book_of_the_window_that_began_last) {
  const std::string levels = R"("b":[["5","1"]],"a":[])";
  static_cast<void>(book("snapshot", 9, levels, "orderbook.500.X"));
  EXPECT_THAT(book("delta", 77, levels, "orderbook.50.X").updates, IsEmpty());
  EXPECT_THAT(book("snapshot", 5, levels, "orderbook.1.X").updates, IsEmpty());
  EXPECT_THAT(book("delta", 10, levels, "orderbook.500.X").updates, testing::SizeIs(1));
  const Frame& other = book("snapshot", 11, levels, "orderbook.200.X");
  EXPECT_FALSE(other.updates[0].continues) << "numbers are of a window";
  EXPECT_EQ(book("delta", 12, levels, "orderbook.200.X").updates[0].lost, "");
}

TEST_F(BybitTest, a_book_has_the_number_that_is_the_same_in_all_windows) {
  EXPECT_EQ(decode(snapshot).updates[0].number, 753843911359U);
  EXPECT_EQ(decode(change).updates[0].number, 753843913870U);
  EXPECT_EQ(book("snapshot", 9).updates[0].number, std::nullopt) << "where it is told";
}

TEST_F(BybitTest, the_best_level_is_a_witness_of_the_book) {
  static_cast<void>(decode(snapshot));
  const Frame& frame = decode(best_level);
  ASSERT_EQ(frame.kind, Kind::book);
  ASSERT_EQ(frame.updates.size(), 1U);
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::witness);
  EXPECT_EQ(update.symbol, "BTCUSDT");
  EXPECT_EQ(update.number, 753843913870U);
  EXPECT_EQ(update.order, BookUpdate::Order::untold);
  ASSERT_EQ(update.levels.size(), 2U);
  EXPECT_EQ(update.levels[0].size, 6.054);
  EXPECT_EQ(update.levels[1].size, 9.5);
  EXPECT_THAT(frame.replies, IsEmpty()) << "nobody asked for it";
  EXPECT_EQ(decode(change).updates[0].lost, "") << "it has numbers of its own";
}

TEST_F(BybitTest, the_best_level_alone_is_a_book) {
  EXPECT_EQ(decode(best_level).updates[0].kind, BookUpdate::Kind::image);
  EXPECT_EQ(decode(best_level).updates[0].kind, BookUpdate::Kind::image);
  EXPECT_EQ(decode(snapshot).updates[0].kind, BookUpdate::Kind::image);
  EXPECT_EQ(decode(best_level).updates[0].kind, BookUpdate::Kind::witness);
}

TEST_F(BybitTest, a_hole_in_one_book_leaves_the_others_whole) {
  const std::string levels = R"("b":[["5","1"]],"a":[["6","1"]])";
  static_cast<void>(book("snapshot", 9));
  static_cast<void>(book("snapshot", 5, levels, "orderbook.50.Y"));
  EXPECT_NE(lost_after("delta", 12), "");
  EXPECT_EQ(book("delta", 6, levels, "orderbook.50.Y").updates[0].lost, "");
}

TEST_F(BybitTest, numbers_begin_anew_with_a_connection) {
  static_cast<void>(book("snapshot", 9));
  static_cast<void>(protocol_->open());
  EXPECT_EQ(lost_after("delta", 15), "");
}

TEST_F(BybitTest, a_price_that_a_book_cannot_hold_costs_the_book) {
  const Frame& frame = book("snapshot", 9, R"("b":[["0.00000000012","1"]],"a":[])");
  EXPECT_THAT(frame.updates[0].lost, HasSubstr("nine decimals"));
  EXPECT_EQ(lost_after("delta", 12), "") << "it is lost already";
}

TEST_F(BybitTest, other_topics_are_of_no_interest) {
  for (const char* text :
       {R"({"topic":"tickers.BTCUSDT","type":"snapshot","data":{"u":"x"},"ts":1})",
        R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","data":[{"s":"BTCUSDT"}],"ts":1})",
        R"({"topic":"orderbook.rpi.BTCUSDT","type":"delta","data":{"b":[["1","2","3"]]},"ts":1})",
        R"({"topic":"orderbook.full.BTCUSDT","data":{}})", R"({"topic":"orderbook.0.X"})",
        R"({"topic":"orderbook.50."})", R"({"topic":"orderbook.50"})",
        R"({"success":true,"ret_msg":"","conn_id":"c","req_id":"","op":"unsubscribe"})", "{}"}) {
    EXPECT_EQ(decode(text).kind, Kind::other) << text;
    EXPECT_THAT(decode(text).updates, IsEmpty()) << text;
  }
}

TEST_F(BybitTest, what_is_broken_is_malformed) {
  for (
      const char* text :
      {"", "[]", "pong", R"({"topic":"orderbook.50.X","type":"delta"})",
       R"({"topic":"orderbook.50.X","type":"delta","data":{"b":[],"a":[]}})",
       R"({"topic":"orderbook.50.X","type":"delta","data":{"u":2,"a":[]}})",
       R"({"topic":"orderbook.50.X","type":"delta","data":{"u":2,"b":[]}})",
       R"({"topic":"orderbook.50.X","type":"delta","data":{"u":-2,"b":[],"a":[]}})",
       R"({"topic":"orderbook.50.X","type":"delta","data":{"u":2,"b":[["1"]],"a":[]}})",
       R"({"topic":"orderbook.50.X","type":"delta","data":{"u":2,"b":[["x","1"]],"a":[]}})",
       R"({"topic":"orderbook.50.X","type":"delta","data":{"u":2,"b":[["1","-1"]],"a":[]}})",
       R"({"topic":"orderbook.50.X","type":"what","data":{"u":2,"b":[],"a":[]}})",
       R"({"topic":"orderbook.50.X","data":{"u":2,"b":[],"a":[]}})",
       R"({"topic":"orderbook.50.X","type":"delta","ts":9999999999999999,"data":{"u":2,"b":[],"a":[]}})",
       R"({"topic":"orderbook.50.X","type":"delta","data":{"u":2,"b":[],"a":[]}} x)"}) {
    EXPECT_EQ(decode(text).kind, Kind::malformed) << text;
    EXPECT_THAT(decode(text).updates, IsEmpty()) << text;
  }
}

TEST_F(BybitTest, acknowledgements_and_pongs_are_known) {
  EXPECT_EQ(
      decode(R"({"success":true,"ret_msg":"","conn_id":"c","req_id":"","op":"subscribe"})").kind,
      Kind::subscribed);
  for (const char* text : {R"({"success":true,"ret_msg":"pong","conn_id":"c","op":"ping"})",
                           R"({"op":"pong","args":["1"],"conn_id":"c"})"})
    EXPECT_EQ(decode(text).kind, Kind::pong) << text;
}

TEST_F(BybitTest, an_unknown_symbol_is_refused_by_name) {
  const Frame& frame = decode(refusal("error:handler not found,topic:orderbook.50.NOPEUSDT"));
  EXPECT_EQ(frame.kind, Kind::refused);
  EXPECT_EQ(frame.text, "no such symbol: NOPEUSDT");
  EXPECT_EQ(frame.symbol, "NOPEUSDT");
  EXPECT_FALSE(frame.passes);
}

TEST_F(BybitTest, a_witness_that_is_refused_costs_nothing) {
  for (const char* why : {"error:handler not found,topic:orderbook.1.BTCUSDT",
                          "error:already subscribed,topic:orderbook.1.BTCUSDT"})
    EXPECT_EQ(decode(refusal(why)).kind, Kind::other) << why;
}

TEST_F(BybitTest, other_refusals_are_told_as_they_are) {
  const Frame& frame = decode(refusal("error:invalid op"));
  EXPECT_EQ(frame.kind, Kind::refused);
  EXPECT_EQ(frame.text, "error:invalid op");
  EXPECT_EQ(frame.symbol, "");
  EXPECT_FALSE(frame.passes);
  EXPECT_TRUE(decode(refusal("error:already subscribed,topic:orderbook.50.X")).passes)
      << "a new connection mends it";
  EXPECT_TRUE(decode(refusal("Too many visits")).passes);
}

TEST(BybitProtocol, asks_for_each_symbol_by_itself_in_the_smallest_window_that_will_do) {
  const auto first = [](std::size_t levels) {
    const auto requests =
        spot().make_protocol({.symbols = {"A", "B"}, .pool = "", .levels = levels})->open();
    EXPECT_EQ(requests.size(), 2U);
    return std::get<std::string>(requests.at(0));
  };
  EXPECT_EQ(first(1), R"({"op":"subscribe","args":["orderbook.50.A"]})");
  EXPECT_EQ(first(50), R"({"op":"subscribe","args":["orderbook.50.A"]})");
  EXPECT_EQ(first(51), R"({"op":"subscribe","args":["orderbook.200.A"]})");
  EXPECT_EQ(first(201), R"({"op":"subscribe","args":["orderbook.1000.A"]})");
  EXPECT_EQ(first(5000), R"({"op":"subscribe","args":["orderbook.1000.A"]})");
}

TEST(BybitProtocol, a_fresh_image_takes_leaving_and_coming_back) {
  EXPECT_THAT(spot().make_protocol({.symbols = {"A"}})->refresh("A"),
              ElementsAre(Request{R"({"op":"unsubscribe","args":["orderbook.50.A"]})"},
                          Request{R"({"op":"subscribe","args":["orderbook.50.A"]})"}));
}

class BybitCheck : public testing::Test {
 protected:
  void hear(const std::string& symbol, const std::string& topic) {
    replies_ = protocol_
                   ->decode(R"({"topic":"orderbook.)" + topic + symbol +
                            R"(","ts":1,"type":"snapshot","data":{"b":[["5","1"]],"a":[["6","1"]],)"
                            R"("u":7,"seq":8}})")
                   .replies;
  }
  std::unique_ptr<Protocol> protocol_ = linear().make_protocol({.symbols = {"A", "B"}});
  std::vector<Request> replies_;
};

TEST_F(BybitCheck, follows_the_best_level_for_a_while) {
  EXPECT_THAT(protocol_->check("A"), IsEmpty()) << "of a book that there is";
  hear("A", "50.");
  EXPECT_THAT(protocol_->check("A"),
              ElementsAre(Request{R"({"op":"subscribe","args":["orderbook.1.A"]})"}));
  EXPECT_THAT(protocol_->check("A"), IsEmpty()) << "it is followed still";
  for (int i = 1; i < 100; ++i) {
    hear("A", "1.");
    ASSERT_THAT(replies_, IsEmpty());
  }
  hear("A", "1.");
  EXPECT_THAT(replies_, ElementsAre(Request{R"({"op":"unsubscribe","args":["orderbook.1.A"]})"}));
  hear("A", "1.");
  EXPECT_THAT(replies_, IsEmpty()) << "what was under way";
  EXPECT_THAT(protocol_->check("A"), testing::SizeIs(1));
}

TEST_F(BybitCheck, that_is_refused_is_not_asked_for_again_on_that_connection) {
  hear("A", "50.");
  static_cast<void>(protocol_->check("A"));
  static_cast<void>(protocol_->decode(refusal("error:handler not found,topic:orderbook.1.A")));
  EXPECT_THAT(protocol_->check("B"), IsEmpty());
  static_cast<void>(protocol_->open());
  hear("A", "50.");
  EXPECT_THAT(protocol_->check("A"), testing::SizeIs(1));
}

TEST_F(BybitCheck, follows_one_symbol_at_a_time) {
  hear("A", "50.");
  hear("B", "50.");
  static_cast<void>(protocol_->check("A"));
  EXPECT_THAT(protocol_->check("B"),
              ElementsAre(Request{R"({"op":"unsubscribe","args":["orderbook.1.A"]})"},
                          Request{R"({"op":"subscribe","args":["orderbook.1.B"]})"}));
  static_cast<void>(protocol_->open());
  hear("A", "50.");
  EXPECT_THAT(protocol_->check("A"), testing::SizeIs(1)) << "a new connection follows none";
}

TEST(BybitProtocol, hears_of_no_symbol_that_it_did_not_ask_for) {
  const auto protocol = linear().make_protocol({.symbols = {"ETHUSDT"}});
  EXPECT_THAT(protocol->decode(snapshot).updates, IsEmpty());
}

TEST(BybitVenue, knows_its_symbols_and_its_frames) {
  for (const char* text : {"BTCUSDT", "BTC-25DEC26", "1000000BABYDOGEUSDT", "BTCUSDT-25DEC26"})
    EXPECT_TRUE(spot().is_symbol(text)) << text;
  for (const char* text : {"", "btcusdt", "BTC/USDT", "A\",\"B", "A234567890123456789012345"})
    EXPECT_FALSE(spot().is_symbol(text)) << text;
  EXPECT_EQ(venue_of_frame(snapshot), find_venue("bybit-linear"));
  EXPECT_EQ(venue_of_frame(R"({"topic":"tickers.X","data":{}})"), nullptr);
}

TEST(BybitVenue, tells_its_markets_by_their_frames) {
  for (const auto& [frame, name] :
       {std::pair{R"({"topic":"orderbook.50.BTCUSDT","ts":1,"type":"snapshot","data":{}})",
                  "bybit-spot"},
        {R"({"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1})", "bybit-linear"},
        {R"({"topic":"orderbook.200.BTC-25DEC26","type":"delta","ts":1})", "bybit-linear"},
        {R"({"topic":"orderbook.200.BTCUSD","type":"delta","ts":1})", "bybit-inverse"},
        {R"({"topic":"orderbook.200.BTCUSDZ26","type":"delta","ts":1})", "bybit-inverse"},
        {R"({"topic":"orderbook.1.BTCUSDT","ts":1,"type":"snapshot"})", "bybit-linear"}})
    EXPECT_EQ(venue_of_frame(frame), find_venue(name)) << frame;
}

TEST(BybitVenue, as_many_of_the_longest_symbols_as_one_connection_carries) {
  const std::string longest(24, 'A');
  ASSERT_TRUE(spot().is_symbol(longest));
  std::size_t characters = 0;
  for (std::size_t i = 0; i < spot().symbols_max; ++i)
    characters += std::string{R"("orderbook.1000.",)"}.size() + longest.size();
  EXPECT_LE(characters, 21'000U);
  EXPECT_GT(characters, 20'000U);
}

}  // namespace
}  // namespace obkit::feed::bybit
