#include "obsave/recorder.hpp"

#include <chrono>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/feed/venue.hpp"

#include "memory_output.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::string row(int id, const char* side, int size, const char* price,
                const std::string& symbol = "X") {
  return R"({"symbol":")" + symbol + R"(","id":)" + std::to_string(id) + R"(,"side":")" + side +
         R"(","size":)" + std::to_string(size) + R"(,"price":)" + price + "}";
}
std::string frame(const std::string& action, const std::string& rows) {
  return R"({"table":"orderBookL2","action":")" + action + R"(","data":[)" + rows + "]}";
}
/// One bid and one ask at the best prices, one behind each.
std::string image(const std::string& symbol = "X") {
  return frame("partial", row(4, "Sell", 4, "13", symbol) + "," + row(3, "Sell", 3, "12", symbol) +
                              "," + row(2, "Buy", 2, "11", symbol) + "," +
                              row(1, "Buy", 1, "10", symbol));
}

const Timestamp begin = parse_iso("2021-07-22T22:36:07Z").value();
const Timestamp later = begin + std::chrono::hours{24};

class RecorderTest : public testing::Test {
 protected:
  void make(RecorderOptions options) { recorder_.emplace(std::move(options), output_); }
  void SetUp() override { make({.symbols = {}, .depth = 2, .every = Every::change}); }

  /// What the first book that it cost was lost for.
  std::optional<std::string> hear(const std::string& text) {
    const auto& lost = recorder_->on_frame(protocol_->decode(text), text.size(), now_ += 1ms);
    return lost.empty() ? std::nullopt : std::optional{lost[0].symbol + ": " + lost[0].reason};
  }
  std::vector<double> last_volumes() const { return written_.back().book.volumes; }

  std::unique_ptr<feed::Protocol> protocol_ = feed::find_venue("bitmex")->make_protocol({});
  MemoryOutput output_;
  std::optional<Recorder> recorder_;
  std::vector<MemoryOutput::Written>& written_ = output_.written;
  Timestamp now_ = parse_iso("2021-07-22T22:36:07Z").value();
};

TEST_F(RecorderTest, writes_the_image_and_each_change_of_what_is_visible) {
  hear(image());
  hear(frame("update", row(2, "Buy", 20, "11")));
  hear(frame("update", row(1, "Buy", 10, "10")));
  hear(frame("delete", row(3, "Sell", 0, "12")));
  ASSERT_EQ(written_.size(), 3U) << "the second change was behind the best prices";
  EXPECT_THAT(written_[0].book.volumes, ElementsAre(2, 3));
  EXPECT_THAT(written_[1].book.volumes, ElementsAre(20, 3));
  EXPECT_THAT(written_[2].book.volumes, ElementsAre(20, 4));
  EXPECT_EQ(written_[2].book.best_ask(), parse_price("13"));
  EXPECT_EQ(recorder_->tally().frames, 4U);
  EXPECT_EQ(recorder_->tally().books, 3U);
}

TEST_F(RecorderTest, a_pattern_chooses_among_the_symbols_that_come) {
  make({.symbols = {"XBT*", "[EL]T?", "DOGE*"}, .depth = 2});
  for (const char* symbol : {"XBTUSD", "ETH", "LTC", "ETHUSD", "XRP"}) hear(image(symbol));
  std::vector<std::string> symbols;
  for (const auto& one : written_) symbols.push_back(one.symbol);
  EXPECT_THAT(symbols, ElementsAre("XBTUSD", "ETH", "LTC"));
  const auto bookless = recorder_->bookless();
  ASSERT_EQ(bookless.size(), 1U);
  EXPECT_EQ(bookless[0].symbol, "DOGE*");
}

TEST_F(RecorderTest, writes_after_every_message_where_asked_to) {
  make({.symbols = {}, .depth = 2, .every = Every::message});
  hear(image());
  hear(frame("update", row(1, "Buy", 10, "10")));
  hear("pong");
  EXPECT_EQ(written_.size(), 2U);
}

/// An image of so many bids, which the exchange cut there, or changes that remove the best of them.
BookUpdate bids(BookUpdate::Kind kind, int first, int last) {
  BookUpdate update{.kind = kind, .symbol = "X"};
  const auto add = [&](Side side, int price, double size) {
    const Price exact = parse_price(std::to_string(price)).value();
    update.levels.push_back({.action = LevelChange::Action::set,
                             .side = side,
                             .id = level_id(side, exact),
                             .price = exact,
                             .size = size});
  };
  const bool is_image = kind == BookUpdate::Kind::image;
  for (int rank = first; rank <= last; ++rank) add(Side::bid, 1000 - rank, is_image ? 1 : 0);
  if (is_image) add(Side::ask, 2000, 1);
  if (is_image) update.edges.bid = parse_price(std::to_string(1000 - last));
  return update;
}

TEST_F(RecorderTest, an_image_of_the_same_number_and_levels_says_that_the_market_is_quiet) {
  make({.symbols = {}, .depth = 2, .every = Every::message});
  const auto hear_bids = [&](std::uint64_t number, int last) {
    BookUpdate image = bids(BookUpdate::Kind::image, 1, last);
    image.number = number;
    feed::Frame heard;
    heard.kind = feed::Frame::Kind::book;
    heard.updates = {&image, 1};
    recorder_->on_frame(heard, 1, now_ += 1ms);
    return written_.back().book.gap;
  };
  EXPECT_FALSE(hear_bids(7, 3));
  recorder_->ask_anew("X", "silent for 60 s");
  EXPECT_FALSE(hear_bids(7, 3));
  EXPECT_TRUE(hear_bids(8, 3)) << "there was a change, whatever it was";
  EXPECT_EQ(written_.back().gap_reason, "a new image") << "that of before was answered";
  recorder_->ask_anew("X", "silent for 60 s");
  EXPECT_TRUE(hear_bids(8, 4)) << "other levels at the same number";
  EXPECT_EQ(written_.back().gap_reason, "silent for 60 s");
}

