#include "binance/binance.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binance/bridge.hpp"

namespace obkit::feed::binance {
namespace {

using Kind = Frame::Kind;
using Update = BookUpdate::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Messages in the exchange's own order of keys, shortened.
constexpr const char* spot_diff =
    R"({"stream":"abcusdt@depth@100ms","data":{"e":"depthUpdate","E":1633998512568,"s":"ABCUSDT",)"
    R"("U":101,"u":104,"b":[["0.35170000","4265.00000000"],["0.35160000","0.00000000"]],)"
    R"("a":[["0.35290000","10968.00000000"]]}})";
constexpr const char* usdm_diff =
    R"({"stream":"abcusdt@depth@100ms","data":{"e":"depthUpdate","E":1789469122290,)"
    R"("T":1789469122260,"s":"ABCUSDT","ps":"ABCUSDT","U":2003,"u":2010,"pu":1990,)"
    R"("b":[["76947.30","0.0361"]],"a":[["77021.90","0"]],"st":1}})";
constexpr const char* coinm_diff =
    R"({"stream":"abcusd_perp@depth@100ms","data":{"e":"depthUpdate","E":1626916403983,)"
    R"("T":1626916403971,"s":"ABCUSD_PERP","ps":"ABCUSD","U":7,"u":9,"pu":5,"b":[],"a":[]}})";

class BinanceTest : public testing::Test {
 protected:
  /// A diff of spot, which has one bid.
  const Frame& spot(std::uint64_t first, std::uint64_t last, const std::string& bid = "5") {
    return spot_->decode(R"({"e":"depthUpdate","E":1000,"s":"ABC","U":)" + std::to_string(first) +
                         R"(,"u":)" + std::to_string(last) + R"(,"b":[[")" + bid +
                         R"(","2"]],"a":[]})");
  }
  const Frame& futures(std::uint64_t previous, std::uint64_t first, std::uint64_t last) {
    return usdm_->decode(R"({"e":"depthUpdate","E":1003,"T":1001,"s":"ABC","U":)" +
                         std::to_string(first) + R"(,"u":)" + std::to_string(last) + R"(,"pu":)" +
                         std::to_string(previous) + R"(,"b":[["5","2"]],"a":[]})");
  }
  static const Frame& answer(Protocol& protocol, std::uint64_t number,
                             const std::string& times = "") {
    return protocol.decode_answer(
        {.target = "/depth?limit=10&symbol=ABC",
         .status = 200,
         .body = R"({"lastUpdateId":)" + std::to_string(number) + times +
                 R"(,"bids":[["4","1"],["3","1"]],"asks":[["9","1.5"]]})"});
  }
  static const BookUpdate& only(const Frame& frame) {
    EXPECT_EQ(frame.kind, Kind::book) << frame.text;
    EXPECT_EQ(frame.updates.size(), 1U);
    static const BookUpdate none;
    return frame.updates.empty() ? none : frame.updates[0];
  }
  static bool is_sound(const Frame& frame, Update kind) {
    return only(frame).kind == kind && only(frame).lost.empty();
  }

  std::unique_ptr<Protocol> spot_ = spot_venue().make_protocol({});
  std::unique_ptr<Protocol> usdm_ = usdm_venue().make_protocol({});
};

TEST_F(BinanceTest, reads_a_diff_with_exact_prices_wrapped_and_bare) {
  ASSERT_TRUE(is_sound(answer(*spot_, 100), Update::image)) << "of another symbol";
  const std::string wrapped = spot_diff;
  const std::string bare = wrapped.substr(wrapped.find("\"data\":") + 7);
  for (const std::string& text : {wrapped, bare.substr(0, bare.size() - 1)}) {
    spot_ = spot_venue().make_protocol({});
    static_cast<void>(
        spot_->decode_answer({.target = "/api/v3/depth?symbol=ABCUSDT&limit=5000",
                              .status = 200,
                              .body = R"({"lastUpdateId":100,"bids":[],"asks":[]})"}));
    const BookUpdate& update = only(spot_->decode(text));
    EXPECT_EQ(update.kind, Update::changes);
    EXPECT_EQ(update.symbol, "ABCUSDT");
    EXPECT_EQ(update.time, Timestamp{std::chrono::milliseconds{1633998512568}});
    EXPECT_EQ(update.order, BookUpdate::Order::follows);
    ASSERT_EQ(update.levels.size(), 3U);
    EXPECT_EQ(update.levels[0].price, parse_price("0.3517"));
    EXPECT_EQ(update.levels[0].size, 4265);
    EXPECT_EQ(update.levels[1].size, 0);
    EXPECT_EQ(update.levels[1].action, LevelChange::Action::set);
    EXPECT_EQ(update.levels[2].side, Side::ask);
  }
}

