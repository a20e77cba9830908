#include "okx/okx.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/book/full_book.hpp"

namespace obkit::feed::okx {
namespace {

using Action = LevelChange::Action;
using Kind = Frame::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Messages in the exchange's own order of keys, shortened.
constexpr const char* snapshot =
    R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{)"
    R"("asks":[["101","3","0","6"],["101.1","0.00004","0","1"]],)"
    R"("bids":[["100.5","0.25","0","3"],["100.4","12","0","1"]],)"
    R"("ts":"1790394877200","checksum":0,"seqId":500,"prevSeqId":-1}]})";
constexpr const char* change =
    R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{)"
    R"("asks":[["102","1.5","0","1"]],"bids":[["100.4","0","0","0"]],)"
    R"("ts":"1790394877300","checksum":0,"seqId":507,"prevSeqId":500}]})";

constexpr const char* best_level =
    R"({"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["101","3","0","6"]],)"
    R"("bids":[["100.5","0.25","0","3"]],"ts":"1790394877205","seqId":505}]})";

class OkxDecoder : public testing::Test {
 protected:
  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  /// A message of a book with these data.
  const Frame& book(const std::string& action, const std::string& data,
                    const std::string& arg = R"("channel":"books","instId":"BTC-USDT")") {
    return decode(R"({"arg":{)" + arg + R"(},"action":")" + action + R"(","data":[{)" + data +
                  "}]}");
  }
  /// Why the book is lost by a change with these numbers; empty when it is not.
  std::string lost_by(const std::string& numbers, const std::string& symbol = "BTC-USDT") {
    const Frame& frame = book("update", R"("asks":[],"bids":[["1","1","0","1"]],)" + numbers,
                              R"("channel":"books","instId":")" + symbol + '"');
    return frame.updates.size() == 1 ? frame.updates[0].lost : "no book";
  }
  std::unique_ptr<Protocol> protocol_ = venue().make_protocol({});
};

TEST_F(OkxDecoder, reads_a_snapshot) {
  const Frame& frame = decode(snapshot);
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  ASSERT_THAT(frame.updates, SizeIs(1));
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::image);
  EXPECT_EQ(update.symbol, "BTC-USDT");
  EXPECT_EQ(update.lost, "");
  EXPECT_EQ(update.time, Timestamp{std::chrono::milliseconds{1790394877200}});
  ASSERT_THAT(update.levels, SizeIs(4));
  EXPECT_EQ(update.levels[0].side, Side::ask);
  EXPECT_EQ(update.levels[1].price, parse_price("101.1"));
  EXPECT_EQ(update.levels[1].size, 0.00004);
  EXPECT_EQ(update.checksum_rule, nullptr) << "0 is no checksum";
}

TEST_F(OkxDecoder, a_size_of_0_leaves_no_level_whether_there_was_one_or_not) {
  static_cast<void>(decode(snapshot));
  const BookUpdate& update = decode(change).updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::changes);
  EXPECT_EQ(update.lost, "");
  EXPECT_EQ(update.order, BookUpdate::Order::follows);
  ASSERT_THAT(update.levels, SizeIs(2));
  EXPECT_EQ(update.levels[1].action, Action::set);
  EXPECT_EQ(update.levels[1].size, 0);
}

