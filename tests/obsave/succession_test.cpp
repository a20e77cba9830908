// A recording from two connections whose frames come in an order that each test says. With sockets:
// live_succession_test.
#include "obsave/live/succession.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/feed/venue.hpp"

#include "log_watch.hpp"
#include "memory_output.hpp"
#include "obsave/live/live.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using net::Next;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Books of OKX: the size of the best bid is the number of the book.
class SuccessionTest : public testing::Test {
 protected:
  SuccessionTest() { begin({"A"}); }

  void begin(std::vector<std::string> symbols,
             std::uint64_t count = std::numeric_limits<std::uint64_t>::max()) {
    options_.out = "-";
    options_.venue = &venue_;
    options_.symbols = std::move(symbols);
    options_.depth = 2;
    options_.every = Every::message;
    options_.count = count;
    options_.url.clear();
    complete(options_);
    output_.written.clear();
    recorder_.emplace(options_.recorder(), output_);
    live_.emplace(
        options_,
        Live::Parts{
            .make_protocol = [this] { return venue_.make_protocol({.symbols = options_.symbols}); },
            .recorder = *recorder_,
            .output = output_,
            .on_status = [this](const Status& status) { status_ = status; }},
        patience_);
    static_cast<void>(live_->on_open());
  }

  static std::string book(const std::string& symbol, const std::string& action, int number,
                          int previous, const std::string& more_asks = "") {
    return R"({"arg":{"channel":"books","instId":")" + symbol + R"("},"action":")" + action +
           R"(","data":[{"asks":[["101","1","0","1"])" + more_asks + R"(],"bids":[["100",")" +
           std::to_string(number) + R"(","0","1"]],"ts":"1790394877200","checksum":0,"seqId":)" +
           std::to_string(number) + R"(,"prevSeqId":)" + std::to_string(previous) + "}]}";
  }
  static std::string image(int number, const std::string& symbol = "A") {
    return book(symbol, "snapshot", number, -1);
  }
  static std::string change(int number, const std::string& symbol = "A") {
    return book(symbol, "update", number, number - 1);
  }
  static std::string notice() {
    return R"({"event":"notice","code":"64008","msg":"service upgrade","connId":"a4d3ae55"})";
  }

  Next::Step first(const std::string& text) { return last(live_->on_frame(text, now())); }
  Next::Step second(const std::string& text) { return last(live_->heir()->on_frame(text, now())); }
  void open_second() { static_cast<void>(live_->heir()->on_open()); }
  Next::Step tick() { return last(live_->on_tick({.is_connected = true})); }
  Next::Step tick_second() { return last(live_->heir()->on_tick({.is_connected = true})); }
  void end_second(const std::string& why) {
    static_cast<void>(live_->heir()->on_disconnect({.text = why}, 0ms));
  }

  /// Of the books that were written; one behind a gap is below zero.
  [[nodiscard]] std::vector<int> numbers(const std::string& symbol = "A") const {
    std::vector<int> numbers;
    for (const auto& one : output_.written) {
      const int number = static_cast<int>(one.book.volumes[0]);
      if (one.symbol == symbol) numbers.push_back(one.book.gap ? -number : number);
    }
    return numbers;
  }

  feed::Venue venue_ = *feed::find_venue("okx");
  Options options_;
  Patience patience_;
  MemoryOutput output_;
  std::optional<Recorder> recorder_;
  std::optional<Live> live_;
  Status status_;
  std::string reason_;                ///< of the last step
  std::vector<feed::Request> asked_;  ///< with the last step

 private:
  Timestamp now() { return Timestamp{std::chrono::nanoseconds{++receipts_}}; }
  Next::Step last(Next next) {
    reason_ = std::move(next.reason);
    asked_ = std::move(next.send);
    return next.step;
  }

  std::int64_t receipts_ = 0;
};

TEST_F(SuccessionTest, an_image_of_the_number_where_the_book_stands_is_enough) {
  static_cast<void>(first(image(1)));
  static_cast<void>(first(change(2)));
  open_second();
  EXPECT_EQ(second(image(2)), Next::Step::hand_over);
  EXPECT_EQ(first(change(3)), Next::Step::read_on) << "that is the second from now on";
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3));
  EXPECT_EQ(live_->successions(), 1U);
  EXPECT_EQ(live_->reconnects(), 0U);
}

