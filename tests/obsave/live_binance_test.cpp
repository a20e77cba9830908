// Recordings of Binance, whose books come by HTTP beside the socket, from the simulated exchange.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "live_recording.hpp"
#include "log_watch.hpp"
#include "support/test_name.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using exchange::Fault;
using exchange::Venue;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

class LiveBinance : public LiveRecording {
 protected:
  LiveBinance() {
    options_.sync = 20ms;        // ticks of 5 ms
    server_options_.speed = 50;  // a diff each 2 ms
    patience_ = {.image = 10s, .quiet = 60s, .first_retry = 5ms, .longest_retry = 50ms};
    options_.symbols = {"1", "2"};
    speak(Venue::binance_spot);
  }

  void record_books(std::uint64_t books) {
    options_.count = books;
    serve();
    record(10min);
    EXPECT_EQ(output_.written.size(), books);
    expect_true_books();
  }

  const std::string btc_ = "BTCUSDT", eth_ = "ETHUSDT";  // of spot
};

class EachMarket : public LiveBinance, public testing::WithParamInterface<Venue> {};

/// Its HTTP is asked for at the host of `--url`.
TEST_P(EachMarket, is_recorded_from_one_socket_and_one_snapshot_a_symbol) {
  speak(GetParam());
  record_books(400);
  EXPECT_GT(books(options_.symbols[0]), 100U);
  EXPECT_GT(books(options_.symbols[1]), 100U);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(server_->statistics().connections, 1U);
  EXPECT_EQ(server_->statistics().requests, 2U);
}

TEST_P(EachMarket, a_hole_in_the_chain_is_mended_on_the_same_connection) {
  speak(GetParam());
  plan({.fault = Fault::lost_delta, .symbol = options_.symbols[0]}, 60);
  plan({.fault = Fault::out_of_order, .symbol = options_.symbols[0]}, 160);
  record_books(500);
  EXPECT_EQ(gaps(options_.symbols[0]), 2U);
  EXPECT_EQ(gaps(options_.symbols[1]), 0U);
  EXPECT_THAT(gap_reasons(), Each(HasSubstr("changes that do not follow the update before")));
  EXPECT_EQ(server_->statistics().connections, 1U);
}

INSTANTIATE_TEST_SUITE_P(All, EachMarket,
                         testing::Values(Venue::binance_spot, Venue::binance_usdm,
                                         Venue::binance_coinm),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

TEST_F(LiveBinance, a_snapshot_that_is_refused_is_asked_for_when_the_exchange_says) {
  for (const unsigned status : {429U, 418U}) {
    output_.written.clear();
    serve();
    server_->inject({.fault = Fault::refuse_get, .status = status, .retry_after = 1s});
    options_.count = 50;
    const LogWatch log;
    const auto begin = std::chrono::steady_clock::now();
    record(10min);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s);
    EXPECT_EQ(books(), 50U);
    expect_true_books();
    EXPECT_EQ(server_->statistics().connections, 1U);
    EXPECT_LE(server_->statistics().requests, 4U) << "no storm";
    EXPECT_THAT(log.text(), HasSubstr("HTTP " + std::to_string(status)));
    EXPECT_EQ(count_of(log.text(), "; nothing is asked for 1 s\n"), 1U);
  }
}

TEST_F(LiveBinance, a_snapshot_that_is_late_is_joined_to_all_that_came_meanwhile) {
  serve();
  server_->inject({.fault = Fault::late_answer, .time = 200ms, .count = 2});
  options_.count = 200;
  record(10min);
  EXPECT_EQ(books(), 200U);
  expect_true_books();
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(server_->statistics().connections, 1U);
}

TEST_F(LiveBinance, a_snapshot_older_than_the_stream_is_asked_for_again) {
  plan({.fault = Fault::old_answer}, 60);
  plan({.fault = Fault::lost_delta, .symbol = btc_}, 60);
  const LogWatch log;
  record_books(400);
  EXPECT_THAT(log.text(), HasSubstr("its snapshot ("));
  EXPECT_THAT(log.text(), HasSubstr(") is older than the changes (from "));
  EXPECT_EQ(gaps(btc_), 1U);
  EXPECT_EQ(gaps(eth_), 0U);
  EXPECT_EQ(server_->statistics().connections, 1U);
}

TEST_F(LiveBinance, a_stream_that_fell_silent_is_subscribed_to_anew) {
  patience_.quiet = 150ms;
  plan({.fault = Fault::silence, .symbol = btc_}, 60);
  record_books(1500);
  EXPECT_EQ(gaps(btc_), 1U);
  EXPECT_EQ(gaps(eth_), 0U);
  EXPECT_EQ(server_->statistics().connections, 1U);
  EXPECT_THAT(gap_reasons(), Each(HasSubstr("changes that do not follow the update before")));
}