/// A new subscription may send changes before its image; what came between the two is missing.
TEST_F(RecorderTest, without_numbers_no_change_is_believed_until_the_image_that_was_asked_for) {
  hear(image());
  recorder_->ask_anew("X", "silent for 60 s");
  hear(frame("update", row(2, "Buy", 20, "11")));
  EXPECT_EQ(written_.size(), 1U);
  hear(image());
  ASSERT_EQ(written_.size(), 2U);
  EXPECT_TRUE(written_.back().book.gap);
  EXPECT_EQ(written_.back().gap_reason, "silent for 60 s");
  EXPECT_EQ(recorder_->tally().losses, 1U);
}

/// The image before it is that of another subscription.
TEST_F(RecorderTest, what_stands_when_a_subscription_begins_does_not_go_on) {
  hear(image());
  hear(R"({"success":true,"subscribe":"orderBookL2:Y"})");
  hear(frame("update", row(2, "Buy", 20, "11")));
  EXPECT_EQ(written_.size(), 2U) << "that of another symbol";
  hear(R"({"success":true,"subscribe":"orderBookL2:X"})");
  hear(frame("update", row(2, "Buy", 30, "11")));
  EXPECT_EQ(written_.size(), 2U);
  hear(image());
  ASSERT_EQ(written_.size(), 3U);
  EXPECT_EQ(written_.back().gap_reason, "its subscription began anew");
}

TEST_F(RecorderTest, tells_once_when_an_image_that_was_cut_has_few_levels_left) {
  const auto thinned_by = [&](BookUpdate update) {
    feed::Frame heard;
    heard.kind = feed::Frame::Kind::book;
    heard.updates = {&update, 1};
    recorder_->on_frame(heard, 1, now_ += 1ms);
    return recorder_->thinned();
  };
  EXPECT_EQ(thinned_by(bids(BookUpdate::Kind::image, 1, 150)), "");
  EXPECT_EQ(thinned_by(bids(BookUpdate::Kind::changes, 1, 50)), "") << "100 are there";
  BookUpdate beyond = bids(BookUpdate::Kind::changes, 51, 51);
  beyond.levels.push_back(bids(BookUpdate::Kind::image, 160, 160).levels.front());
  EXPECT_EQ(thinned_by(beyond), "X") << "99 of those that were told";
  EXPECT_EQ(thinned_by(bids(BookUpdate::Kind::changes, 52, 60)), "") << "it was told";
  EXPECT_EQ(thinned_by(bids(BookUpdate::Kind::image, 1, 99)), "X");
  BookUpdate whole = bids(BookUpdate::Kind::image, 1, 3);
  whole.edges = {};
  EXPECT_EQ(thinned_by(whole), "") << "there are no more";
}

TEST_F(RecorderTest, a_book_that_shows_more_than_its_image_told_is_lost) {
  make({.symbols = {}, .depth = 4});
  const auto hear_update = [&](const BookUpdate& update) {
    feed::Frame heard;
    heard.kind = feed::Frame::Kind::book;
    heard.updates = {&update, 1};
    return recorder_->on_frame(heard, 1, now_ += 1ms);
  };
  const auto with_asks = [](BookUpdate update) {
    update.levels.push_back(update.levels.back());
    update.levels.back().price = parse_price("2001");
    update.levels.back().id = level_id(Side::ask, *update.levels.back().price);
    return update;
  };
  hear_update(with_asks(bids(BookUpdate::Kind::image, 1, 3)));
  // The last bid that was told is 997; of those below only the changed one is known.
  BookUpdate beyond = bids(BookUpdate::Kind::changes, 1, 1);
  beyond.levels.push_back(bids(BookUpdate::Kind::image, 10, 10).levels.front());
  EXPECT_THAT(hear_update(beyond), IsEmpty()) << "998 and 997 are visible";
  EXPECT_EQ(written_.back().book.best_bid(), parse_price("998"));
  const auto lost = hear_update(bids(BookUpdate::Kind::changes, 2, 2));
  ASSERT_EQ(lost.size(), 1U) << "997 and 990";
  EXPECT_EQ(lost[0].reason, "what is visible reaches beyond the levels of its snapshot");
  ASSERT_EQ(written_.size(), 2U);
  hear_update(with_asks(bids(BookUpdate::Kind::image, 3, 6)));
  ASSERT_EQ(written_.size(), 3U);
  EXPECT_TRUE(written_.back().book.gap);
  EXPECT_THAT(hear_update(bids(BookUpdate::Kind::changes, 3, 5)), IsEmpty()) << "thin, not false";
  EXPECT_EQ(written_.size(), 3U);
}

TEST_F(RecorderTest, time_is_the_exchanges_and_else_that_of_receipt) {
  hear(image());
  EXPECT_EQ(written_[0].book.time, (DateTime{20210722, 223607001}));
  EXPECT_EQ(written_[0].book.recv, now_);
  hear(frame(
      "update",
      R"({"symbol":"X","id":2,"side":"Buy","size":9,"timestamp":"2021-07-22T22:36:06.999Z"})"));
  EXPECT_EQ(written_[1].book.time, (DateTime{20210722, 223606999}));
  EXPECT_EQ(written_[1].book.recv, now_);
}

