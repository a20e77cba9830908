// Books of venues that tell the best level of each side on a channel of its own, held against it.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/store/capture_reader.hpp"
#include "obkit/store/input.hpp"

#include "live_recording.hpp"
#include "obsave/captures.hpp"
#include "support/test_name.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using exchange::Fault;
using exchange::Venue;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

class LiveWitness : public LiveRecording, public testing::WithParamInterface<Venue> {
 protected:
  LiveWitness() {
    speak(GetParam());
    options_.sync = 20ms;        // ticks of 5 ms
    server_options_.speed = 50;  // some frames a tick
    patience_ = {.image = 5s, .quiet = 60s, .check = 20ms, .check_pace = 20ms};
  }

  /// A change of the book rather than its best level.
  static bool is_change(const std::string& text) {
    return text.find(R"("type":"delta")") != std::string::npos ||
           text.find(R"("action":"update")") != std::string::npos;
  }
  /// No row is left of the sides.
  static void empty(std::string& text) {
    for (const char* const side : {R"("b":[)", R"("a":[)", R"("bids":[)", R"("asks":[)"}) {
      const std::size_t at = text.find(side);
      if (at == std::string::npos) continue;
      const std::size_t begin = at + std::string{side}.size();
      const std::size_t end = text[begin] == ']' ? begin : text.find("]]", begin) + 1;
      text.erase(begin, end - begin);
    }
  }
  void stop_after(std::uint64_t checks) {
    alter_ = [this, checks](std::string&) {
      if (recorder_->tally().checks >= checks) witness_->stop_after_frames = 1;
    };
  }
};

/// BitMEX has quotes, without numbers.
class LiveQuotes : public LiveRecording {
 protected:
  LiveQuotes() {
    options_.sync = 20ms;
    patience_ = {.image = 60s, .quiet = 60s, .check = 20ms, .check_pace = 20ms};
  }
};

/// Sizes are others from a moment on. All levels are known, and no number is missing.
TEST_F(LiveQuotes, find_a_book_that_is_another_without_a_sign) {
  std::size_t spoiled_from = 0;
  std::uint64_t agreed_before = 0;
  constexpr std::uint64_t sound = Quotes::sight + 200;
  alter_ = [&](std::string& text) {
    const Tally& tally = recorder_->tally();
    const std::uint64_t disagreed = tally.checks - tally.agreed;
    if (disagreed > 0 && tally.agreed >= agreed_before + 100) witness_->stop_after_frames = 1;
    const bool is_change = text.find(R"("table":"orderBookL2")") != std::string::npos &&
                           text.find(R"("action":"partial")") == std::string::npos;
    if (disagreed > 0 || tally.agreed < sound || !is_change) return;
    if (spoiled_from == 0) spoiled_from = output_.written.size();
    agreed_before = tally.agreed;
    const std::string size = R"("size":)";
    for (std::size_t at = text.find(size); at != std::string::npos; at = text.find(size, at + 1))
      text.insert(at + size.size(), "9");
  };
  serve();
  record(10min);
  EXPECT_GE(recorder_->tally().agreed, agreed_before + 100) << "it is healed";
  EXPECT_EQ(recorder_->tally().checks, recorder_->tally().agreed + 1);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("quotes best levels that the book never had")));
  EXPECT_EQ(server_->statistics().connections, 1U);
  const auto gap = std::find_if(output_.written.begin(), output_.written.end(),
                                [](const auto& written) { return written.book.gap; });
  const auto spoiled = output_.written.begin() + static_cast<std::ptrdiff_t>(spoiled_from);
  ASSERT_LE(spoiled, gap);
  output_.written.erase(spoiled, gap);  // nobody can know them wrong
  expect_true_books();
}

TEST_F(LiveQuotes, never_call_a_true_book_wrong) {
  constexpr std::uint64_t checks = 3 * Quotes::sight;
  alter_ = [this](std::string&) {
    if (recorder_->tally().checks >= checks) witness_->stop_after_frames = 1;
  };
  serve();
  record(10min);
  EXPECT_GE(recorder_->tally().checks, checks);
  EXPECT_EQ(recorder_->tally().agreed, recorder_->tally().checks);
  EXPECT_EQ(recorder_->tally().losses, 0U);
  expect_true_books();
}

TEST_F(LiveQuotes, of_a_server_that_has_none_cost_nothing) {
  std::uint64_t refused = 0;
  alter_ = [&](std::string& text) {
    if (text.find(R"("subscribe":"quote:XBTUSD")") == std::string::npos) return;
    ++refused;
    text = R"({"status":400,"error":"Unknown table: quote.","meta":{},"request":{"op":"subscribe",)"
           R"("args":["quote:XBTUSD:Primary"]}})";
  };
  options_.count = 500;
  server_options_.speed = 50;
  serve();
  record(10min);
  EXPECT_EQ(refused, 1U) << "it is asked once";
  EXPECT_EQ(books(), 500U);
  EXPECT_EQ(gaps(), 0U);
}