TEST_F(BinanceTest, a_short_snapshot_of_a_book_that_stands_is_a_witness) {
  const std::string target = "/api/v3/depth?symbol=ABC&limit=100";
  EXPECT_THAT(spot_->check("ABC"), IsEmpty()) << "there is nothing to hold against it";
  const auto answer_check = [&](const std::string& body) -> const Frame& {
    return spot_->decode_answer({.target = target, .status = 200, .body = body});
  };
  const std::string body = R"({"lastUpdateId":103,"bids":[["5","2"]],"asks":[["9","1.5"]]})";
  ASSERT_TRUE(is_sound(answer_check(body), Update::image)) << "there was none";
  const auto asked = spot_->check("ABC");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(std::get<HttpGet>(asked[0]).target, target);
  EXPECT_EQ(only(spot(104, 106)).number, 106U);
  const BookUpdate& witness = only(answer_check(body));
  EXPECT_EQ(witness.kind, Update::witness);
  EXPECT_EQ(witness.symbol, "ABC");
  EXPECT_EQ(witness.number, 103U);
  EXPECT_EQ(witness.levels.size(), 2U);
  EXPECT_EQ(answer_check("no JSON").kind, Kind::other);
  EXPECT_EQ(answer_check(R"({"lastUpdateId":103})").kind, Kind::other);
  EXPECT_EQ(only(spot(107, 107)).order, BookUpdate::Order::follows) << "it changed nothing";
}

TEST_F(BinanceTest, a_book_has_the_number_of_its_last_diff) {
  EXPECT_EQ(only(answer(*spot_, 100)).number, 100U);
  EXPECT_EQ(only(spot(99, 102)).number, 102U);
  EXPECT_EQ(only(spot(103, 105)).number, 105U);
  EXPECT_EQ(only(answer(*spot_, 104)).number, 105U) << "joined to the last diff";
}

TEST_F(BinanceTest, takes_any_order_of_keys) {
  ASSERT_TRUE(is_sound(answer(*spot_, 100), Update::image));
  const auto text = [](const char* stream) {
    return R"({"data":{"a":[["9","1"]],"b":[],"u":101,"U":101,"s":"ABC","e":"depthUpdate"},)"
           R"("stream":"abc@)" +
           std::string{stream} + "\"}";
  };
  EXPECT_EQ(spot_->decode(text("depth20@100ms")).kind, Kind::other) << "the best levels alone";
  const BookUpdate& update = only(spot_->decode(text("depth@100ms")));
  EXPECT_EQ(update.kind, Update::changes);
  EXPECT_EQ(update.levels.size(), 1U);
  EXPECT_EQ(update.time, std::nullopt);
}

TEST_F(BinanceTest, the_time_is_the_engines_where_it_is_told) {
  ASSERT_TRUE(is_sound(answer(*usdm_, 5, R"(,"E":1900,"T":900)"), Update::image));
  EXPECT_EQ(only(futures(5, 6, 8)).time, Timestamp{std::chrono::milliseconds{1001}});
  const BookUpdate& update = only(spot_->decode(
      R"({"e":"depthUpdate","E":1789469122290123,"s":"ABC","U":1,"u":1,"b":[],"a":[]})"));
  EXPECT_EQ(update.time, Timestamp{std::chrono::microseconds{1789469122290123}})
      << "of timeUnit=MICROSECOND";
}

TEST_F(BinanceTest, without_a_snapshot_diffs_are_kept_in_silence) {
  EXPECT_TRUE(is_sound(spot(101, 104), Update::old));
  EXPECT_TRUE(is_sound(spot(105, 106), Update::old));
}