TEST_F(RecorderTest, a_time_far_from_the_clock_changes_no_later_book) {
  make({.symbols = {}, .depth = 2, .believes = [](Timestamp event, Timestamp) {
          return event < later;
        }});
  const auto change = [&](int size, const std::string& time) {
    std::string changed = row(2, "Buy", size, "11");
    changed.insert(changed.size() - 1, R"(,"timestamp":")" + time + "\"");
    hear(frame("update", changed));
  };
  hear(image());
  change(21, "2021-07-22T22:36:07.100Z");
  EXPECT_EQ(recorder_->doubt(), "");
  change(22, "2071-07-22T22:36:07.200Z");
  EXPECT_THAT(recorder_->doubt(),
              testing::HasSubstr("of X bears the time 2071-07-22T22:36:07.200"));
  change(23, "2021-07-22T22:36:07.300Z");
  EXPECT_EQ(recorder_->tally().unbelieved, 1U);
  ASSERT_EQ(written_.size(), 4U);
  EXPECT_EQ(written_[2].book.time, to_date_time(now_ - 1ms)) << "of receipt";
  EXPECT_EQ(written_[3].book.time, (DateTime{20210722, 223607300}));
}

TEST(TimeBelief, asks_the_clock) {
  std::chrono::nanoseconds steady{0};
  TimeBelief believes{[&] { return steady; }, false};
  EXPECT_TRUE(believes(begin, begin));
  EXPECT_TRUE(believes(begin + 59s, begin));
  EXPECT_TRUE(believes(begin - 59min, begin));
  EXPECT_FALSE(believes(begin + 61s, begin));
  EXPECT_FALSE(believes(begin - 61min, begin));
  EXPECT_TRUE(believes(begin, begin)) << "one such time harms no other";
}

TEST(TimeBelief, outlives_a_clock_that_is_set) {
  for (const int days : {1, -3, 11 * 365}) {
    std::chrono::nanoseconds steady{0};
    TimeBelief believes{[&] { return steady; }, true};
    EXPECT_TRUE(believes(begin, begin));
    for (steady = 100ms; steady < 1s; steady += 100ms) {
      const Timestamp clock = begin + steady + std::chrono::hours{24 * days};
      EXPECT_TRUE(believes(begin + steady, clock)) << days;
      EXPECT_FALSE(believes(begin + std::chrono::hours{24 * 400}, clock)) << days;
    }
    EXPECT_TRUE(believes(begin + 1s, begin + 1s)) << "and set back";
  }
}

TEST(TimeBelief, lets_a_server_replay_the_past_which_has_no_future) {
  TimeBelief believes{[] { return 0ns; }, true}, strict{[] { return 0ns; }, false};
  const Timestamp old = begin - std::chrono::hours{24 * 700};
  EXPECT_FALSE(strict(old, begin));
  EXPECT_TRUE(believes(old, begin));
  EXPECT_TRUE(believes(old + std::chrono::hours{100}, begin));
  EXPECT_FALSE(believes(begin + std::chrono::hours{1}, begin));
  EXPECT_TRUE(believes(begin, begin));
  EXPECT_FALSE(believes(old, begin)) << "it does not after all";
}

TEST_F(RecorderTest, drops_what_comes_before_the_image) {
  EXPECT_EQ(hear(frame("update", row(2, "Buy", 20, "11"))), std::nullopt);
  EXPECT_THAT(written_, IsEmpty());
  EXPECT_EQ(recorder_->tally().dropped, 1U);
  hear(image());
  EXPECT_THAT(last_volumes(), ElementsAre(2, 3));
  EXPECT_FALSE(written_[0].book.gap);
}

TEST_F(RecorderTest, a_reason_is_one_line_that_a_terminal_may_show_and_no_longer_than_people_read) {
  hear(image());
  recorder_->on_disconnect("bye\x1b[31m\nobsave: forged " + std::string(1000, 'x'));
  hear(image());
  ASSERT_EQ(written_.size(), 2U);
  EXPECT_TRUE(written_[1].gap_reason.starts_with("bye\\x1b[31m\\nobsave: forged xxx"));
  EXPECT_LT(written_[1].gap_reason.size(), 400U);
}

TEST_F(RecorderTest, writes_nothing_between_a_disconnect_and_the_next_image_which_is_a_gap) {
  hear(image());
  recorder_->on_disconnect("it was cut");
  hear(frame("update", row(2, "Buy", 20, "11")));
  EXPECT_EQ(written_.size(), 1U);
  hear(image());
  ASSERT_EQ(written_.size(), 2U) << "written though it looks as before";
  EXPECT_TRUE(written_[1].book.gap);
  EXPECT_EQ(written_[1].gap_reason, "it was cut");
  hear(frame("update", row(2, "Buy", 20, "11")));
  EXPECT_FALSE(written_[2].book.gap);
  EXPECT_EQ(written_[2].gap_reason, "");
  EXPECT_EQ(recorder_->tally().gaps, 1U);
}

TEST_F(RecorderTest, an_image_in_the_middle_is_a_gap) {
  hear(image());
  hear(image());
  ASSERT_EQ(written_.size(), 2U);
  EXPECT_TRUE(written_[1].book.gap);
}

TEST_F(RecorderTest, names_a_loss_once_and_is_silent_until_the_next_image) {
  hear(image());
  EXPECT_EQ(hear(frame("update", row(77, "Buy", 20, "11"))), "X: change of an unknown level (77)");
  EXPECT_EQ(hear(frame("update", row(78, "Buy", 20, "11"))), std::nullopt);
  EXPECT_EQ(written_.size(), 1U);
  hear(image());
  EXPECT_TRUE(written_.back().book.gap);
}

TEST_F(RecorderTest, a_frame_that_is_not_understood_costs_every_book) {
  hear(image("X"));
  hear(image("Y"));
  EXPECT_THAT(
      hear("{\"table\":").value(),
      testing::EndsWith(": a frame is not understood: no JSON as it should be: JSON document "
                        "ended early in the middle of an object or array."));
  EXPECT_EQ(recorder_->tally().losses, 2U);
  hear(frame("update", row(2, "Buy", 20, "11", "X")));
  hear(frame("update", row(2, "Buy", 20, "11", "Y")));
  EXPECT_EQ(written_.size(), 2U);
  EXPECT_EQ(recorder_->tally().dropped, 2U);
}