TEST_F(SuccessionTest, a_second_connection_that_is_behind_is_waited_for) {
  static_cast<void>(first(image(3)));
  open_second();
  EXPECT_EQ(second(image(1)), Next::Step::read_on);
  EXPECT_EQ(second(change(2)), Next::Step::read_on);
  EXPECT_EQ(second(change(3)), Next::Step::hand_over);
  static_cast<void>(first(change(4)));
  EXPECT_THAT(numbers(), ElementsAre(3, 4));
}

/// A recorder that lags never stands where the second is.
TEST_F(SuccessionTest, a_first_connection_that_is_behind_gets_what_the_second_has_more) {
  static_cast<void>(first(image(1)));
  open_second();
  static_cast<void>(second(image(3)));
  for (const int number : {4, 5, 6}) {
    static_cast<void>(second(change(number)));
    EXPECT_EQ(first(change(number - 2)), number == 5 ? Next::Step::hand_over : Next::Step::read_on);
    if (number == 5) break;
  }
  static_cast<void>(first(change(6)));
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(output_.written[3].book.recv, output_.written[2].book.recv)
      << "times of receipt do not go back";
  EXPECT_LT(output_.written[4].book.recv, output_.written[5].book.recv);
}

TEST_F(SuccessionTest, connections_that_gather_changes_otherwise_meet_where_they_can) {
  static_cast<void>(first(image(1)));
  open_second();
  static_cast<void>(second(image(2)));
  static_cast<void>(second(book("A", "update", 4, 2)));
  EXPECT_EQ(first(book("A", "update", 3, 1)), Next::Step::read_on);
  static_cast<void>(second(book("A", "update", 6, 4)));
  EXPECT_EQ(first(book("A", "update", 5, 3)), Next::Step::read_on);
  EXPECT_EQ(first(book("A", "update", 6, 5)), Next::Step::hand_over);
  EXPECT_THAT(numbers(), ElementsAre(1, 3, 5, 6));
}

TEST_F(SuccessionTest, numbers_that_begin_anew_are_met_all_the_same) {
  static_cast<void>(first(image(1000)));
  open_second();
  static_cast<void>(second(image(1001)));
  static_cast<void>(second(book("A", "update", 7, 1001)));
  static_cast<void>(first(book("A", "update", 7, 1000)));
  EXPECT_EQ(live_->successions(), 1U);
  static_cast<void>(first(change(8)));
  EXPECT_THAT(numbers(), ElementsAre(1000, 7, 8));
}

TEST_F(SuccessionTest, each_book_is_taken_when_it_can_be) {
  begin({"A", "B"});
  static_cast<void>(first(image(1, "A")));
  static_cast<void>(first(image(1, "B")));
  open_second();
  EXPECT_EQ(second(image(1, "A")), Next::Step::read_on);
  EXPECT_EQ(second(change(2, "A")), Next::Step::read_on);
  EXPECT_THAT(numbers("A"), ElementsAre(1, 2)) << "it is taken from the second";
  EXPECT_EQ(first(change(2, "A")), Next::Step::read_on);
  EXPECT_EQ(first(change(2, "B")), Next::Step::read_on);
  EXPECT_EQ(second(image(3, "B")), Next::Step::read_on);
  EXPECT_EQ(second(change(3, "A")), Next::Step::read_on);
  EXPECT_EQ(first(change(3, "B")), Next::Step::hand_over);
  static_cast<void>(first(change(4, "A")));
  static_cast<void>(first(change(4, "B")));
  EXPECT_THAT(numbers("A"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(numbers("B"), ElementsAre(1, 2, 3, 4));
}

TEST_F(SuccessionTest, a_symbol_of_which_nothing_came_holds_nothing_up) {
  begin({"A", "B"});
  static_cast<void>(first(image(1, "A")));
  open_second();
  EXPECT_EQ(second(image(1, "A")), Next::Step::hand_over);
  static_cast<void>(first(image(7, "B")));
  EXPECT_THAT(numbers("B"), ElementsAre(7));
}

TEST_F(SuccessionTest, nor_does_one_that_the_second_does_not_serve) {
  begin({"A", "B"});
  static_cast<void>(first(image(1, "A")));
  static_cast<void>(first(image(1, "B")));
  open_second();
  EXPECT_EQ(second(image(1, "A")), Next::Step::read_on);
  EXPECT_EQ(second(R"({"event":"error","msg":"Subscribe failed, wrong URL or channel:books,)"
                   R"(instId:B doesn't exist.","code":"60018","connId":"a4d3ae55"})"),
            Next::Step::hand_over);
}