TEST_F(OkxDecoder, takes_any_order_of_keys) {
  const Frame& frame =
      decode(R"({"data":[{"seqId":7,"bids":[["1","2","0","1"]],"asks":[]}],"action":"snapshot",)"
             R"("arg":{"instId":"ETH-USDT","channel":"books"}})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  EXPECT_EQ(frame.updates[0].symbol, "ETH-USDT");
  EXPECT_THAT(frame.updates[0].levels, SizeIs(1));
}

TEST_F(OkxDecoder, each_change_must_follow_the_update_before) {
  EXPECT_EQ(lost_by(R"("seqId":4,"prevSeqId":3)"), "") << "before a snapshot nothing is lost";
  static_cast<void>(decode(snapshot));
  EXPECT_EQ(lost_by(R"("seqId":507,"prevSeqId":500)"), "");
  EXPECT_EQ(lost_by(R"("seqId":507,"prevSeqId":507)"), "") << "nothing changed for a minute";
  EXPECT_EQ(lost_by(R"("seqId":9,"prevSeqId":507)"), "") << "numbers begin anew";
  EXPECT_EQ(lost_by(R"("seqId":12,"prevSeqId":11)"),
            "changes that follow 11, where 9 was the update before");
  EXPECT_EQ(lost_by(R"("seqId":30,"prevSeqId":20)"), "") << "it waits for a snapshot";
  static_cast<void>(decode(snapshot));
  EXPECT_EQ(lost_by(R"("seqId":501,"prevSeqId":500)"), "");
  EXPECT_NE(lost_by(R"("seqId":502)"), "") << "without the number nobody knows";
}

TEST_F(OkxDecoder, numbers_may_begin_anew_right_behind_a_snapshot) {
  static_cast<void>(decode(snapshot));
  EXPECT_EQ(lost_by(R"("seqId":3,"prevSeqId":500)"), "");
  EXPECT_EQ(lost_by(R"("seqId":5,"prevSeqId":3)"), "");
}

TEST_F(OkxDecoder, a_hole_in_one_book_leaves_the_others_whole) {
  static_cast<void>(decode(snapshot));
  static_cast<void>(book("snapshot", R"("bids":[["1","1"]],"asks":[],"seqId":20)",
                         R"("channel":"books","instId":"ETH-USDT")"));
  EXPECT_NE(lost_by(R"("seqId":600,"prevSeqId":550)"), "");
  EXPECT_EQ(lost_by(R"("seqId":21,"prevSeqId":20)", "ETH-USDT"), "");
}

TEST_F(OkxDecoder, begins_anew_with_a_connection) {
  static_cast<void>(decode(snapshot));
  static_cast<void>(protocol_->open());
  EXPECT_EQ(lost_by(R"("seqId":9,"prevSeqId":8)"), "");
}

TEST_F(OkxDecoder, a_second_channel_of_a_symbol_does_not_disturb_the_first) {
  static_cast<void>(decode(snapshot));
  const std::string tbt = R"("channel":"books-l2-tbt","instId":"BTC-USDT")";
  EXPECT_EQ(book("snapshot", R"("bids":[["1","1"]],"asks":[],"seqId":20)", tbt).kind, Kind::other);
  EXPECT_EQ(book("update", R"("bids":[],"asks":[],"seqId":21,"prevSeqId":20)", tbt).kind,
            Kind::other);
  EXPECT_EQ(lost_by(R"("seqId":501,"prevSeqId":500)"), "");
}

TEST_F(OkxDecoder, the_best_level_is_a_witness_of_the_book) {
  static_cast<void>(decode(snapshot));
  const Frame& frame = decode(best_level);
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  ASSERT_THAT(frame.updates, SizeIs(1));
  const BookUpdate& update = frame.updates[0];
  EXPECT_EQ(update.kind, BookUpdate::Kind::witness);
  EXPECT_EQ(update.symbol, "BTC-USDT");
  EXPECT_EQ(update.number, 505U);
  EXPECT_EQ(update.time, Timestamp{std::chrono::milliseconds{1790394877205}});
  EXPECT_THAT(update.levels, SizeIs(2));
  EXPECT_EQ(update.order, BookUpdate::Order::untold);
  EXPECT_THAT(frame.replies, IsEmpty()) << "nobody asked for it";
  EXPECT_EQ(decode(change).updates[0].lost, "") << "it leaves the chain alone";
}

TEST_F(OkxDecoder, a_witness_has_any_order_of_keys_and_may_lack_a_number) {
  const Frame& frame = decode(R"({"data":[{"ts":"5","bids":[["1","2"]],"asks":[]}],)"
                              R"("arg":{"instId":"BTC-USDT","channel":"bbo-tbt"}})");
  ASSERT_EQ(frame.kind, Kind::book) << frame.text;
  EXPECT_EQ(frame.updates[0].kind, BookUpdate::Kind::witness);
  EXPECT_EQ(frame.updates[0].number, std::nullopt) << "as in archives before 2023";
}

TEST_F(OkxDecoder, a_snapshot_without_levels_is_no_book) {
  EXPECT_EQ(book("snapshot", R"("bids":[],"asks":[],"seqId":20)").updates[0].lost,
            "a snapshot without levels");
  EXPECT_EQ(lost_by(R"("seqId":21,"prevSeqId":20)"), "") << "it waits for a snapshot";
}

TEST_F(OkxDecoder, a_price_that_is_not_held_costs_the_book) {
  EXPECT_THAT(
      book("snapshot", R"("bids":[["0.00000000012","1"]],"asks":[],"seqId":2)").updates[0].lost,
      HasSubstr("a price of more than nine decimals"));
}

TEST_F(OkxDecoder, what_is_no_book_is_malformed) {
  const auto problem = [&](const std::string& action, const std::string& data) {
    const Frame& frame = book(action, data);
    EXPECT_EQ(frame.kind, Kind::malformed) << data;
    EXPECT_THAT(frame.updates, IsEmpty());
    return frame.text;
  };
  EXPECT_THAT(problem("snapshot", R"("bids":[])"), HasSubstr("asks"));
  EXPECT_THAT(problem("replace", R"("bids":[],"asks":[])"), HasSubstr("action"));
  EXPECT_THAT(problem("update", R"("bids":[["1"]],"asks":[])"), HasSubstr("row"));
  EXPECT_THAT(problem("update", R"("bids":[["1","-1"]],"asks":[])"), HasSubstr("below zero"));
  EXPECT_THAT(problem("update", R"("bids":[["1","x"]],"asks":[])"), HasSubstr("size"));
  EXPECT_THAT(problem("update", R"("bids":[["one","1"]],"asks":[])"), HasSubstr("price"));
  EXPECT_THAT(problem("update", R"("bids":[],"asks":[],"ts":"99999999999999999")"),
              HasSubstr("time"));
  for (const std::string& text :
       {std::string{}, std::string{"garbage"}, std::string{"pong "}, std::string{change} + "x",
        std::string{snapshot}.substr(0, 100),
        std::string{R"({"arg":{"channel":"books","instId":"X"},"action":"update"})"},
        R"({"event":"subscribe",)" + std::string{snapshot}.substr(1),
        std::string{snapshot}.insert(std::string{snapshot}.size() - 1, R"(,"data":[])")})
    EXPECT_EQ(decode(text).kind, Kind::malformed) << text;
}

TEST_F(OkxDecoder, other_messages_are_no_books) {
  for (const char* text :
       {R"({"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"last":"1"}]})",
        R"({"arg":{"channel":"books5","instId":"BTC-USDT"},"data":[{"asks":[["1"]]}]})",
        R"({"event":"notice","code":"64009","msg":"new symbols","connId":"b2b0944b"})",
        R"({"event":"unsubscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"})"})
    EXPECT_EQ(decode(text).kind, Kind::other) << text;
  EXPECT_EQ(decode("pong").kind, Kind::pong);
  const Frame& acknowledged = decode(
      R"({"id":"1","event":"subscribe","arg":{"channel":"books","instId":"X"},"connId":"a4d3"})");
  EXPECT_EQ(acknowledged.kind, Kind::subscribed);
  EXPECT_EQ(acknowledged.text, "X");
}