TEST_F(LiveBinance, a_symbol_that_it_accepts_and_does_not_have_is_told_once) {
  patience_.unserved = 1s;  // long after the answer, long before the end
  options_.symbols = {"NOPEUSDT", btc_};
  options_.count = 1'000;
  serve();
  const LogWatch log;
  record(10min);
  EXPECT_EQ(books(btc_), 1'000U);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(server_->statistics().connections, 1U);
  EXPECT_EQ(server_->statistics().requests, 2U);
  EXPECT_EQ(count_of(log.text(), "NOPEUSDT"), 1U) << log.text();
  EXPECT_THAT(log.text(), HasSubstr("the exchange refuses: no such symbol: NOPEUSDT (-1121)\n"));
}

TEST_F(LiveBinance, a_symbol_that_it_accepts_and_never_serves_is_told_once) {
  patience_.unserved = 100ms;
  alter_ = [](std::string& text) {
    if (text.find("ethusdt@depth") != std::string::npos) text = "{}";
  };
  options_.count = 300;
  serve();
  const LogWatch log;
  record(10min);
  EXPECT_GE(books(btc_), 299U) << "the other has its snapshot at most";
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(server_->statistics().connections, 1U);
  EXPECT_EQ(count_of(log.text(), "ETHUSDT"), 1U) << log.text();
  EXPECT_THAT(log.text(), HasSubstr("warning: the exchange accepted ETHUSDT and sent nothing "
                                    "of it for 0 s: is it traded there?\n"));
}

/// As if no more levels had come, though all that may be asked for did: the last is repeated.
void leave_few_levels(std::string& body) {
  constexpr std::size_t asked = 1000, left = 101;
  auto json = nlohmann::ordered_json::parse(body);
  for (const char* side : {"bids", "asks"}) {
    auto& levels = json[side];
    while (levels.size() > left) levels.erase(left);
    while (levels.size() < asked) levels.push_back(levels.back());
  }
  body = json.dump();
}

TEST_F(LiveBinance, a_snapshot_that_runs_out_is_renewed_without_a_gap) {
  speak(Venue::binance_usdm);
  alter_answer_ = leave_few_levels;
  options_.count = 600;
  serve();
  const LogWatch log;
  record(10min);
  EXPECT_EQ(books(), 600U);
  EXPECT_EQ(gaps(), 0U);
  expect_true_books();
  EXPECT_THAT(log.text(), HasSubstr("few levels of the snapshot of "));
  EXPECT_GE(server_->statistics().requests, options_.symbols.size() + 1);
  EXPECT_EQ(server_->statistics().connections, 1U);
}

/// A moment inside a diff: a size was another one then, and is back before the diff ends, so that
/// no diff names it. No rule of numbers finds it.
void move_inside_the_next_diff(std::string& body) {
  const std::string name = R"("lastUpdateId":)";
  const std::size_t begin = body.find(name) + name.size(), end = body.find(',', begin);
  const std::uint64_t number = std::stoull(body.substr(begin, end - begin));
  body.replace(begin, end - begin, std::to_string(number + 1));
  constexpr int rank = 45;
  std::size_t at = body.find(R"("bids":[)");
  for (int i = 0; i < rank; ++i) at = body.find("[\"", at + 1);
  const std::size_t size = body.find(R"(",")", at) + 3;
  body.insert(size, "9");
}

TEST_F(LiveBinance, the_trap_of_the_bridge_is_found_by_a_second_snapshot_and_healed) {
  options_.symbols = {"1"};
  speak(Venue::binance_spot);
  server_options_.speed = 1;  // a diff each 100 ms
  patience_.check = patience_.check_pace = 20ms;
  patience_.image = 5s;  // GETs wait for one another
  bool is_spoiled = false;
  alter_answer_ = [&](std::string& body) {
    if (!std::exchange(is_spoiled, true)) move_inside_the_next_diff(body);
  };
  alter_ = [&](std::string&) {
    if (recorder_->tally().agreed >= 3) witness_->stop_after_frames = 1;
  };
  serve();
  record(10min);
  EXPECT_GE(recorder_->tally().agreed, 3U);
  EXPECT_EQ(recorder_->tally().checks, recorder_->tally().agreed + 1);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("a snapshot of the exchange has other levels")));
  EXPECT_EQ(server_->statistics().connections, 1U);
  const auto gap = std::find_if(output_.written.begin(), output_.written.end(),
                                [](const auto& written) { return written.book.gap; });
  EXPECT_NE(gap, output_.written.begin()) << "nobody could know them wrong";
  output_.written.erase(output_.written.begin(), gap);
  expect_true_books();
}

}  // namespace
}  // namespace obkit::obsave