TEST_F(RecorderTest, a_loss_of_one_symbol_leaves_the_others) {
  hear(image("X"));
  hear(image("Y"));
  EXPECT_TRUE(hear(frame("delete", row(9, "Buy", 0, "1", "X"))));
  hear(frame("update", row(2, "Buy", 20, "11", "Y")));
  ASSERT_EQ(written_.size(), 3U);
  EXPECT_EQ(written_[2].symbol, "Y");
}

TEST_F(RecorderTest, counts_books_that_are_too_thin) {
  hear(image());
  hear(frame("delete", row(3, "Sell", 0, "12") + "," + row(4, "Sell", 0, "13")));
  EXPECT_EQ(written_.size(), 1U);
  EXPECT_EQ(recorder_->tally().thin, 1U);
  hear(frame("insert", row(5, "Sell", 5, "14")));
  EXPECT_THAT(last_volumes(), ElementsAre(2, 5));
  EXPECT_FALSE(written_.back().book.gap) << "nothing was lost";
}

TEST_F(RecorderTest, an_empty_image_is_a_thin_book) {
  hear(R"({"table":"orderBookL2","action":"partial","filter":{"symbol":"X"},"data":[]})");
  EXPECT_THAT(written_, IsEmpty());
  EXPECT_EQ(recorder_->tally().thin, 1U);
  hear(frame("insert", row(1, "Buy", 1, "10") + "," + row(2, "Sell", 2, "11")));
  EXPECT_THAT(last_volumes(), ElementsAre(1, 2));
}

TEST_F(RecorderTest, leaves_out_symbols_that_nobody_asked_for) {
  make({.symbols = {"Y"}, .depth = 2, .every = Every::change});
  hear(image("X"));
  hear(image("Y"));
  EXPECT_EQ(hear(frame("update", row(77, "Buy", 1, "1", "X"))), std::nullopt);
  ASSERT_EQ(written_.size(), 1U);
  EXPECT_EQ(written_[0].symbol, "Y");
}

TEST_F(RecorderTest, says_of_each_symbol_without_a_book_why_it_has_none) {
  make({.symbols = {"A", "B", "C", "D", "E", "F"}, .depth = 4, .every = Every::change});
  hear(image("A"));
  hear(frame("partial", row(1, "Buy", 1, "10", "B") + "," + row(2, "Sell", 1, "11", "B")));
  hear(frame("update", row(1, "Buy", 1, "10", "C")));
  hear(frame("partial", row(1, "Buy", 1, "0.0000016409", "D")));
  hear(R"({"table":"orderBookL2","action":"partial","filter":{"symbol":"E"},"data":[]})");
  std::vector<std::string> told;
  for (const auto& [symbol, reason] : recorder_->bookless()) told.push_back(symbol + ": " + reason);
  EXPECT_THAT(
      told,
      ElementsAre("B: its books have at most 1 level a side: --depth 2 records them",
                  "C: no image of it came",
                  "D: its book was lost: a price of more than nine decimals, or beyond ±4611686018 "
                  "(0.0000016409)",
                  "E: its book is empty on a side", "F: nothing of it came"));
}

TEST_F(RecorderTest, changes_that_are_old_write_nothing) {
  protocol_ = feed::find_venue("deribit")->make_protocol({});
  make({.symbols = {}, .depth = 2, .every = Every::message});
  const auto book = [](const std::string& fields) {
    return R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.X.100ms","data":{)" +
           fields + "}}}";
  };
  hear(book(
      R"("timestamp":5,"type":"snapshot","change_id":10,"bids":[["new",1,1]],"asks":[["new",2,2]])"));
  hear(book(
      R"("timestamp":4,"type":"change","change_id":9,"prev_change_id":8,"bids":[["delete",1,0]],"asks":[])"));
  hear(book(
      R"("timestamp":6,"type":"change","change_id":12,"prev_change_id":10,"bids":[["change",1,3]],"asks":[])"));
  ASSERT_EQ(written_.size(), 2U);
  EXPECT_THAT(last_volumes(), ElementsAre(3, 2));
  EXPECT_EQ(recorder_->tally().losses, 0U);
  hear(book(
      R"("timestamp":7,"type":"change","change_id":14,"prev_change_id":13,"bids":[["change",1,4]],"asks":[])"));
  EXPECT_EQ(recorder_->tally().losses, 1U);
  const store::FrameCounts& received = output_.received.at("X");
  EXPECT_EQ(received.frames, 4U);
  EXPECT_EQ(received.sequence, (store::SequenceCount{.updates = 2, .breaks = 1}));
  EXPECT_EQ(received.verified, store::Verification{});
}

TEST_F(RecorderTest, a_frame_may_cost_the_books_of_all_symbols) {
  hear(image("X"));
  hear(image("Y"));
  feed::Frame frame;
  frame.lost = "number 7 came after 5";
  const auto& lost = recorder_->on_frame(frame, 1, now_ += 1ms);
  ASSERT_EQ(lost.size(), 2U);
  for (const auto& one : lost) EXPECT_EQ(one.reason, frame.lost);
  EXPECT_EQ(
      hear(R"({"table":"orderBookL2","action":"update","data":[)" + row(2, "Buy", 20, "11") + "]}"),
      std::nullopt);
  EXPECT_EQ(written_.size(), 2U) << "silent until the next image";
}

class WitnessTest : public RecorderTest {
 protected:
  void SetUp() override { RecorderTest::SetUp(), tell(book(BookUpdate::Kind::image, 10, 1, 2)); }
  static BookUpdate book(BookUpdate::Kind kind, std::uint64_t number, double bid, double ask) {
    BookUpdate update{.kind = kind, .symbol = "X", .time = begin, .number = number};
    for (const auto& [side, price, size] :
         {std::tuple{Side::bid, "1", bid}, std::tuple{Side::ask, "2", ask}})
      update.levels.push_back({.action = LevelChange::Action::set,
                               .side = side,
                               .id = level_id(side, *parse_price(price)),
                               .price = parse_price(price),
                               .size = size});
    return update;
  }
  /// The reason of the loss that it costs.
  std::string tell(const BookUpdate& update) {
    const auto& lost = recorder_->on_update(update, begin);
    return lost.empty() ? "" : lost[0].reason;
  }
  [[nodiscard]] std::string checks() const {
    return std::to_string(recorder_->tally().agreed) + " of " +
           std::to_string(recorder_->tally().checks);
  }
};

