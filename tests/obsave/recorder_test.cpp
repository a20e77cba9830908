#include "obsave/recorder.hpp"

#include <chrono>
#include <string>
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

TEST_F(RecorderTest, writes_after_every_message_where_asked_to) {
  make({.symbols = {}, .depth = 2, .every = Every::message});
  hear(image());
  hear(frame("update", row(1, "Buy", 10, "10")));
  hear("pong");
  EXPECT_EQ(written_.size(), 2U);
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

TEST_F(RecorderTest, drops_what_comes_before_the_image) {
  EXPECT_EQ(hear(frame("update", row(2, "Buy", 20, "11"))), std::nullopt);
  EXPECT_THAT(written_, IsEmpty());
  EXPECT_EQ(recorder_->tally().dropped, 1U);
  hear(image());
  EXPECT_THAT(last_volumes(), ElementsAre(2, 3));
  EXPECT_FALSE(written_[0].book.gap);
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