TEST_F(SuccessionTest, a_book_that_is_lost_on_the_first_is_fetched_there_before) {
  begin({"A", "B"});
  static_cast<void>(first(image(1, "A")));
  static_cast<void>(first(image(1, "B")));
  open_second();
  static_cast<void>(second(image(1, "A")));
  static_cast<void>(second(image(5, "B")));
  EXPECT_EQ(first(change(5, "B")), Next::Step::read_on) << "a hole in its numbers";
  EXPECT_THAT(asked_, testing::SizeIs(testing::Gt(0U)));
  EXPECT_EQ(tick(), Next::Step::read_on);
  static_cast<void>(second(change(6, "B")));
  EXPECT_EQ(first(image(6, "B")), Next::Step::hand_over);
  EXPECT_THAT(numbers("B"), ElementsAre(1, -6));
}

TEST_F(SuccessionTest, a_book_that_is_lost_on_the_second_is_not_taken) {
  static_cast<void>(first(image(1)));
  open_second();
  static_cast<void>(second(image(2)));
  static_cast<void>(second(change(4)));  // a hole
  static_cast<void>(second(change(5)));
  for (const int number : {2, 3, 4, 5}) EXPECT_EQ(first(change(number)), Next::Step::read_on);
  EXPECT_EQ(second(image(6)), Next::Step::read_on);
  EXPECT_EQ(first(change(6)), Next::Step::hand_over);
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(SuccessionTest, a_taken_book_that_is_lost_is_a_gap_as_any_other) {
  begin({"A", "B"});
  static_cast<void>(first(image(1, "A")));
  static_cast<void>(first(image(1, "B")));
  open_second();
  static_cast<void>(second(image(1, "A")));
  EXPECT_EQ(second(change(5, "A")), Next::Step::reconnect);
  EXPECT_EQ(first(change(2, "B")), Next::Step::reconnect);
  EXPECT_THAT(reason_, HasSubstr("a connection that had taken over is gone: changes that follow"));
  static_cast<void>(live_->on_disconnect({.text = reason_}, 0ms));
  static_cast<void>(live_->on_open());
  static_cast<void>(first(image(6, "A")));
  static_cast<void>(first(image(6, "B")));
  EXPECT_THAT(numbers("A"), ElementsAre(1, -6));
  EXPECT_THAT(numbers("B"), ElementsAre(1, 2, -6));
}

TEST_F(SuccessionTest, what_was_kept_can_cost_the_book) {
  static_cast<void>(first(image(1)));
  open_second();
  static_cast<void>(second(image(2)));
  static_cast<void>(second(book("A", "update", 3, 2, R"(,["99","1","0","1"])")));  // crossed
  EXPECT_EQ(first(change(2)), Next::Step::reconnect);
  EXPECT_THAT(reason_, HasSubstr("the best bid is not below the best ask"));
  EXPECT_THAT(numbers(), ElementsAre(1, 2));
  EXPECT_EQ(live_->successions(), 0U);
}

TEST_F(SuccessionTest, a_second_connection_that_ends_too_soon_costs_nothing) {
  static_cast<void>(first(image(1)));
  open_second();
  static_cast<void>(second(image(3)));
  end_second("cut");
  for (const int number : {2, 3, 4}) EXPECT_EQ(first(change(number)), Next::Step::read_on);
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3, 4));
}

TEST_F(SuccessionTest, one_that_ends_with_books_is_a_gap_as_any_other) {
  begin({"A", "B"});
  static_cast<void>(first(image(1, "A")));
  static_cast<void>(first(image(1, "B")));
  open_second();
  static_cast<void>(second(image(1, "A")));
  end_second("it was cut");
  EXPECT_EQ(tick(), Next::Step::reconnect) << "nobody waits for a frame";
  EXPECT_EQ(reason_, "a connection that had taken over is gone: it was cut");
}

TEST_F(SuccessionTest, what_is_not_understood_on_the_second_costs_nothing) {
  static_cast<void>(first(image(1)));
  open_second();
  static_cast<void>(second(image(2)));
  EXPECT_EQ(second("garbage"), Next::Step::reconnect);
  EXPECT_EQ(second(change(3)), Next::Step::read_on) << "it is not closed yet";
  EXPECT_EQ(first(change(2)), Next::Step::read_on);
  EXPECT_THAT(numbers(), ElementsAre(1, 2));
}