TEST_F(WitnessTest, of_the_number_that_stands_is_compared_at_once) {
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 10, 1, 2)), "");
  EXPECT_EQ(checks(), "1 of 1");
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 10, 1, 3)),
            "a snapshot of the exchange has other levels at number 10");
  EXPECT_EQ(checks(), "1 of 2");
  EXPECT_EQ(output_.received.at("X").verified.by, "snapshot");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 11, 5, 5)), "") << "lost until the next image";
  EXPECT_EQ(written_.size(), 1U);
}

TEST_F(WitnessTest, of_a_number_to_come_waits_for_it) {
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 12, 4, 2)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 11, 3, 2)), "");
  EXPECT_EQ(checks(), "0 of 0");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 12, 4, 2)), "");
  EXPECT_EQ(checks(), "1 of 1");
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 13, 4, 2)), "");
  EXPECT_NE(tell(book(BookUpdate::Kind::changes, 13, 4, 3)), "");
  EXPECT_EQ(checks(), "1 of 2");
  EXPECT_EQ(written_.size(), 3U) << "the book that is another is not written";
}

TEST_F(WitnessTest, of_a_number_that_is_passed_or_skipped_says_nothing) {
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 9, 8, 8)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 12, 8, 8)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 13, 3, 2)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 14, 4, 2)), "");
  EXPECT_EQ(checks(), "0 of 0");
}

TEST_F(WitnessTest, several_wait_for_their_numbers) {
  for (const std::uint64_t number : {11, 12, 12, 14, 15})
    EXPECT_EQ(tell(book(BookUpdate::Kind::witness, number, static_cast<double>(number), 2)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 12, 12, 2)), "");
  EXPECT_EQ(checks(), "1 of 1") << "twice the same is one";
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 13, 9, 2)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 15, 15, 2)), "");
  EXPECT_EQ(checks(), "2 of 2");
}

TEST_F(WitnessTest, of_numbers_before_they_begin_anew_say_nothing) {
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 12, 8, 8)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 3, 4, 2)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 12, 5, 2)), "");
  EXPECT_EQ(checks(), "0 of 0");
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 20, 8, 8)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 4, 8, 8)), "") << "here the witness is first";
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 2, 5, 2)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 20, 6, 2)), "");
  EXPECT_EQ(checks(), "0 of 0");
}

TEST_F(WitnessTest, of_a_connection_that_is_gone_says_nothing) {
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 12, 8, 8)), "");
  recorder_->on_disconnect("gone");
  EXPECT_EQ(tell(book(BookUpdate::Kind::image, 12, 4, 2)), "");
  EXPECT_EQ(checks(), "0 of 0");
}

TEST_F(WitnessTest, that_the_book_never_reaches_is_forgotten) {
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 1000, 8, 8)), "");
  for (std::uint64_t number = 11; number < 11 + Witnesses::steps; ++number)
    EXPECT_EQ(tell(book(BookUpdate::Kind::changes, number, 4, 2)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 1000, 4, 2)), "");
  EXPECT_EQ(checks(), "0 of 0");
}

TEST_F(WitnessTest, as_many_as_may_come_take_no_more_room) {
  for (std::uint64_t number = 11; number <= 12 + Witnesses::most; ++number)
    EXPECT_EQ(tell(book(BookUpdate::Kind::witness, number, 4, 2)), "");
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 12, 4, 2)), "");
  EXPECT_EQ(checks(), "0 of 0") << "the oldest are gone";
  EXPECT_EQ(tell(book(BookUpdate::Kind::changes, 13, 4, 2)), "");
  EXPECT_EQ(checks(), "1 of 1");
}

TEST_F(WitnessTest, says_nothing_where_not_all_its_prices_are_held) {
  BookUpdate witness = book(BookUpdate::Kind::witness, 10, 8, 8);
  witness.lost = "a price of more than nine decimals";
  EXPECT_EQ(tell(witness), "");
  EXPECT_EQ(checks(), "0 of 0");
}

TEST_F(WitnessTest, goes_as_far_as_it_tells_levels) {
  BookUpdate deeper = book(BookUpdate::Kind::witness, 10, 1, 2);
  deeper.levels.push_back({.action = LevelChange::Action::set,
                           .side = Side::bid,
                           .id = 1,
                           .price = parse_price("0.5"),
                           .size = 1});
  EXPECT_NE(tell(deeper), "") << "a level that the book does not have";
  tell(book(BookUpdate::Kind::image, 20, 1, 2));
  BookUpdate more = book(BookUpdate::Kind::changes, 21, 1, 2);
  more.levels.push_back(deeper.levels.back());
  tell(more);
  EXPECT_EQ(tell(book(BookUpdate::Kind::witness, 21, 1, 2)), "") << "it tells one level a side";
  EXPECT_EQ(checks(), "1 of 2");
}