TEST_F(BinanceTest, a_snapshot_is_joined_to_the_diffs_behind_it) {
  EXPECT_TRUE(is_sound(spot(101, 104, "5"), Update::old));
  EXPECT_TRUE(is_sound(spot(105, 106, "6"), Update::old));
  const BookUpdate& image = only(answer(*spot_, 104));
  EXPECT_EQ(image.kind, Update::image);
  EXPECT_EQ(image.symbol, "ABC");
  EXPECT_EQ(image.time, Timestamp{std::chrono::milliseconds{1000}}) << "of the last diff";
  ASSERT_EQ(image.levels.size(), 4U) << "the first diff is in it";
  EXPECT_EQ(image.levels[3].price, parse_price("6"));
  EXPECT_TRUE(is_sound(spot(107, 107), Update::changes));
}

/// A book that stands would be lost at the first of them.
TEST_F(BinanceTest, a_diff_that_crosses_costs_the_book_though_the_next_one_hides_it) {
  const auto diff = [&](int first, int last, const std::string& levels) -> const Frame& {
    return spot_->decode(R"({"stream":"abc@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"ABC",)"
                         R"("U":)" +
                         std::to_string(first) + R"(,"u":)" + std::to_string(last) + "," + levels +
                         "}}");
  };
  const auto snapshot = [&](int number) -> const BookUpdate& {
    return only(
        spot_->decode_answer({.target = "/api/v3/depth?symbol=ABC&limit=5000",
                              .status = 200,
                              .body = R"({"lastUpdateId":)" + std::to_string(number) +
                                      R"(,"bids":[["5","2"]],"asks":[["6","1"],["9","1"]]})"}));
  };
  EXPECT_EQ(only(diff(101, 102, R"("b":[["7","1"]],"a":[])")).kind, Update::old);
  EXPECT_EQ(only(diff(103, 104, R"("b":[],"a":[["6","0"]])")).kind, Update::old);
  EXPECT_THAT(snapshot(100).lost, HasSubstr("a best bid that is not below the best ask"));
  EXPECT_EQ(only(diff(105, 106, R"("b":[],"a":[["9","2"]])")).kind, Update::old) << "none stands";
  EXPECT_EQ(snapshot(102).lost, "") << "it has what crossed, or never had it";
  EXPECT_EQ(only(diff(107, 107, R"("b":[],"a":[["9","3"]])")).kind, Update::changes);
}

TEST_F(BinanceTest, a_snapshot_may_be_ahead_of_all_diffs) {
  EXPECT_TRUE(is_sound(spot(101, 104), Update::old));
  ASSERT_TRUE(is_sound(answer(*spot_, 120), Update::image));
  EXPECT_TRUE(is_sound(spot(105, 118), Update::old));
  EXPECT_TRUE(is_sound(spot(119, 122), Update::changes)) << "it begins before and ends behind";
  EXPECT_TRUE(is_sound(spot(123, 123), Update::changes));
}

TEST_F(BinanceTest, a_snapshot_older_than_the_first_diff_is_told_and_waits_for_another) {
  EXPECT_TRUE(is_sound(spot(101, 104), Update::old));
  EXPECT_EQ(only(answer(*spot_, 99)).lost,
            "its snapshot (99) is older than the changes (from 101)");
  EXPECT_TRUE(is_sound(spot(105, 106), Update::old)) << "still kept";
  EXPECT_TRUE(is_sound(answer(*spot_, 100), Update::image)) << "the changes begin right behind it";
  EXPECT_TRUE(is_sound(spot(107, 107), Update::changes));
}

TEST_F(BinanceTest, a_snapshot_older_than_the_book_of_the_connection_before_is_none) {
  ASSERT_TRUE(is_sound(answer(*spot_, 100), Update::image));
  EXPECT_TRUE(is_sound(spot(101, 104), Update::changes));
  static_cast<void>(spot_->open());
  EXPECT_EQ(only(answer(*spot_, 103)).lost, "its snapshot (103) is older than the last book");
  EXPECT_TRUE(is_sound(answer(*spot_, 104), Update::image));
  static_cast<void>(spot_->open());
  EXPECT_TRUE(is_sound(spot(11, 12), Update::old)) << "its numbers begin again";
  EXPECT_TRUE(is_sound(answer(*spot_, 12), Update::image));
}

