#include "obsave/trade_recorder.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/trade_reader.hpp"

#include "log_watch.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Timestamp trading_begin = parse_iso("2026-08-09T21:00:00Z").value();

/// A trade so long after the begin.
Trade trade_of(std::chrono::milliseconds time, std::string id = "",
               std::optional<std::uint64_t> number = {}) {
  return {.time = trading_begin + time,
          .price = parse_price("100.5").value(),
          .volume = 1,
          .aggressor = Aggressor::buyer,
          .id = std::move(id),
          .number = number};
}

Trade numbered(std::chrono::milliseconds time, std::uint64_t number) {
  return trade_of(time, std::to_string(number), number);
}

class TradeRecorderTest : public testing::Test {
 protected:
  TradeRecorderTest() { make({}); }

  void make(TradeRecorderOptions options,
            TradeOutput::OnTrouble on_trouble = TradeOutput::OnTrouble::pass_on) {
    recorder_.reset();
    output_.emplace(
        store::DayFileOptions{.folder = folder_,
                              .symbol = {},
                              .manifest = store::RecordingOrigin{"bybit", "", "", "test"}},
        on_trouble);
    recorder_.emplace(std::move(options), *output_);
  }
  /// A frame with these trades of X, received so long after the begin.
  void hear(std::chrono::milliseconds received, std::vector<Trade> trades,
            const std::string& symbol = "X") {
    const TradeUpdate update{.symbol = symbol, .trades = std::move(trades)};
    recorder_->on_frame({&update, 1}, trading_begin + received);
  }
  /// "21 gap 40": milliseconds after the begin of all that is in X's file.
  std::string written() {
    store::TradeStream stream{{file()}, store::BadLine::refuse};
    std::string text;
    while (stream.next()) {
      text += text.empty() ? "" : " ";
      if (stream.trade().gap) text += "gap ";
      text += std::to_string(
          std::chrono::floor<std::chrono::milliseconds>(stream.trade().trade.time - trading_begin)
              .count());
    }
    EXPECT_EQ(stream.report().time_went_back, 0U);
    return text;
  }
  std::string finish() {
    recorder_->finish();
    output_->close();
    return written();
  }
  [[nodiscard]] std::string file() const { return folder_ + "/X_20260809.trades.txt"; }
  store::TradeRecord record() {
    return store::read_manifest(folder_ + "/X_20260809.manifest.json").trades.value();
  }
  std::string gap_reason() { return record().gaps.at(0).reason; }

  ScratchFolder scratch_;
  LogWatch log_;
  std::string folder_ = scratch_ / "books";
  std::optional<TradeOutput> output_;
  std::optional<TradeRecorder> recorder_;
};

TEST_F(TradeRecorderTest, trades_come_out_by_match_time_then_by_arrival) {
  hear(10ms, {trade_of(9ms, "a"), trade_of(9ms, "b")});
  hear(20ms, {trade_of(5ms, "c"), trade_of(9ms, "d")});
  EXPECT_EQ(finish(), "5 9 9 9");
  store::TradeStream stream{{file()}, store::BadLine::refuse};
  std::string ids;
  while (stream.next()) ids += stream.trade().trade.id;
  EXPECT_EQ(ids, "cabd");
}

TEST_F(TradeRecorderTest, a_trade_waits_a_quarter_of_a_second_of_receive_time) {
  hear(0ms, {trade_of(0ms)});
  hear(249ms, {trade_of(240ms)});
  EXPECT_FALSE(std::filesystem::exists(file()));
  hear(250ms, {trade_of(250ms)});
  EXPECT_EQ(written(), "0");
  hear(498ms, {});
  EXPECT_EQ(written(), "0");
  hear(499ms, {});
  EXPECT_EQ(written(), "0 240");
  recorder_->pass(trading_begin + 1498ms);
  EXPECT_EQ(written(), "0 240");
  recorder_->pass(trading_begin + 1500ms);
  EXPECT_EQ(written(), "0 240 250") << "no frame need come";
}