/// Books whose best ask is of another size each time, and quotes of it.
class QuoteTest : public WitnessTest {
 protected:
  static BookUpdate quote(double ask, const std::string& pool = "") {
    BookUpdate update = book(BookUpdate::Kind::witness, 0, 1, ask);
    update.number.reset();
    update.is_passing = true;
    update.pool = pool;
    return update;
  }
  /// So many states of the book, each with a quote that came `late` states behind; sizes of quotes
  /// are `more` than the true ones.
  std::string go_on(std::size_t states, std::size_t late = 0, double more = 0) {
    for (std::size_t i = 0; i < states; ++i) {
      BookUpdate change = book(BookUpdate::Kind::changes, 0, 1, ++size_);
      change.number.reset();
      if (std::string lost = tell(change); !lost.empty()) return lost;
      if (size_ <= static_cast<double>(late)) continue;
      if (std::string lost = tell(quote(size_ - static_cast<double>(late) + more)); !lost.empty())
        return lost;
    }
    return "";
  }
  [[nodiscard]] std::uint64_t disagreed() const {
    return recorder_->tally().checks - recorder_->tally().agreed;
  }
  static constexpr std::size_t many = Quotes::sight + 10;
  double size_ = 10;
};

TEST_F(QuoteTest, of_a_state_before_or_behind_agree) {
  EXPECT_EQ(go_on(many), "");
  EXPECT_EQ(go_on(many, 50), "");
  const std::uint64_t before = recorder_->tally().agreed;
  EXPECT_GE(before, 2 * many - 60);
  EXPECT_EQ(tell(quote(size_ + 1)), "");
  EXPECT_EQ(tell(quote(size_ + 2)), "");
  EXPECT_EQ(recorder_->tally().agreed, before) << "none of them yet";
  EXPECT_EQ(go_on(2, 10), "");
  EXPECT_EQ(recorder_->tally().agreed, before + 3);
  EXPECT_EQ(disagreed(), 0U);
  EXPECT_EQ(output_.received.at("X").verified.by, "snapshot");
}

TEST_F(QuoteTest, that_are_none_of_its_states_for_long_say_that_it_is_another) {
  EXPECT_EQ(go_on(many), "");
  EXPECT_EQ(go_on(Quotes::enough + Quotes::sight - 1, 0, 0.5), "");
  EXPECT_EQ(disagreed(), 0U) << "not yet";
  EXPECT_EQ(go_on(1, 0, 0.5), "the exchange quotes best levels that the book never had");
  EXPECT_EQ(disagreed(), 1U);
  EXPECT_EQ(tell(book(BookUpdate::Kind::image, 11, 1, ++size_)), "");
  EXPECT_EQ(go_on(2 * many), "") << "healed";
  EXPECT_EQ(disagreed(), 1U);
}

TEST_F(QuoteTest, that_are_few_or_not_in_a_row_say_nothing) {
  EXPECT_EQ(go_on(many), "");
  EXPECT_EQ(go_on(Quotes::enough - 1, 0, 0.5), "");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(go_on(1), "");
    EXPECT_EQ(go_on(Quotes::enough - 1, 0, 0.5), "");
  }
  EXPECT_EQ(go_on(2 * many, many), "") << "late, but of its states";
  EXPECT_EQ(disagreed(), 0U);
}

TEST_F(QuoteTest, before_the_book_has_had_many_states_say_nothing) {
  EXPECT_EQ(go_on(Quotes::sight - 10, 0, 0.5), "");
  EXPECT_EQ(go_on(2 * many), "");
  EXPECT_EQ(disagreed(), 0U);
}

TEST_F(QuoteTest, of_another_pool_or_a_union_say_nothing) {
  EXPECT_EQ(tell(quote(2, "Secondary")), "");
  EXPECT_EQ(recorder_->tally().checks, 0U);
  BookUpdate image = book(BookUpdate::Kind::image, 11, 1, 2);
  image.pool = "Aggregated";
  EXPECT_EQ(tell(image), "");
  for (const char* pool : {"Aggregated", "Primary", ""}) EXPECT_EQ(tell(quote(2, pool)), "");
  EXPECT_EQ(recorder_->tally().checks, 0U);
}

/// Sums of the sizes stand for a checksum.
class SumOfSizes final : public ChecksumRule {
 public:
  [[nodiscard]] std::size_t levels() const override { return 2; }
  [[nodiscard]] std::uint32_t checksum(std::span<const PriceLevel> bids,
                                       std::span<const PriceLevel> asks) const override {
    double sum = 0;
    for (const auto side : {bids, asks})
      for (const PriceLevel& level : side) sum += level.size;
    return static_cast<std::uint32_t>(sum);
  }
};

TEST_F(RecorderTest, counts_the_checksums_of_a_book_and_those_that_agreed) {
  const SumOfSizes rule;
  const auto level = [](Side side, int price, double size) {
    return LevelChange{.action = LevelChange::Action::set,
                       .side = side,
                       .id = level_id(side, *parse_price(std::to_string(price))),
                       .price = parse_price(std::to_string(price)),
                       .size = size};
  };
  BookUpdate update{.kind = BookUpdate::Kind::image, .symbol = "X", .time = begin};
  update.checksum_rule = &rule;
  update.checksum = 3;
  update.levels = {level(Side::bid, 1, 1), level(Side::ask, 2, 2)};
  EXPECT_THAT(recorder_->on_update(update, begin), IsEmpty());
  update.kind = BookUpdate::Kind::changes;
  update.levels = {level(Side::bid, 1, 5)};
  update.checksum = 7;
  EXPECT_THAT(recorder_->on_update(update, begin), IsEmpty());
  update.levels = {level(Side::ask, 2, 9)};
  update.time = begin + 1s;
  const auto lost = recorder_->on_update(update, begin);
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].reason, "checksum of another book (7)");
  EXPECT_EQ(recorder_->tally().checks, 3U);
  EXPECT_EQ(recorder_->tally().agreed, 2U);
  EXPECT_EQ(output_.received.at("X").verified,
            (store::Verification{
                .by = "checksum", .checks = 3, .agreed = 2, .last = to_date_time(begin + 1s)}));
}

TEST_F(RecorderTest, writes_not_one_book_more_than_asked_for) {
  make({.symbols = {}, .depth = 2, .every = Every::change, .count = 2});
  EXPECT_FALSE(recorder_->is_done());
  hear(image("X"));
  hear(frame("partial", row(1, "Buy", 1, "1", "Y") + "," + row(2, "Sell", 1, "2", "Y") + "," +
                            row(1, "Buy", 1, "1", "Z") + "," + row(2, "Sell", 1, "2", "Z")));
  EXPECT_TRUE(recorder_->is_done());
  EXPECT_EQ(written_.size(), 2U);
}