TEST_F(BinanceTest, a_broken_chain_loses_the_book_and_keeps_what_comes) {
  ASSERT_TRUE(is_sound(answer(*spot_, 100), Update::image));
  EXPECT_TRUE(is_sound(spot(101, 104), Update::changes));
  const BookUpdate& broken = only(spot(106, 107, "6"));
  EXPECT_EQ(broken.lost, "changes that do not follow the update before (104)");
  EXPECT_EQ(broken.order, BookUpdate::Order::breaks);
  EXPECT_TRUE(is_sound(spot(108, 108, "7"), Update::old));
  EXPECT_NE(only(answer(*spot_, 104)).lost, "") << "105 is in nothing";
  EXPECT_EQ(only(answer(*spot_, 105)).levels.size(), 5U) << "both are behind it";
  EXPECT_TRUE(is_sound(spot(109, 109), Update::changes));
}

TEST_F(BinanceTest, a_diff_that_comes_twice_is_a_broken_chain) {
  ASSERT_TRUE(is_sound(answer(*spot_, 100), Update::image));
  EXPECT_TRUE(is_sound(spot(101, 104), Update::changes));
  EXPECT_NE(only(spot(101, 104)).lost, "");
}

TEST_F(BinanceTest, a_hole_while_waiting_forgets_what_was_before_it) {
  EXPECT_TRUE(is_sound(spot(101, 104), Update::old));
  EXPECT_TRUE(is_sound(spot(110, 112), Update::old));
  EXPECT_NE(only(answer(*spot_, 104)).lost, "");
  EXPECT_TRUE(is_sound(answer(*spot_, 109), Update::image));
}

TEST_F(BinanceTest, futures_are_chained_by_the_number_before) {
  EXPECT_TRUE(is_sound(futures(90, 95, 100), Update::old));
  EXPECT_TRUE(is_sound(futures(100, 110, 120), Update::old));
  ASSERT_EQ(only(answer(*usdm_, 120)).levels.size(), 4U) << "a diff that ends there is applied";
  EXPECT_TRUE(is_sound(futures(120, 150, 160), Update::changes)) << "numbers jump";
  EXPECT_EQ(only(futures(165, 170, 180)).lost,
            "changes that do not follow the update before (160)");
  EXPECT_NE(only(answer(*usdm_, 164)).lost, "");
  ASSERT_TRUE(is_sound(answer(*usdm_, 190), Update::image));
  EXPECT_TRUE(is_sound(futures(180, 184, 189), Update::old));
  EXPECT_TRUE(is_sound(futures(189, 190, 190), Update::changes));
}

TEST_F(BinanceTest, a_snapshot_of_a_book_that_stands_renews_it_without_a_gap) {
  ASSERT_FALSE(only(answer(*spot_, 100)).continues);
  EXPECT_TRUE(is_sound(spot(101, 104), Update::changes));
  EXPECT_TRUE(is_sound(spot(105, 106), Update::changes));
  const BookUpdate& behind = only(answer(*spot_, 104));
  EXPECT_EQ(behind.kind, Update::image);
  EXPECT_TRUE(behind.continues);
  EXPECT_EQ(behind.levels.size(), 4U) << "with the last diff";
  EXPECT_TRUE(is_sound(answer(*spot_, 99), Update::old)) << "older than what is kept";
  EXPECT_TRUE(is_sound(spot(107, 109), Update::changes));
}

TEST_F(BinanceTest, a_snapshot_ahead_of_a_book_that_stands_waits_for_the_diffs_between) {
  ASSERT_TRUE(is_sound(answer(*spot_, 100), Update::image));
  EXPECT_TRUE(is_sound(spot(101, 104), Update::changes));
  EXPECT_TRUE(is_sound(answer(*spot_, 110), Update::old));
  EXPECT_TRUE(is_sound(spot(105, 109), Update::changes)) << "no book is passed over";
  const BookUpdate& image = only(spot(110, 112));
  EXPECT_EQ(image.kind, Update::image);
  EXPECT_TRUE(image.continues);
  EXPECT_EQ(image.number, 112U);
  EXPECT_EQ(image.levels.size(), 4U) << "the snapshot lies in the diff";
  EXPECT_TRUE(is_sound(answer(*spot_, 113), Update::old));
  EXPECT_EQ(only(spot(113, 113)).levels.size(), 3U) << "the diff is in the snapshot";
  EXPECT_TRUE(is_sound(answer(*spot_, 120), Update::old));
  EXPECT_NE(only(spot(115, 120)).lost, "") << "114 was missed";
  EXPECT_TRUE(is_sound(spot(121, 121), Update::old)) << "nothing waits any more";
  EXPECT_FALSE(only(answer(*spot_, 121)).continues);
}