/// What the frames say is taken out of them, their numbers stay: nothing but the witness can tell.
TEST_P(LiveWitness, finds_a_book_that_is_another_without_a_sign) {
  std::size_t spoiled_from = 0;
  std::uint64_t agreed_before = 0;
  alter_ = [&](std::string& text) {
    const Tally& tally = recorder_->tally();
    const std::uint64_t disagreed = tally.checks - tally.agreed;
    if (disagreed > 0 && tally.agreed >= agreed_before + 3) witness_->stop_after_frames = 1;
    if (disagreed > 0 || tally.agreed < 3 || !is_change(text)) return;
    if (spoiled_from == 0) spoiled_from = output_.written.size();
    agreed_before = tally.agreed;
    empty(text);
  };
  serve();
  record(10min);
  EXPECT_GE(recorder_->tally().agreed, agreed_before + 3) << "it is healed";
  EXPECT_EQ(recorder_->tally().checks, recorder_->tally().agreed + 1);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("a snapshot of the exchange has other levels")));
  EXPECT_EQ(server_->statistics().connections, 1U);
  const auto gap = std::find_if(output_.written.begin(), output_.written.end(),
                                [](const auto& written) { return written.book.gap; });
  const auto spoiled = output_.written.begin() + static_cast<std::ptrdiff_t>(spoiled_from);
  ASSERT_LE(spoiled, gap);
  output_.written.erase(spoiled, gap);  // nobody can know them wrong
  expect_true_books();
}

/// Numbers of OKX begin anew now and then, and either channel may be the first.
TEST_P(LiveWitness, never_calls_a_true_book_wrong) {
  server_options_.speed = 1000;
  market_.rate = 40;
  stop_after(300);
  serve();
  record(10min);
  EXPECT_GE(recorder_->tally().checks, 300U);
  EXPECT_EQ(recorder_->tally().agreed, recorder_->tally().checks);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(recorder_->tally().losses, 0U);
  expect_true_books();
}

TEST_P(LiveWitness, of_books_that_are_lost_and_come_back_says_nothing_wrong) {
  options_.symbols = {"1", "2"};
  speak(GetParam());
  for (std::uint64_t frame = 50; frame < 500; frame += 50) {
    plan({.fault = Fault::lost_delta}, frame);
    plan({.fault = Fault::cut}, frame + 25);
  }
  stop_after(200);
  serve();
  record(10min);
  EXPECT_GE(recorder_->tally().checks, 200U);
  EXPECT_EQ(recorder_->tally().agreed, recorder_->tally().checks);
  EXPECT_THAT(gap_reasons(), Each(testing::Not(HasSubstr("has other levels"))));
  EXPECT_GE(gaps(), 5U);
  expect_true_books();
}

TEST_P(LiveWitness, is_not_asked_for_where_nobody_wants_it) {
  options_.verify_live = false;
  options_.count = 200;
  serve();
  record(10min);
  EXPECT_EQ(recorder_->tally().checks, 0U);
}

TEST_P(LiveWitness, stands_in_the_capture_and_replays_to_the_same_books_and_checks) {
  const std::string folder = scratch_ / "captures", day = "20260102.capture.zst";
  market_.start = parse_iso("2026-01-02T12:00:00Z").value();
  market_clock_ = [](Timestamp market) { return market; };
  stop_after(20);
  {
    Captures captures{{.folder = folder, .symbol = {}, .lock_holder = {}}, options_.symbols};
    captures_ = &captures;
    serve();
    record(10min);
    captures.close();
  }
  const std::string& symbol = options_.symbols[0];
  MemoryOutput again;
  Recorder recorder{options_.recorder(), again};
  const auto protocol = options_.venue->make_protocol({});
  store::CaptureReader reader{store::open_input(folder + "/" + symbol + "_" + day), "capture"};
  while (const auto line = reader.next())
    static_cast<void>(
        recorder.on_frame(protocol->decode(line->frame), line->frame.size(), *line->received));
  using Seen = std::tuple<int, std::uint32_t, bool>;
  std::vector<Seen> live, replayed;
  for (const auto& one : output_.written)
    live.emplace_back(one.book.time.time, ladder_crc(one.book), one.book.gap);
  for (const auto& one : again.written)
    replayed.emplace_back(one.book.time.time, ladder_crc(one.book), one.book.gap);
  EXPECT_EQ(replayed, live);
  EXPECT_GE(again.received.at(symbol).verified.checks, 20U);
  EXPECT_EQ(again.received.at(symbol).verified, output_.received.at(symbol).verified);
}

INSTANTIATE_TEST_SUITE_P(Venues, LiveWitness,
                         testing::Values(Venue::bybit_linear, Venue::bybit_spot,
                                         Venue::bybit_inverse, Venue::okx),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

}  // namespace
}  // namespace obkit::obsave