TEST_F(RecorderTest, a_crossed_book_of_one_pool_is_lost_and_one_of_a_union_is_not) {
  hear(image());
  EXPECT_EQ(hear(frame("insert", row(9, "Buy", 1, "12"))),
            "X: the best bid is not below the best ask");
  EXPECT_EQ(written_.size(), 1U);
  EXPECT_EQ(hear(frame("delete", row(9, "Buy", 1, "12"))), std::nullopt) << "once is enough";
  hear(
      R"({"table":"orderBookL2","action":"partial","filter":{"symbol":"X","pool":"Aggregated"},"data":[)" +
      row(1, "Buy", 1, "12") + "," + row(2, "Sell", 1, "11") + "]}");
  ASSERT_EQ(written_.size(), 2U);
  EXPECT_TRUE(written_[1].book.is_crossed());
}

TEST_F(RecorderTest, a_book_of_an_unknown_pool_may_be_crossed_only_where_nobody_chose_one) {
  make({.symbols = {}, .depth = 2, .pool = "Aggregated"});
  const std::string crossed =
      frame("partial", row(1, "Buy", 1, "12") + "," + row(2, "Sell", 1, "11"));
  EXPECT_EQ(hear(crossed), std::nullopt);
  make({.symbols = {}, .depth = 2, .pool = "Primary"});
  EXPECT_TRUE(hear(crossed));
  make({.symbols = {}, .depth = 2, .may_be_union = true});
  EXPECT_EQ(hear(crossed), std::nullopt);
}

/// A row with the exchange's time.
std::string timed(int id, const char* side, int size, const char* price, const std::string& time) {
  std::string text = row(id, side, size, price);
  text.pop_back();
  return text + R"(,"timestamp":"2021-07-22T22:36:)" + time + R"(Z"})";
}

class RecorderGroups : public RecorderTest {
 protected:
  void hear_update(int size, const std::string& time) {
    hear(frame("update", timed(2, "Buy", size, "11", time)));
  }
  /// Volumes of the best bid, in the order written.
  std::vector<double> sizes() const {
    std::vector<double> out;
    for (const auto& one : written_) out.push_back(one.book.volumes[0]);
    return out;
  }
};

TEST_F(RecorderGroups, an_event_is_written_when_the_next_begins) {
  make({.symbols = {}, .depth = 2, .every = Every::event});
  hear(image());
  hear_update(5, "10.000");
  EXPECT_THAT(sizes(), ElementsAre(2));
  hear_update(6, "10.000");
  hear_update(7, "10.001");
  EXPECT_THAT(sizes(), ElementsAre(2, 6));
  EXPECT_EQ(written_[1].book.time, (DateTime{20210722, 223610000}));
  EXPECT_EQ(written_[1].book.recv, now_ - 1ms) << "of the last frame of the event";
  recorder_->finish();
  EXPECT_THAT(sizes(), ElementsAre(2, 6, 7));
}

TEST_F(RecorderGroups, of_an_interval_the_last_book_is_written) {
  make({.symbols = {}, .depth = 2, .every = Every::interval, .interval = 1000ms});
  hear(frame("partial", timed(1, "Buy", 1, "10", "09.100") + "," +
                            timed(2, "Buy", 2, "11", "09.100") + "," +
                            timed(3, "Sell", 3, "12", "09.100")));
  hear_update(5, "09.999");
  hear_update(6, "10.000");
  hear_update(7, "10.999");
  hear_update(8, "13.500");
  recorder_->on_disconnect("cut");
  EXPECT_THAT(sizes(), ElementsAre(5, 7, 8));
  EXPECT_EQ(written_[1].book.time.time, 223610999);
}

TEST_F(RecorderGroups, half_an_event_is_not_written_when_the_book_is_lost_in_it) {
  make({.symbols = {}, .depth = 2, .every = Every::event});
  hear(image());
  hear_update(5, "10.000");
  hear(frame("update", timed(77, "Buy", 6, "11", "10.000")));
  recorder_->finish();
  EXPECT_THAT(sizes(), ElementsAre(2));
}

TEST_F(RecorderGroups, a_feed_that_begins_again_is_not_written_twice) {
  const auto image_at = [](const std::string& time) {
    return frame("partial", timed(1, "Buy", 1, "10", time) + "," + timed(2, "Buy", 2, "11", time) +
                                "," + timed(3, "Sell", 3, "12", time));
  };
  hear(image_at("00.000"));
  for (int i = 1; i <= 3; ++i) {
    hear(frame("update", R"({"symbol":"X","id":2,"side":"Buy","size":)" + std::to_string(10 * i) +
                             R"(,"timestamp":"2021-07-22T22:5)" + std::to_string(i) +
                             R"(:00.000Z"})"));
  }
  EXPECT_THAT(sizes(), ElementsAre(2, 10, 20, 30));
  recorder_->on_disconnect("cut");
  hear(image_at("00.000"));
  hear_update(5, "10.000");
  EXPECT_EQ(recorder_->tally().old, 2U);
  hear(frame(
      "update",
      R"({"symbol":"X","id":2,"side":"Buy","size":40,"timestamp":"2021-07-22T22:54:00.000Z"})"));
  EXPECT_THAT(sizes(), ElementsAre(2, 10, 20, 30, 40));
  EXPECT_TRUE(written_.back().book.gap);
}