TEST_F(BinanceTest, a_book_that_moves_without_diffs_is_subscribed_to_anew) {
  const auto is_dead = [&](std::uint64_t number) {
    return !answer(*spot_, number).replies.empty();
  };
  EXPECT_FALSE(is_dead(100));
  EXPECT_FALSE(is_dead(100)) << "a quiet market";
  EXPECT_TRUE(is_sound(spot(101, 104), Update::changes));
  EXPECT_FALSE(is_dead(110)) << "diffs may be on their way";
  EXPECT_THAT(
      answer(*spot_, 111).replies,
      ElementsAre(Request{R"({"method":"UNSUBSCRIBE","params":["abc@depth@100ms"],"id":2})"},
                  Request{R"({"method":"SUBSCRIBE","params":["abc@depth@100ms"],"id":2})"}));
  EXPECT_EQ(spot_->decode(R"({"result":null,"id":2})").kind, Kind::other);
  EXPECT_TRUE(is_sound(spot(105, 111), Update::image)) << "nothing was missed";
}

TEST_F(BinanceTest, a_snapshot_that_is_as_long_as_it_may_be_has_edges) {
  const auto edges = [&](const char* limit) {
    return only(spot_->decode_answer(
                    {.target = std::string{"/api/v3/depth?symbol=ABC&limit="} + limit,
                     .status = 200,
                     .body = R"({"lastUpdateId":7,"bids":[["4","1"],["3","1"]],)"
                             R"("asks":[["9","1.5"]]})"}))
        .edges;
  };
  EXPECT_EQ(edges("2").bid, parse_price("3"));
  EXPECT_EQ(edges("2").ask, std::nullopt) << "the side has no more";
  EXPECT_EQ(edges("1000").bid, std::nullopt);
  EXPECT_EQ(edges("x").bid, std::nullopt);
  EXPECT_EQ(edges("1").ask, parse_price("9"));
}

TEST_F(BinanceTest, what_is_kept_is_bounded) {
  ASSERT_TRUE(is_sound(answer(*spot_, 0), Update::image));
  for (std::uint64_t number = 1; number <= 1000; ++number) static_cast<void>(spot(number, number));
  EXPECT_EQ(only(answer(*spot_, 1000 - Bridge::most_kept)).levels.size(), 3 + Bridge::most_kept);
  EXPECT_EQ(only(answer(*spot_, 999 - Bridge::most_kept)).kind, Update::old);

  std::string rows;
  for (int i = 0; i < 1000; ++i)
    rows += (i == 0 ? "[\"3." : ",[\"3.") + std::to_string(1000 + i) + "\",\"1\"]";
  for (std::uint64_t number = 1; number <= 3 * Bridge::Budget::most / 1000; ++number)
    static_cast<void>(usdm_->decode(
        R"({"e":"depthUpdate","s":"ABC","U":1,"u":)" + std::to_string(number) + R"(,"pu":)" +
        std::to_string(number - 1) + R"(,"b":[)" + rows + R"(],"a":[]})"));
  EXPECT_NE(only(answer(*usdm_, 1000)).lost, "") << "was let go";
  const BookUpdate& image = only(answer(*usdm_, 3 * Bridge::Budget::most / 1000));
  EXPECT_EQ(image.lost, "");
  EXPECT_LE(image.levels.size(), Bridge::Budget::most);
}

TEST_F(BinanceTest, a_price_that_is_not_held_costs_the_book) {
  ASSERT_TRUE(is_sound(answer(*spot_, 100), Update::image));
  EXPECT_THAT(only(spot(101, 101, "0.1234567891")).lost, HasSubstr("more than nine decimals"));
  EXPECT_TRUE(is_sound(spot(102, 102), Update::old)) << "waits for a snapshot";
}

