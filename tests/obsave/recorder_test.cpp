#include "obkit/obsave/recorder.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

struct Written {
  std::string symbol;
  OrderBook book;
};

class RecorderTest : public testing::Test {
 protected:
  void make(RecorderOptions options) {
    recorder_.emplace(std::move(options), [this](const std::string& symbol, const OrderBook& book) {
      written_.push_back({symbol, book});
    });
  }
  void SetUp() override { make({.symbols = {}, .depth = 2, .every = Every::change}); }

  std::optional<std::string> hear(const std::string& text) {
    return recorder_->on_frame(text, now_ += 1ms).loss;
  }
  std::vector<double> last_volumes() const { return written_.back().book.volumes; }

  std::optional<Recorder> recorder_;
  std::vector<Written> written_;
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
  recorder_->on_disconnect();
  hear(frame("update", row(2, "Buy", 20, "11")));
  EXPECT_EQ(written_.size(), 1U);
  hear(image());
  ASSERT_EQ(written_.size(), 2U) << "written though it looks as before";
  EXPECT_TRUE(written_[1].book.gap);
  hear(frame("update", row(2, "Buy", 20, "11")));
  EXPECT_FALSE(written_[2].book.gap);
}

TEST_F(RecorderTest, an_image_in_the_middle_is_a_gap) {
  hear(image());
  hear(image());
  ASSERT_EQ(written_.size(), 2U);
  EXPECT_TRUE(written_[1].book.gap);
}

TEST_F(RecorderTest, names_a_loss_once_and_is_silent_until_the_next_image) {
  hear(image());
  EXPECT_EQ(hear(frame("update", row(77, "Buy", 20, "11"))),
            "book of X is lost: change of an unknown level (id 77)");
  EXPECT_EQ(hear(frame("update", row(78, "Buy", 20, "11"))), std::nullopt);
  EXPECT_EQ(written_.size(), 1U);
  hear(image());
  EXPECT_TRUE(written_.back().book.gap);
}

TEST_F(RecorderTest, a_frame_that_is_not_understood_costs_every_book) {
  hear(image("X"));
  hear(image("Y"));
  EXPECT_EQ(hear("{\"table\":"),
            "frame is not understood: no JSON as it should be: "
            "JSON document ended early in the middle of an object or array.");
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

}  // namespace
}  // namespace obkit::obsave
