#include <memory>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/book/full_book.hpp"
#include "obkit/core/time.hpp"
#include "obkit/feed/venue.hpp"

#include "kraken/kraken.hpp"

namespace obkit::feed::kraken {
namespace {

using book::Outcome;
using Kind = Frame::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class KrakenFirstVersion : public testing::Test {
 protected:
  const Frame& decode(std::string_view text) { return protocol_->decode(text); }
  const Frame& book(const std::string& content) {
    return decode("[320," + content + R"(,"book-10","XBT/USD"])");
  }
  Outcome apply(const std::string& content) {
    const Frame& frame = book(content);
    EXPECT_THAT(frame.updates, SizeIs(1)) << frame.text;
    return book_.apply(frame.updates[0]).outcome;
  }
  std::unique_ptr<Protocol> protocol_ = spot().make_protocol({.with_trades = true});
  book::FullBook book_;
};

/// CRC-32 by Python's zlib of the texts in the comments.
TEST_F(KrakenFirstVersion, changes_have_a_checksum_and_a_snapshot_has_none) {
  EXPECT_EQ(apply(R"({"as":[["102.50","31.00000000","1617666423.6"],)"
                  R"(["103.00","0.00000004","1617666423.6"]],)"
                  R"("bs":[["102.40","0.50000000","1617666423.6"],)"
                  R"(["9.99","1.23456789","1617666423.6"]]})"),
            Outcome::applied);
  // 10250 3100000000 10300 4, 10240 80000000 999 123456789
  EXPECT_EQ(apply(R"({"b":[["102.40","0.80000000","1617666424.1"]],"c":"2022638530"})"),
            Outcome::applied);
  // Both sides: 10250 3100000000 10300 4, 10240 70000000
  EXPECT_EQ(apply(R"({"a":[["104.00","1.00000000","1617666425.0"],)"
                  R"(["104.00","0.00000000","1617666425.1"]]},)"
                  R"({"b":[["9.99","0.00000000","1617666425.1"],)"
                  R"(["102.40","0.70000000","1617666425.2"]],"c":"2986188546"})"),
            Outcome::applied);
  EXPECT_EQ(apply(R"({"b":[["102.40","0.90000000","1617666426.0"]],"c":"2986188546"})"),
            Outcome::wrong_checksum);
}

TEST_F(KrakenFirstVersion, a_books_time_is_that_of_its_newest_row_that_is_no_repetition) {
  const BookUpdate& update =
      book(R"({"a":[["3.0","0.0","1617666423.693648"],["4.0","0.5","1617666499.1","r"]]},)"
           R"({"b":[["2.0","1.0","1617666423.5"]],"c":"1"})")
          .updates[0];
  EXPECT_EQ(update.time, parse_iso("2021-04-05T23:47:03.693648Z"));
  EXPECT_EQ(update.symbol, "XBT/USD");
  EXPECT_EQ(update.kind, BookUpdate::Kind::changes);
  EXPECT_THAT(update.levels, SizeIs(3));
  EXPECT_EQ(book(R"({"a":[["4.0","0.5","1617666499.1","r"]],"c":"1"})").updates[0].time,
            std::nullopt);
}

TEST_F(KrakenFirstVersion, the_window_is_what_was_acknowledged) {
  const Frame& frame = decode(
      R"({"channelID":320,"channelName":"book-25","event":"subscriptionStatus","pair":"XBT/USD",)"
      R"("status":"subscribed","subscription":{"depth":25,"name":"book"}})");
  EXPECT_EQ(frame.kind, Kind::subscribed);
  EXPECT_EQ(frame.symbol, "XBT/USD");
  EXPECT_EQ(book(R"({"as":[],"bs":[]})").updates[0].kept_levels, 25U);
  static_cast<void>(protocol_->open());
  EXPECT_EQ(book(R"({"as":[["1.0","1.0","1.5"]],"bs":[]})").updates[0].kept_levels, 10U)
      << "the image tells it";
}

TEST_F(KrakenFirstVersion, trades_have_no_ids) {
  const Frame& frame =
      decode(R"([321,[["58721.20000","0.02798644","1617666461.465618","s","m",""],)"
             R"(["58721.30000","1.5","1617666461.5","b","l",""]],"trade","XBT/USD"])");
  ASSERT_EQ(frame.kind, Kind::trades) << frame.text;
  ASSERT_THAT(frame.trades, SizeIs(1));
  EXPECT_EQ(frame.trades[0].symbol, "XBT/USD");
  EXPECT_THAT(frame.trades[0].trades,
              ElementsAre(Trade{.time = parse_iso("2021-04-05T23:47:41.465618Z").value(),
                                .price = parse_price("58721.20000").value(),
                                .volume = 0.02798644,
                                .aggressor = Aggressor::seller},
                          Trade{.time = parse_iso("2021-04-05T23:47:41.5Z").value(),
                                .price = parse_price("58721.30000").value(),
                                .volume = 1.5,
                                .aggressor = Aggressor::buyer}));
}

TEST_F(KrakenFirstVersion, other_messages_are_no_books) {
  EXPECT_EQ(decode(R"({"event":"heartbeat"})").kind, Kind::other);
  EXPECT_EQ(decode(R"({"connectionID":1,"event":"systemStatus","status":"online"})").kind,
            Kind::greeting);
  EXPECT_EQ(decode(R"({"event":"pong","reqid":1})").kind, Kind::pong);
  EXPECT_EQ(decode(R"([7,["1.0","2.0","1617666461.4","1","2"],"spread","XBT/USD"])").kind,
            Kind::other);
  const Frame& refusal =
      decode(R"({"errorMessage":"Currency pair not supported NO/PE","event":"subscriptionStatus",)"
             R"("pair":"NO/PE","status":"error","subscription":{"name":"book"}})");
  EXPECT_EQ(refusal.kind, Kind::refused);
  EXPECT_EQ(refusal.symbol, "NO/PE");
  EXPECT_EQ(refusal.text, "Currency pair not supported NO/PE");
}

TEST_F(KrakenFirstVersion, what_is_no_book_is_malformed) {
  const auto problem = [&](const std::string& content) {
    const Frame& frame = book(content);
    EXPECT_EQ(frame.kind, Kind::malformed) << content;
    return frame.text;
  };
  EXPECT_THAT(problem(R"(["a"])"), HasSubstr("bids and asks"));
  EXPECT_THAT(problem(R"({"a":[["1.0","2.0"]],"c":"1"})"), HasSubstr("time"));
  EXPECT_THAT(problem(R"({"a":[["1.0","2.0","now"]],"c":"1"})"), HasSubstr("time"));
  EXPECT_THAT(problem(R"({"a":[["1.0","-2.0","1.5"]],"c":"1"})"), HasSubstr("below zero"));
  EXPECT_THAT(problem(R"({"a":[],"c":"4294967296"})"), HasSubstr("checksum"));
  EXPECT_THAT(problem(R"({"a":[],"c":"x"})"), HasSubstr("checksum"));
  for (const char* text : {"[]", "[1]", R"([1,{"a":[]},"book-10"])", R"([1,"book-10","A/B"]x)",
                           R"([1,[["1.0","2.0"]],"trade","A/B"])"})
    EXPECT_EQ(decode(text).kind, Kind::malformed) << text;
}

TEST_F(KrakenFirstVersion, is_recognized_by_its_books) {
  EXPECT_EQ(venue_of_frame(R"([320,{"b":[],"c":"1"},"book-1000","XBT/USD"])"),
            find_venue("kraken"));
  EXPECT_EQ(venue_of_frame(R"({"channelID":320,"channelName":"book-10","event":"x"})"),
            find_venue("kraken"));
}

}  // namespace
}  // namespace obkit::feed::kraken