TEST_F(BinanceTest, takes_the_snapshots_that_tardis_asked_for) {
  const BookUpdate& image = only(spot_->decode(
      R"({"stream":"abcusdt@depthSnapshot","generated":true,"data":{"lastUpdateId":100,)"
      R"("bids":[["0.35","7"]],"asks":[]}})"));
  EXPECT_EQ(image.kind, Update::image);
  EXPECT_EQ(image.symbol, "ABCUSDT");
  EXPECT_TRUE(is_sound(spot_->decode(spot_diff), Update::changes));
}

TEST_F(BinanceTest, an_answer_among_the_frames_is_of_the_only_symbol) {
  const auto bare = [](int rows) {
    std::string bids;
    for (int i = 0; i < rows; ++i)
      bids += (i == 0 ? "[\"" : ",[\"") + std::to_string(100 + i) + "\",\"1\"]";
    return R"({"lastUpdateId":104,"bids":[)" + bids + R"(],"asks":[]})";
  };
  EXPECT_EQ(spot_->decode(bare(41)).kind, Kind::other) << "of whom?";
  EXPECT_TRUE(is_sound(spot(101, 104), Update::old));
  EXPECT_EQ(spot_->decode(bare(40)).kind, Kind::other) << "maybe of a partial stream";
  EXPECT_TRUE(is_sound(spot_->decode(bare(41)), Update::image));
  EXPECT_EQ(only(spot_->decode(bare(41))).symbol, "ABC");
  EXPECT_TRUE(is_sound(spot(105, 105), Update::changes));
  EXPECT_TRUE(is_sound(spot_->decode(spot_diff), Update::old)) << "another symbol";
  EXPECT_EQ(spot_->decode(bare(41)).kind, Kind::other);
}

TEST_F(BinanceTest, an_answer_that_is_not_understood_costs_its_own_book) {
  for (const char* body :
       {"", "<html>", R"({"bids":[],"asks":[]})", R"({"lastUpdateId":1,"bids":[]})",
        R"({"lastUpdateId":1,"bids":[["1"]],"asks":[]})"}) {
    const BookUpdate& update =
        only(spot_->decode_answer({.target = "/x?symbol=ABC", .status = 200, .body = body}));
    EXPECT_THAT(update.lost, HasSubstr("its snapshot is not understood: ")) << body;
    EXPECT_EQ(update.symbol, "ABC");
  }
  EXPECT_EQ(spot_->decode_answer({.target = "/x", .status = 200, .body = "{}"}).kind, Kind::other);
}

TEST_F(BinanceTest, other_messages_are_no_books) {
  for (
      const char* text :
      {R"({"stream":"abcusdt@bookTicker","data":{"u":1,"s":"ABCUSDT","b":"7.6","B":"2","a":"7.7","A":"2"}})",
       R"({"u":1,"s":"ABCUSDT","b":"7.6","B":"2","a":"7.7","A":"2"})",
       R"({"stream":"abcusdt@aggTrade","data":{"e":"aggTrade","a":[1],"b":[[2]],"s":"ABCUSDT"}})",
       R"({"e":"aggTrade","a":[1],"b":[[2]],"s":"ABCUSDT"})",
       R"({"stream":"abcusdt@depth5","data":{"lastUpdateId":1,"bids":[],"asks":[]}})",
       R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}})",
       R"([{"e":"24hrTicker"}])", R"({"result":["a"],"id":7})", "{}"})
    EXPECT_EQ(spot_->decode(text).kind, Kind::other) << text;
}

TEST_F(BinanceTest, a_shutdown_is_announced) {
  for (const char* text :
       {R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}})",
        R"({"data":{"e":"serverShutdown","E":1770123456789},"stream":"!serverShutdown"})",
        R"({"e":"serverShutdown","E":1770123456789})"})
    EXPECT_EQ(spot_->decode(text).ends, "serverShutdown") << text;
  EXPECT_EQ(spot_->decode(R"({"result":null,"id":1})").ends, "");
}