TEST_F(OkxDecoder, a_notice_tells_the_end_of_the_connection) {
  const Frame& notice =
      decode(R"({"event":"notice","code":"64008","msg":"service upgrade","connId":"b2b0944b"})");
  EXPECT_EQ(notice.kind, Kind::other);
  EXPECT_EQ(notice.ends, "service upgrade");
  EXPECT_EQ(decode("pong").ends, "");
}

TEST_F(OkxDecoder, a_witness_that_is_refused_costs_nothing) {
  EXPECT_EQ(
      decode(R"({"event":"error","msg":"Wrong URL or channel:bbo-tbt,instId:BTC-USDT doesn't )"
             R"(exist. Please use the correct URL.","code":"60018","connId":"b2b0944b"})")
          .kind,
      Kind::other);
}

TEST_F(OkxDecoder, a_refusal_of_one_symbol_names_it) {
  const Frame& unknown = decode(
      R"({"event":"error","msg":"Wrong URL or channel:books,instId:NOPE-USDT doesn't exist. Please )"
      R"(use the correct URL, channel and parameters.","code":"60018","connId":"b2b0944b"})");
  EXPECT_EQ(unknown.kind, Kind::refused);
  EXPECT_EQ(unknown.status, 60018);
  EXPECT_EQ(unknown.symbol, "NOPE-USDT");
  EXPECT_FALSE(unknown.passes);
  const Frame& hasty =
      decode(R"({"event":"error","msg":"Requests too frequent","code":"60014","connId":"b2"})");
  EXPECT_EQ(hasty.symbol, "");
  EXPECT_TRUE(hasty.passes);
}

/// Signed CRC-32 by Python's zlib of the texts in the comments.
class OkxChecksum : public OkxDecoder {
 protected:
  book::Outcome apply(const std::string& action, const std::string& data) {
    const Frame& frame = book(action, data);
    EXPECT_THAT(frame.updates, SizeIs(1)) << frame.text;
    return book_.apply(frame.updates[0]).outcome;
  }
  const std::string start_ = R"("asks":[["101","3","0","6"],["101.1","0.00004","0","1"]],)"
                             R"("bids":[["100.5","0.25","0","3"],["100.4","12","0","1"]],)";
  book::FullBook book_;
};

TEST_F(OkxChecksum, is_of_the_texts_of_both_sides_in_turns) {
  // 100.5:0.25:101:3:100.4:12:101.1:0.00004
  EXPECT_EQ(apply("snapshot", start_ + R"("checksum":-561723882)"), book::Outcome::applied);
  // 100.5:7:101:3:101.1:0.00004
  EXPECT_EQ(
      apply("update", R"("asks":[],"bids":[["100.5","7"],["100.4","0"]],"checksum":985055549)"),
      book::Outcome::applied);
  EXPECT_EQ(apply("update", R"("asks":[],"bids":[],"checksum":1)"), book::Outcome::wrong_checksum);
}

