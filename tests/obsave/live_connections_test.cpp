// Recordings from several connections at a time, from the simulated exchange: one carries fewer
// symbols here than it does in truth.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live_recording.hpp"
#include "log_watch.hpp"
#include "obsave/captures.hpp"
#include "support/test_name.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using exchange::Fault;
using exchange::Venue;
using testing::AnyOf;
using testing::Each;
using testing::HasSubstr;

class LiveConnections : public LiveRecording {
 protected:
  LiveConnections() {
    market_.start = parse_iso("2026-01-02T12:00:00Z").value();
    market_clock_ = [](Timestamp market) { return market; };
    options_.sync = 20ms;        // ticks of 5 ms
    server_options_.speed = 20;  // a change of each symbol in 5 ms
    follows_connections_ = true;
    patience_.image = patience_.quiet = patience_.succession = 5min;
    patience_.next_succession = 1ms;
  }

  /// Three symbols, and how many of them a connection carries.
  void record_three(Venue venue, std::size_t most) {
    options_.symbols = {"1", "2"};
    speak(venue);
    std::string third = options_.symbols.front();
    third.replace(third.find("BTC"), 3, "XRP");
    options_.symbols.push_back(third);
    market_.symbols = options_.symbols;
    venue_ = *options_.venue;
    venue_.symbols_max = most;
    options_.venue = &venue_;
  }

  /// Until `is_enough`, and some frames of the first connection more.
  void record_until(const std::function<bool()>& is_enough) {
    bool was_enough = false;
    alter_ = [&](std::string&) {
      if (was_enough || !is_enough()) return;
      was_enough = true;
      witness_->stop_after_frames = 30;
    };
    serve();
    record(10min);
    EXPECT_TRUE(was_enough);
    expect_true_books();
  }

  [[nodiscard]] bool has_books_of_all(std::size_t least) const {
    return std::all_of(options_.symbols.begin(), options_.symbols.end(),
                       [&](const std::string& symbol) { return books(symbol) >= least; });
  }

  [[nodiscard]] std::set<std::string> symbols_with_gaps() const {
    std::set<std::string> symbols;
    for (const std::string& symbol : options_.symbols)
      if (gaps(symbol) > 0) symbols.insert(symbol);
    return symbols;
  }

  feed::Venue venue_{};
};

class EveryVenueConnections : public LiveConnections, public testing::WithParamInterface<Venue> {};

TEST_P(EveryVenueConnections, share_the_symbols_in_equal_parts) {
  record_three(GetParam(), 2);
  record_until([&] { return has_books_of_all(50); });
  EXPECT_EQ(live_->size(), 2U);
  EXPECT_EQ(server_->statistics().connections, 2U);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(live_->upkeep().reconnects(), 0U);
}

/// Frames that a venue numbers by the connection, garbage and disconnects stand in the captures of
/// their own connection alone.
TEST_P(EveryVenueConnections, replay_from_captures_to_the_same_books) {
  record_three(GetParam(), 2);
  server_options_.drop_after = {40, 60, 80};
  plan({.fault = Fault::garbage_text}, 200);
  const std::string folder = scratch_ / "captures";
  Captures captures{{.folder = folder, .symbol = {}, .lock_holder = {}}, options_.symbols};
  captures_ = &captures;
  record_until([&] {
    return live_->upkeep().reconnects() >= 3 && has_books_of_all(150) &&
           server_->statistics().connections >= 5;
  });
  captures.close();
  EXPECT_GE(symbols_with_gaps().size(), 1U);
  expect_captures_replay_to_the_same_books(folder, "20260102");
}

INSTANTIATE_TEST_SUITE_P(Simulated, EveryVenueConnections,
                         testing::Values(Venue::coinbase, Venue::okx, Venue::bybit_linear,
                                         Venue::binance_spot, Venue::binance_usdm),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

TEST_F(LiveConnections, a_cut_is_a_gap_of_its_own_symbols_only) {
  record_three(Venue::coinbase, 2);
  bool is_cut = false;
  record_until([&] {
    if (!is_cut && has_books_of_all(40)) {
      is_cut = true;
      server_->inject({.fault = Fault::cut, .connection = 1});
    }
    return is_cut && gaps() > 0 && has_books_of_all(100);
  });
  // Which of the two the exchange saw first may differ.
  const std::set<std::string> first{options_.symbols[0]};
  const std::set<std::string> second{options_.symbols[1], options_.symbols[2]};
  EXPECT_THAT(symbols_with_gaps(), AnyOf(first, second));
  EXPECT_EQ(gaps(), symbols_with_gaps().size());
  EXPECT_THAT(gap_reasons(), Each(HasSubstr("cut")));
  EXPECT_EQ(live_->upkeep().reconnects(), 1U);
  EXPECT_EQ(server_->statistics().connections, 3U);
}

TEST_F(LiveConnections, a_planned_end_of_one_leaves_no_gap) {
  record_three(Venue::okx, 2);
  bool announced = false;
  record_until([&] {
    if (!announced && has_books_of_all(20)) {
      announced = true;
      server_->inject({.fault = Fault::maintenance, .connection = 1});
    }
    return live_->upkeep().successions() >= 1 && has_books_of_all(150);
  });
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(live_->upkeep().reconnects(), 0U);
  for (const std::string& symbol : options_.symbols) expect_each_frame_once(symbol);
}

TEST_F(LiveConnections, are_told_of_in_log_and_status) {
  record_three(Venue::okx, 1);
  const LogWatch log;
  std::set<std::size_t> standing;
  record_until([&] {
    standing.insert(status_.standing);
    return has_books_of_all(50) && status_.standing == 3;
  });
  EXPECT_EQ(status_.wanted, 3U);
  EXPECT_EQ(status_.connections, 3U);
  EXPECT_TRUE(status_.is_connected);
  EXPECT_THAT(log.text(), HasSubstr("connection 1 of 3: connected to "));
  EXPECT_THAT(log.text(), HasSubstr("connection 3 of 3: connected to "));
}

}  // namespace
}  // namespace obkit::obsave