TEST_F(BinanceTest, what_is_no_diff_is_malformed) {
  const auto problem = [&](Protocol& protocol, const std::string& data) {
    const Frame& frame = protocol.decode(R"({"e":"depthUpdate","s":"ABC",)" + data + "}");
    EXPECT_EQ(frame.kind, Kind::malformed) << data;
    EXPECT_TRUE(frame.updates.empty());
    return frame.text;
  };
  EXPECT_THAT(problem(*spot_, R"("u":2,"b":[],"a":[])"), HasSubstr("U or u"));
  EXPECT_THAT(problem(*usdm_, R"("U":1,"u":2,"b":[],"a":[])"), HasSubstr("pu"));
  EXPECT_THAT(problem(*spot_, R"("U":1,"u":2,"b":[])"), HasSubstr("b or a"));
  EXPECT_THAT(problem(*spot_, R"("U":3,"u":2,"b":[],"a":[])"), HasSubstr("go back"));
  EXPECT_THAT(problem(*usdm_, R"("U":3,"u":4,"pu":9,"b":[],"a":[])"), HasSubstr("go back"));
  EXPECT_THAT(problem(*spot_, R"("U":1,"u":2,"b":[["1"]],"a":[])"), HasSubstr("price and size"));
  EXPECT_THAT(problem(*spot_, R"("U":1,"u":2,"b":[["x","1"]],"a":[])"), HasSubstr("price"));
  EXPECT_THAT(problem(*spot_, R"("U":1,"u":2,"b":[["1","-1"]],"a":[])"), HasSubstr("below zero"));
  EXPECT_THAT(problem(*spot_, R"("E":99999999999999999,"U":1,"u":2,"b":[],"a":[])"),
              HasSubstr("time"));
  for (const std::string_view text : {"", "pong", "{\"e\":"})
    EXPECT_EQ(spot_->decode(text).kind, Kind::malformed) << text;
  EXPECT_EQ(spot_->decode(std::string{spot_diff} + "x").kind, Kind::malformed);
}

/// The one message and the pages that come next.
TEST(BinanceProtocolTest, asks_for_all_streams_at_once_and_then_for_snapshots_at_a_pace) {
  using std::chrono::milliseconds;
  const auto protocol = spot_venue().make_protocol({.symbols = {"ABCUSDT", "XYZBTC"}});
  EXPECT_THAT(
      protocol->open(),
      ElementsAre(testing::VariantWith<std::string>(
          R"({"method":"SUBSCRIBE","params":["abcusdt@depth@100ms","xyzbtc@depth@100ms"],"id":1})")));
  const HttpGet first{.target = "/api/v3/depth?symbol=ABCUSDT&limit=5000",
                      .pause = milliseconds{3000}};
  const HttpGet second{.target = "/api/v3/depth?symbol=XYZBTC&limit=5000",
                       .pause = milliseconds{3000}};
  const Frame& frame = protocol->decode(R"({"result":null,"id":1})");
  EXPECT_EQ(frame.kind, Kind::subscribed);
  EXPECT_THAT(frame.replies, ElementsAre(Request{first}, Request{second}));
  EXPECT_THAT(protocol->decode(R"({"result":null,"id":1})").replies, IsEmpty());
  EXPECT_THAT(protocol->refresh("XYZBTC"), ElementsAre(Request{second}));
}

TEST(BinanceProtocolTest, many_symbols_and_futures_have_lighter_snapshots) {
  using std::chrono::milliseconds;
  const auto many = spot_venue().make_protocol({.symbols = std::vector<std::string>(21, "A")});
  EXPECT_THAT(
      many->refresh("A"),
      ElementsAre(Request{HttpGet{"/api/v3/depth?symbol=A&limit=1000", milliseconds{600}}}));
  EXPECT_THAT(
      usdm_venue().make_protocol({.symbols = {"A"}})->refresh("A"),
      ElementsAre(Request{HttpGet{"/fapi/v1/depth?symbol=A&limit=1000", milliseconds{600}}}));
  EXPECT_THAT(
      coinm_venue().make_protocol({.symbols = {"A"}})->refresh("A"),
      ElementsAre(Request{HttpGet{"/dapi/v1/depth?symbol=A&limit=1000", milliseconds{600}}}));
}