class RecorderArchive : public RecorderTest {
 protected:
  static LevelChange level(Side side, const char* price, double size) {
    const auto exact = parse_price(price);
    return {.action = LevelChange::Action::set,
            .side = side,
            .id = static_cast<std::uint64_t>(exact->units()) * 2 + (side == Side::ask ? 1 : 0),
            .price = exact,
            .size = size};
  }
  void hear(BookUpdate::Kind kind, std::vector<LevelChange> levels, bool continues = false) {
    recorder_->on_update({.kind = kind,
                          .symbol = "X",
                          .time = now_ += 1ms,
                          .continues = continues,
                          .levels = std::move(levels)},
                         now_);
  }
};

TEST_F(RecorderArchive, crossed_books_are_left_out_and_a_gap) {
  hear(BookUpdate::Kind::image, {level(Side::bid, "10", 1), level(Side::ask, "11", 1)});
  hear(BookUpdate::Kind::changes, {level(Side::bid, "12", 1)});
  hear(BookUpdate::Kind::changes, {level(Side::bid, "12", 0)});
  ASSERT_EQ(written_.size(), 2U);
  EXPECT_EQ(recorder_->tally().crossed, 1U);
  EXPECT_EQ(written_[1].gap_reason, "crossed books were left out");
}

TEST_F(RecorderArchive, a_loss_behind_the_last_book_is_declared) {
  hear(BookUpdate::Kind::image, {level(Side::bid, "10", 1), level(Side::ask, "11", 1)});
  hear(BookUpdate::Kind::changes, {level(Side::bid, "12", 1)});
  recorder_->finish();
  EXPECT_THAT(output_.lost_ends,
              ElementsAre("X 2021-07-22T22:36:07.002Z crossed books were left out"));
  hear(BookUpdate::Kind::changes, {level(Side::bid, "12", 0)});
  recorder_->finish();
  EXPECT_EQ(output_.lost_ends.size(), 1U) << "a book came, which bears the gap";
}

TEST_F(RecorderTest, a_book_that_is_lost_at_the_end_is_declared) {
  hear(image("X"));
  hear(image("Y"));
  EXPECT_TRUE(hear(frame("delete", row(9, "Buy", 0, "1", "X"))));
  hear(frame("update", row(2, "Buy", 20, "11", "X")));
  recorder_->on_disconnect("cut");
  recorder_->finish();
  EXPECT_THAT(output_.lost_ends,
              ElementsAre("X 2021-07-22T22:36:07.004Z change of an unknown level (9)"));
}

TEST_F(RecorderTest, of_an_archive_that_ends_without_a_connection_the_end_is_a_loss) {
  hear(image("X"));
  hear("pong");
  recorder_->on_disconnect("disconnect", {}, now_);
  recorder_->finish();
  EXPECT_THAT(std::exchange(output_.lost_ends, {}),
              ElementsAre("X 2021-07-22T22:36:07.002Z disconnect"));
  hear(image("X"));
  recorder_->finish();
  EXPECT_THAT(output_.lost_ends, IsEmpty()) << "a book came, which bears the gap";
  recorder_->on_disconnect("another file begins");
  hear(image("Y"));
  recorder_->on_disconnect("disconnect", {}, now_);
  recorder_->finish();
  EXPECT_THAT(output_.lost_ends, ElementsAre("Y 2021-07-22T22:36:07.004Z disconnect"))
      << "the file of X ended well";
}

TEST_F(RecorderTest, of_a_living_feed_an_outage_at_the_end_lasts_until_it_ends) {
  hear(image("X"));
  hear(image("Y"));
  hear(frame("update", row(2, "Buy", 20, "11", "Y")));
  recorder_->finish(now_ + 5s);
  EXPECT_THAT(output_.lost_ends, IsEmpty()) << "a book that stands is not lost by being quiet";
  EXPECT_TRUE(hear(frame("delete", row(9, "Buy", 0, "1", "X"))));
  recorder_->finish(now_ + 5s);
  EXPECT_THAT(std::exchange(output_.lost_ends, {}),
              ElementsAre("X 2021-07-22T22:36:12.004Z change of an unknown level (9)"));
  recorder_->on_disconnect("cut");
  recorder_->finish(now_ + 5s);
  EXPECT_THAT(
      std::exchange(output_.lost_ends, {}),
      testing::UnorderedElementsAre("X 2021-07-22T22:36:12.004Z change of an unknown level (9)",
                                    "Y 2021-07-22T22:36:12.004Z cut"));
  hear(image("X"));
  hear(image("Y"));
  recorder_->finish(now_ + 5s);
  EXPECT_THAT(output_.lost_ends, IsEmpty()) << "both are back";
  recorder_->ask_anew("Y", "silent for 60 s");
  recorder_->finish(now_ + 5s);
  EXPECT_THAT(output_.lost_ends, ElementsAre("Y 2021-07-22T22:36:12.006Z silent for 60 s"));
}

TEST_F(RecorderTest, an_outage_at_the_end_of_a_market_of_the_past_lasts_as_long_as_on_the_clock) {
  hear(image());
  hear(frame(
      "update",
      R"({"symbol":"X","id":2,"side":"Buy","size":9,"timestamp":"2020-01-01T00:00:00.000Z"})"));
  recorder_->on_disconnect("cut");
  recorder_->finish(now_ + 5s);
  EXPECT_THAT(output_.lost_ends, ElementsAre("X 2020-01-01T00:00:05.000Z cut"));
}

TEST_F(RecorderArchive, an_image_that_continues_is_no_gap) {
  hear(BookUpdate::Kind::image, {level(Side::bid, "10", 1), level(Side::ask, "11", 1)});
  hear(BookUpdate::Kind::image, {level(Side::bid, "10", 2), level(Side::ask, "11", 1)}, true);
  hear(BookUpdate::Kind::image, {level(Side::bid, "10", 3), level(Side::ask, "11", 1)});
  ASSERT_EQ(written_.size(), 3U);
  EXPECT_FALSE(written_[1].book.gap);
  EXPECT_TRUE(written_[2].book.gap);
}

}  // namespace
}  // namespace obkit::obsave