TEST_F(OkxChecksum, knows_texts_that_a_number_does_not_give_back) {
  // 100.5:0.250:101:3:100.4:1234567890.123456789:101.1:0.00004
  EXPECT_EQ(
      apply("snapshot", R"("asks":[["101","3"],["101.1","0.00004"]],"bids":[["100.5","0.250"],)"
                        R"(["100.4","1234567890.123456789"]],"checksum":-670987092)"),
      book::Outcome::applied);
  // 100.5:0.25:101:3:100.4:12:101.1:0.00004
  EXPECT_EQ(apply("update",
                  R"("asks":[],"bids":[["100.5","0.25"],["100.4","12"]],"checksum":-561723882)"),
            book::Outcome::applied);
}

class OkxProtocolTest : public testing::Test {
 protected:
  static std::string text_of(const Request& request) { return std::get<std::string>(request); }
};

TEST_F(OkxProtocolTest, subscribes_to_all_in_one_request) {
  const auto protocol = venue().make_protocol({.symbols = {"BTC-USDT", "ETH-USDT-SWAP"}});
  const auto requests = protocol->open();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(text_of(requests[0]),
            R"({"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"},)"
            R"({"channel":"books","instId":"ETH-USDT-SWAP"}]})");
}

TEST_F(OkxProtocolTest, no_request_is_longer_than_64_KiB) {
  std::vector<std::string> symbols;
  for (int i = 10000; i < 13000; ++i)
    symbols.push_back("BTC-USD-261225-" + std::to_string(i) + "-C");
  const auto protocol = venue().make_protocol({.symbols = symbols});
  std::size_t count = 0;
  for (const Request& request : protocol->open()) {
    const std::string text = text_of(request);
    EXPECT_LE(text.size(), 65536U);
    for (std::size_t at = text.find("BTC-USD-"); at != std::string::npos;
         at = text.find("BTC-USD-", at + 1))
      ++count;
  }
  EXPECT_EQ(count, symbols.size());
}

TEST_F(OkxProtocolTest, a_fresh_image_takes_leaving_and_coming_back) {
  const auto protocol = venue().make_protocol({.symbols = {"BTC-USDT"}});
  const auto requests = protocol->refresh("BTC-USDT");
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(text_of(requests[0]),
            R"({"op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT"}]})");
  EXPECT_EQ(text_of(requests[1]),
            R"({"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]})");
}

TEST_F(OkxProtocolTest, a_check_follows_the_best_level_for_a_while) {
  const auto protocol = venue().make_protocol({.symbols = {"BTC-USDT"}});
  EXPECT_THAT(protocol->check("BTC-USDT"), IsEmpty()) << "of a book that there is";
  static_cast<void>(protocol->decode(snapshot));
  const std::string argument = R"("args":[{"channel":"bbo-tbt","instId":"BTC-USDT"}]})";
  EXPECT_THAT(protocol->check("BTC-USDT"),
              ElementsAre(Request{R"({"op":"subscribe",)" + argument}));
  for (int i = 1; i < 100; ++i) ASSERT_THAT(protocol->decode(best_level).replies, IsEmpty());
  EXPECT_THAT(protocol->decode(best_level).replies,
              ElementsAre(Request{R"({"op":"unsubscribe",)" + argument}));
}

/// A check takes two, and one that is given up for the next takes none more.
TEST_F(OkxProtocolTest, checks_leave_some_of_the_480_requests_an_hour) {
  const auto checks = std::chrono::hours{1} / venue().check_pace;
  EXPECT_LE(2 * checks, 400);
}

TEST_F(OkxProtocolTest, symbols_that_nobody_asked_for_are_no_books) {
  const auto protocol = venue().make_protocol({.symbols = {"ETH-USDT"}});
  EXPECT_EQ(protocol->decode(snapshot).kind, Kind::other);
}

TEST(OkxVenue, knows_its_symbols_and_its_frames) {
  EXPECT_TRUE(venue().is_symbol("BTC-USD-261225-50000-C"));
  EXPECT_FALSE(venue().is_symbol("BTC/USDT"));
  EXPECT_FALSE(venue().is_symbol(R"(BTC"USDT)"));
  EXPECT_EQ(venue_of_frame(snapshot), find_venue("okx"));
  EXPECT_EQ(venue_of_frame(R"({"event":"subscribe","arg":{"channel":"books","instId":"X"}})"),
            find_venue("okx"));
  EXPECT_EQ(venue().keepalive->text, "ping");
}

}  // namespace
}  // namespace obkit::feed::okx