TEST(BinanceProtocolTest, refusals_are_told_in_words) {
  const auto protocol = spot_venue().make_protocol({.symbols = {"ABC"}});
  const auto answer = [&](int status, std::string_view body) -> const Frame& {
    return protocol->decode_answer(
        {.target = "/api/v3/depth?symbol=ABC&limit=5000", .status = status, .body = body});
  };
  EXPECT_EQ(answer(400, R"({"code":-1121,"msg":"Invalid symbol."})").text, "no such symbol: ABC");
  EXPECT_EQ(answer(400, R"({"code":-1121,"msg":"Invalid symbol."})").kind, Kind::refused);
  EXPECT_EQ(answer(400, R"({"code":-1121,"msg":"Invalid symbol."})").symbol, "ABC");
  EXPECT_EQ(answer(400, R"({"code":-1100,"msg":"Illegal characters"})").text, "Illegal characters");
  EXPECT_EQ(answer(451, "").text, "it does not serve this region");
  for (const int passing : {0, 403, 418, 429, 500, 503})
    EXPECT_EQ(answer(passing, "<html>").kind, Kind::other) << passing;
  EXPECT_EQ(answer(400, "<html>").kind, Kind::other);
  for (const char* text : {R"({"code":2,"msg":"Invalid request","id":1})",
                           R"({"error":{"code":2,"msg":"Invalid request"},"id":1})"}) {
    const Frame& frame = protocol->decode(text);
    EXPECT_EQ(frame.kind, Kind::refused);
    EXPECT_EQ(frame.text, "Invalid request");
    EXPECT_EQ(frame.status, 2);
    EXPECT_FALSE(frame.passes);
  }
  EXPECT_TRUE(protocol->decode(R"({"error":{"code":-1003,"msg":"Too much"}})").passes);
}

TEST(BinanceProtocolTest, a_new_connection_begins_anew_and_others_symbols_are_passed_over) {
  const auto protocol = spot_venue().make_protocol({.symbols = {"ABCUSDT"}});
  const auto kind = [&] {
    const Frame& frame = protocol->decode(spot_diff);
    return frame.updates.empty() ? Update::image : frame.updates[0].kind;
  };
  static_cast<void>(protocol->open());
  static_cast<void>(
      protocol->decode_answer({.target = "/?symbol=ABCUSDT",
                               .status = 200,
                               .body = R"({"lastUpdateId":100,"bids":[],"asks":[]})"}));
  EXPECT_EQ(kind(), Update::changes);
  static_cast<void>(protocol->open());
  EXPECT_EQ(kind(), Update::old);
  EXPECT_EQ(protocol->decode(R"({"e":"depthUpdate","s":"ZZZ","U":1,"u":1,"b":[],"a":[]})").kind,
            Kind::other);
}

TEST(BinanceVenues, know_their_symbols_and_their_frames) {
  EXPECT_TRUE(spot_venue().is_symbol("1000SATSUSDT"));
  EXPECT_TRUE(coinm_venue().is_symbol("BTCUSD_PERP"));
  EXPECT_FALSE(spot_venue().is_symbol("btcusdt")) << "streams are lower case, symbols are not";
  EXPECT_FALSE(spot_venue().is_symbol("BTC/USDT"));
  EXPECT_EQ(venue_of_frame(spot_diff), find_venue("binance-spot"));
  EXPECT_EQ(venue_of_frame(usdm_diff), find_venue("binance-usdm"));
  EXPECT_EQ(venue_of_frame(coinm_diff), find_venue("binance-coinm"));
  std::string coinm_of_2026 = coinm_diff;
  coinm_of_2026.insert(coinm_of_2026.size() - 2, R"(,"st":2)");
  EXPECT_EQ(venue_of_frame(coinm_of_2026), find_venue("binance-coinm"));
  std::string usdm_of_2021 = usdm_diff;
  usdm_of_2021.erase(usdm_of_2021.find(R"("ps")"), 15);
  usdm_of_2021.erase(usdm_of_2021.find(R"(,"st":1)"), 7);
  EXPECT_EQ(venue_of_frame(usdm_of_2021), find_venue("binance-usdm"));
  EXPECT_EQ(venue_of_frame("@rest https://x.y/dapi/v1/depth?symbol=A {}"),
            find_venue("binance-coinm"));
  EXPECT_EQ(venue_of_frame("@rest https://x.y/fapi/v1/depth?symbol=A\t{}"),
            find_venue("binance-usdm"));
  EXPECT_EQ(venue_of_frame("@rest https://x.y/api/v3/depth?symbol=A\t{}"),
            find_venue("binance-spot"));
}

}  // namespace
}  // namespace obkit::feed::binance