TEST_F(SuccessionTest, a_refusal_of_all_ends_the_second_alone) {
  static_cast<void>(first(image(1)));
  open_second();
  EXPECT_EQ(second(R"({"event":"error","code":"60014","msg":"too fast","connId":"a"})"),
            Next::Step::reconnect);
  EXPECT_EQ(reason_, "the exchange refuses: too fast");
  EXPECT_EQ(first(change(2)), Next::Step::read_on);
}

TEST_F(SuccessionTest, what_waits_for_a_first_that_is_far_behind_is_bounded) {
  static_cast<void>(first(image(1)));
  open_second();
  static_cast<void>(second(image(2)));
  std::string rows;
  for (int i = 0; i < 20'000; ++i)
    rows += R"(,["2)" + std::to_string(10'000 + i) + R"(","1","0","1"])";
  int number = 2;
  Next::Step step = Next::Step::read_on;
  while (step == Next::Step::read_on && ++number < 1000)
    step = second(book("A", "update", number, number - 1, rows));
  EXPECT_EQ(step, Next::Step::reconnect);
  EXPECT_GT(number, 10);
  EXPECT_LT(number, 100);
  EXPECT_THAT(reason_, HasSubstr("the first connection is too far behind: 3"));
  EXPECT_EQ(first(change(2)), Next::Step::read_on);
}

TEST_F(SuccessionTest, one_whose_books_do_not_come_is_given_up_when_its_time_is_over) {
  patience_.succession = 0ms;
  begin({"A"});
  static_cast<void>(first(image(1)));
  open_second();
  EXPECT_EQ(tick_second(), Next::Step::reconnect);
  EXPECT_THAT(reason_, HasSubstr("did not come to stand where"));
  EXPECT_EQ(tick_second(), Next::Step::read_on) << "it is not closed yet";
}

TEST_F(SuccessionTest, the_last_book_that_is_wanted_may_be_one_that_was_kept) {
  begin({"A"}, 3);
  static_cast<void>(first(image(1)));
  open_second();
  for (const auto& text : {image(2), change(3), change(4)}) static_cast<void>(second(text));
  EXPECT_EQ(first(change(2)), Next::Step::stop);
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3));
}

TEST_F(SuccessionTest, the_last_book_that_is_wanted_may_come_on_the_second) {
  begin({"A", "B"}, 3);
  static_cast<void>(first(image(1, "A")));
  static_cast<void>(first(image(1, "B")));
  open_second();
  static_cast<void>(second(image(1, "A")));
  EXPECT_EQ(second(change(2, "A")), Next::Step::stop);
}

TEST_F(SuccessionTest, an_announced_end_asks_for_a_second_connection_once) {
  const LogWatch log;
  static_cast<void>(first(image(1)));
  EXPECT_EQ(first(notice()), Next::Step::succeed);
  EXPECT_EQ(first(change(2)), Next::Step::read_on);
  open_second();
  EXPECT_EQ(second(image(2)), Next::Step::hand_over);
  EXPECT_EQ(first(change(3)), Next::Step::read_on) << "nobody announced its end";
  EXPECT_THAT(log.text(), HasSubstr("info: the exchange announces the end of the connection: "
                                    "service upgrade\n"));
  EXPECT_THAT(log.text(), HasSubstr("info: another connection goes on where the books stand"));
}

TEST_F(SuccessionTest, the_announced_end_of_the_second_asks_for_a_third) {
  static_cast<void>(first(image(1)));
  open_second();
  EXPECT_EQ(second(notice()), Next::Step::read_on);
  EXPECT_EQ(second(image(1)), Next::Step::hand_over);
  EXPECT_EQ(first(change(2)), Next::Step::succeed);
}

TEST_F(SuccessionTest, one_that_failed_is_tried_again_after_a_pause) {
  patience_.next_succession = 1h;
  begin({"A"});
  static_cast<void>(first(image(1)));
  EXPECT_EQ(first(notice()), Next::Step::succeed);
  end_second("refused");
  EXPECT_EQ(tick(), Next::Step::read_on);
  patience_.next_succession = 0ms;
  begin({"A"});
  static_cast<void>(first(image(1)));
  EXPECT_EQ(first(notice()), Next::Step::succeed);
  end_second("refused");
  EXPECT_EQ(tick(), Next::Step::succeed);
}

TEST_F(SuccessionTest, an_age_asks_for_a_second_connection_again_and_again) {
  venue_.renewal = patience_.next_succession = 1ms;
  begin({"A"});
  static_cast<void>(first(image(1)));
  for (int i = 1; i <= 3; ++i) {
    while (tick() != Next::Step::succeed) continue;
    open_second();
    EXPECT_EQ(second(image(1)), Next::Step::hand_over);
  }
  EXPECT_EQ(live_->successions(), 3U);
  EXPECT_THAT(numbers(), ElementsAre(1));
}