TEST_F(TradeRecorderTest, of_ids_the_last_thousand_are_remembered) {
  static_assert(TradeRecorder::remembered_ids == 1'000);
  const auto id_of = [](int number) {
    return "a trade's id that is longer than 15: " + std::to_string(number);
  };
  for (int i = 0; i < 1'001; ++i) hear(0ms, {trade_of(0ms, id_of(i))});
  EXPECT_EQ(recorder_->tally().doubles, 0U);
  hear(1ms, {trade_of(0ms, id_of(1)), trade_of(0ms, id_of(1'000))});
  EXPECT_EQ(recorder_->tally().doubles, 2U);
  hear(2ms, {trade_of(0ms, id_of(0))});
  EXPECT_EQ(recorder_->tally().doubles, 2U) << "forgotten";
}

TEST_F(TradeRecorderTest, an_older_trade_holds_back_those_behind_it) {
  hear(0ms, {trade_of(5ms)});
  hear(200ms, {trade_of(4ms)});
  hear(260ms, {});
  EXPECT_FALSE(std::filesystem::exists(file())) << "4 waits still, and 5 behind it";
  hear(450ms, {});
  EXPECT_EQ(written(), "4 5");
}

TEST_F(TradeRecorderTest, when_time_is_looked_at_between_frames_changes_nothing) {
  const auto run = [&](bool looks) {
    std::filesystem::remove_all(folder_);
    make({});
    int match[] = {40, 20, 330, 290, 610, 500, 505, 900};
    for (int i = 0; i < 8; ++i) {
      if (looks)
        for (int ms = 100 * i - 90; ms < 100 * i; ms += 7)
          recorder_->pass(trading_begin + 1s + std::chrono::milliseconds{ms});
      hear(std::chrono::milliseconds{100 * i}, {trade_of(std::chrono::milliseconds{match[i]})});
    }
    return finish();
  };
  const std::string without = run(false);
  EXPECT_EQ(run(true), without);
}

TEST_F(TradeRecorderTest, what_comes_later_than_that_is_counted_and_keeps_the_order) {
  hear(0ms, {trade_of(100ms)});
  hear(300ms, {trade_of(300ms)});
  hear(310ms, {trade_of(50ms)});
  EXPECT_EQ(finish(), "100 100 300");
  EXPECT_EQ(recorder_->tally().late, 1U);
  EXPECT_EQ(output_->counts().late, 1U);
  EXPECT_THAT(log_.text(), HasSubstr("came when one of 2026-08-09T21:00:00.100000Z was written"));
}

TEST_F(TradeRecorderTest, a_clock_that_is_set_back_lets_all_go) {
  hear(0ms, {trade_of(100ms)});
  hear(-3'600'000ms, {trade_of(90ms)});
  EXPECT_EQ(written(), "100");
  EXPECT_EQ(finish(), "100 100");
}

TEST_F(TradeRecorderTest, a_jump_of_the_numbers_is_a_gap_and_told) {
  hear(0ms, {numbered(1ms, 5), numbered(2ms, 6)});
  hear(10ms, {numbered(9ms, 9)});
  EXPECT_EQ(finish(), "1 2 gap 9");
  EXPECT_EQ(gap_reason(), "trades from number 7 to 8 are missing");
  EXPECT_EQ(record().sequence, (store::SequenceCount{.updates = 2, .breaks = 1}));
}

TEST_F(TradeRecorderTest, a_row_of_several_fills_takes_as_many_numbers) {
  Trade sweep = numbered(2ms, 65);
  sweep.fills = 59;
  hear(0ms, {numbered(1ms, 6), sweep, numbered(3ms, 66)});
  EXPECT_EQ(finish(), "1 2 3");
}

TEST_F(TradeRecorderTest, behind_a_gap_an_older_trade_bears_it_where_it_stands_first) {
  hear(0ms, {numbered(50ms, 1)});
  hear(1ms, {numbered(60ms, 4)});
  hear(2ms, {numbered(55ms, 5)});
  EXPECT_EQ(finish(), "50 gap 55 60");
}

TEST_F(TradeRecorderTest, doubles_are_known_by_number) {
  hear(0ms, {numbered(1ms, 5), numbered(2ms, 6)});
  recorder_->on_loss("the connection was cut");
  hear(100ms, {numbered(2ms, 6), numbered(3ms, 7)});
  EXPECT_EQ(finish(), "1 2 3") << "and numbers that go on leave no gap";
  EXPECT_EQ(recorder_->tally().doubles, 1U);
  EXPECT_EQ(recorder_->tally().trades, 3U);
}

TEST_F(TradeRecorderTest, doubles_are_known_by_id_where_there_are_no_numbers) {
  hear(0ms, {trade_of(1ms, "a"), trade_of(2ms, "b")});
  recorder_->on_loss("the connection was cut");
  hear(100ms, {trade_of(2ms, "b"), trade_of(3ms, "c")});
  EXPECT_EQ(finish(), "1 2 gap 3");
  EXPECT_EQ(gap_reason(), "the connection was cut");
  EXPECT_EQ(recorder_->tally().doubles, 1U);
}

TEST_F(TradeRecorderTest, trades_without_id_and_number_are_all_new) {
  hear(0ms, {trade_of(1ms), trade_of(1ms)});
  EXPECT_EQ(finish(), "1 1");
}

TEST_F(TradeRecorderTest, numbers_that_begin_anew_are_no_doubles_but_a_gap) {
  hear(0ms, {numbered(1ms, 500)});
  hear(1000ms, {numbered(1000ms, 1), numbered(1001ms, 2)});
  EXPECT_EQ(finish(), "1 gap 1000 1001");
  EXPECT_EQ(gap_reason(), "the numbers of trades begin anew");
}

TEST_F(TradeRecorderTest, a_loss_is_that_of_the_symbols_it_names) {
  hear(0ms, {trade_of(1ms, "a")});
  const std::string other = "Y";
  recorder_->on_loss("a hole in Y", {&other, 1});
  hear(1ms, {trade_of(2ms, "b")});
  EXPECT_EQ(finish(), "1 2");
}

TEST_F(TradeRecorderTest, before_the_first_trade_there_is_nothing_to_miss) {
  recorder_->on_loss("the connection was cut");
  hear(1ms, {trade_of(1ms, "a")});
  EXPECT_EQ(finish(), "1");
}

TEST_F(TradeRecorderTest, symbols_that_nobody_asked_for_are_left_out) {
  make({.symbols = {"X"}});
  hear(0ms, {trade_of(1ms)}, "Y");
  hear(0ms, {trade_of(1ms)});
  EXPECT_EQ(finish(), "1");
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/Y_20260809.trades.txt"));
}

TEST_F(TradeRecorderTest, a_time_that_is_not_believed_becomes_the_receive_time) {
  make({.believes = [](Timestamp event, Timestamp received) { return event <= received; }});
  hear(10ms, {trade_of(99'999ms), trade_of(5ms)});
  EXPECT_EQ(finish(), "5 10");
  EXPECT_EQ(recorder_->tally().unbelieved, 1U);
  EXPECT_THAT(log_.text(), HasSubstr("it is not believed"));
}

TEST_F(TradeRecorderTest, a_connection_that_is_gone_at_the_end_is_declared) {
  hear(0ms, {numbered(0ms, 5)});
  recorder_->on_loss("the connection was cut");
  recorder_->finish(trading_begin + 90s);
  output_->close();
  ASSERT_EQ(record().gaps.size(), 1U);
  EXPECT_EQ(format_iso(record().gaps[0].to), "2026-08-09T21:01:30.000Z");
  EXPECT_EQ(gap_reason(), "the connection was cut");
}

TEST_F(TradeRecorderTest, trouble_of_the_living_is_told_once_and_over_when_it_can_write_again) {
  make({}, TradeOutput::OnTrouble::go_on);
  std::filesystem::create_directories(file());  // in the way
  hear(0ms, {trade_of(0ms, "a")});
  EXPECT_NO_THROW(hear(300ms, {trade_of(300ms, "b")}));
  EXPECT_NO_THROW(hear(600ms, {trade_of(600ms, "c")}));
  EXPECT_TRUE(output_->is_in_trouble("X"));
  EXPECT_THAT(output_->trouble(), HasSubstr("X_20260809.trades.txt"));
  EXPECT_THAT(log_.text(), HasSubstr("the books go on"));
  std::filesystem::remove(file());
  output_->retry();
  hear(900ms, {});
  EXPECT_FALSE(output_->is_in_trouble("X"));
  EXPECT_EQ(finish(), "gap 600");
  EXPECT_EQ(output_->counts().lost, 2U);
}

TEST_F(TradeRecorderTest, trades_lost_before_there_is_a_folder_are_counted_and_a_gap) {
  make({}, TradeOutput::OnTrouble::go_on);
  std::ofstream{folder_} << "in the way";
  for (int i = 0; i < 4; ++i) hear(i * 300ms, {trade_of(i * 300ms, std::to_string(i))});
  EXPECT_EQ(output_->counts().lost, 3U) << "the last one waits";
  EXPECT_EQ(output_->symbol_counts().at("X").lost, 3U);
  std::filesystem::remove(folder_);
  output_->retry();
  EXPECT_EQ(finish(), "gap 900");
  EXPECT_EQ(output_->counts().lost, 3U);
  EXPECT_THAT(gap_reason(), HasSubstr("books"));
}

TEST_F(TradeRecorderTest, the_end_tells_of_trades_that_no_file_could_take) {
  make({}, TradeOutput::OnTrouble::go_on);
  std::ofstream{folder_} << "in the way";
  for (int i = 0; i < 3; ++i) hear(i * 300ms, {trade_of(i * 300ms, std::to_string(i))});
  recorder_->finish();
  EXPECT_THROW(output_->close(), IoError);
  EXPECT_THAT(log_.text(), HasSubstr("X: 3 trades could not be written, up to the end: "));
}

TEST_F(TradeRecorderTest, a_manifest_that_cannot_be_replaced_costs_no_trade) {
  make({}, TradeOutput::OnTrouble::go_on);
  const std::string manifest = folder_ + "/X_20260809.manifest.json";
  std::filesystem::create_directories(manifest);
  for (int i = 0; i < 4; ++i) {
    hear(i * 300ms, {trade_of(i * 300ms)});
    output_->sync();
  }
  EXPECT_EQ(written(), "0 300 600");
  std::filesystem::remove(manifest);
  EXPECT_EQ(finish(), "0 300 600 900");
  EXPECT_EQ(record().trades, 4U);
}

TEST_F(TradeRecorderTest, trouble_that_lasts_is_an_error_at_the_end) {
  make({}, TradeOutput::OnTrouble::go_on);
  std::filesystem::create_directories(file());
  hear(0ms, {trade_of(0ms, "a")});
  recorder_->finish();
  EXPECT_THROW(output_->close(), IoError);
}

TEST_F(TradeRecorderTest, trouble_of_a_replay_ends_it) {
  std::filesystem::create_directories(file());
  hear(0ms, {trade_of(0ms, "a")});
  EXPECT_THROW(recorder_->finish(), IoError);
}

}  // namespace
}  // namespace obkit::obsave