TEST_F(SuccessionTest, at_no_age_where_the_venue_has_none) {
  EXPECT_EQ(venue_.renewal, 0ms);
  static_cast<void>(first(image(1)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(tick(), Next::Step::read_on);
}

TEST_F(SuccessionTest, is_shown) {
  static_cast<void>(first(image(1)));
  open_second();
  static_cast<void>(second(image(1)));
  static_cast<void>(tick());
  EXPECT_EQ(status_.successions, 1U);
  EXPECT_EQ(status_.connections, 1U);
  EXPECT_THAT(status_text(status_), HasSubstr(", 1 succession"));
}

/// Binance's futures: the diff that ends at a snapshot's number may come behind it.
class SuccessionOfFutures : public SuccessionTest {
 protected:
  SuccessionOfFutures() {
    venue_ = *feed::find_venue("binance-usdm");
    begin({"BTCUSDT"});
    static_cast<void>(first(acknowledgement_));
    static_cast<void>(live_->on_answer(snapshot(1), {}));
    static_cast<void>(first(diff(2)));
    open_second();
    static_cast<void>(second(acknowledgement_));
  }

  static std::string diff(int number) {
    const std::string text = std::to_string(number), previous = std::to_string(number - 1);
    return R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1789469122260,)"
           R"("T":1789469122260,"s":"BTCUSDT","ps":"BTCUSDT","U":)" +
           text + R"(,"u":)" + text + R"(,"pu":)" + previous + R"(,"b":[["100",")" + text +
           R"("]],"a":[],"st":1}})";
  }
  feed::HttpAnswer snapshot(int number) {
    body_ = R"({"lastUpdateId":)" + std::to_string(number) +
            R"(,"E":1789469122260,"T":1789469122260,"bids":[["100",")" + std::to_string(number) +
            R"("]],"asks":[["101","1"]]})";
    return {.target = "/fapi/v1/depth?symbol=BTCUSDT&limit=1000", .status = 200, .body = body_};
  }
  Next::Step answer_second(int number) {
    return live_->heir()->on_answer(snapshot(number), {}).step;
  }

  const std::string acknowledgement_ = R"({"result":null,"id":1})";
  std::string body_;
};

TEST_F(SuccessionOfFutures, what_an_image_has_is_not_written_again_behind_it) {
  EXPECT_EQ(answer_second(2), Next::Step::hand_over);
  const std::uint64_t frames = recorder_->tally().frames;
  for (const int number : {1, 2}) static_cast<void>(first(diff(number)));
  EXPECT_EQ(recorder_->tally().frames, frames) << "nor is it captured again";
  static_cast<void>(first(diff(3)));
  EXPECT_THAT(numbers("BTCUSDT"), ElementsAre(1, 2, 3));
}

TEST_F(SuccessionOfFutures, nor_before_the_books_of_others_are_taken) {
  begin({"BTCUSDT", "ETHUSDT"});
  static_cast<void>(first(acknowledgement_));
  static_cast<void>(live_->on_answer(snapshot(2), {}));
  auto other = snapshot(1);
  other.target = "/fapi/v1/depth?symbol=ETHUSDT&limit=1000";
  static_cast<void>(live_->on_answer(other, {}));
  open_second();
  EXPECT_EQ(answer_second(2), Next::Step::read_on);
  for (const int number : {2, 3}) EXPECT_EQ(second(diff(number)), Next::Step::read_on);
  EXPECT_THAT(numbers("BTCUSDT"), ElementsAre(2, 3));
}

TEST_F(SuccessionOfFutures, nor_where_it_was_kept) {
  EXPECT_EQ(answer_second(4), Next::Step::read_on);
  for (const int number : {4, 5}) static_cast<void>(second(diff(number)));
  EXPECT_EQ(first(diff(3)), Next::Step::read_on);
  EXPECT_EQ(first(diff(4)), Next::Step::hand_over);
  static_cast<void>(first(diff(6)));
  EXPECT_THAT(numbers("BTCUSDT"), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(SuccessionVenues, have_an_age_below_that_at_which_they_cut) {
  for (const char* name : {"binance-spot", "binance-usdm", "binance-coinm"})
    EXPECT_EQ(feed::find_venue(name)->renewal, 23h + 30min) << name;
}

}  // namespace
}  // namespace obkit::obsave
