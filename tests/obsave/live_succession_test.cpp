// Recordings that go from one connection to the next, from the simulated exchange. Only the order
// of frames decides here, whatever the pace: each test goes on until it has seen enough. Where two
// connections meet is told by succession_test.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/store/trade_reader.hpp"

#include "live_recording.hpp"
#include "obsave/captures.hpp"
#include "support/test_name.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using exchange::Fault;
using exchange::Venue;
using testing::IsEmpty;

class LiveSuccession : public LiveRecording {
 protected:
  LiveSuccession() {
    market_.start = parse_iso("2026-01-02T12:00:00Z").value();
    market_clock_ = [](Timestamp market) { return market; };
    options_.sync = 20ms;        // ticks of 5 ms
    server_options_.speed = 20;  // a change each 5 ms
    options_.symbols = {"1", "2"};
    follows_connections_ = true;
    patience_.image = patience_.quiet = patience_.succession = 5min;
    patience_.next_succession = 1ms;
  }

  /// Each connection is to have a successor as soon as there can be one.
  void renew_always() {
    venue_ = *options_.venue;
    venue_.renewal = 1ms;
    options_.venue = &venue_;
  }

  /// Until `is_enough`, and some frames more.
  void record_until(const std::function<bool()>& is_enough) {
    bool was_enough = false;
    alter_ = [&](std::string&) {
      if (was_enough || !is_enough()) return;
      was_enough = true;
      witness_->stop_after_frames = 60;
    };
    serve();
    record(10min);
    EXPECT_TRUE(was_enough);
    expect_true_books();
  }

  void expect_no_gap() {
    EXPECT_EQ(gaps(), 0U);
    EXPECT_THAT(witness_->disconnects, IsEmpty());
    EXPECT_EQ(live_->upkeep().reconnects(), 0U);
    for (const std::string& symbol : options_.symbols) expect_each_frame_once(symbol);
  }

  feed::Venue venue_{};
};

class EverySuccession : public LiveSuccession, public testing::WithParamInterface<Venue> {
 protected:
  EverySuccession() { speak(GetParam()); }
};

TEST_P(EverySuccession, of_age_leaves_no_gap_and_replays) {
  renew_always();
  const std::string folder = scratch_ / "captures";
  Captures captures{{.folder = folder, .symbol = {}, .lock_holder = {}}, options_.symbols};
  captures_ = &captures;
  record_until([&] { return live_->upkeep().successions() >= 4; });
  captures.close();
  expect_no_gap();
  EXPECT_GE(server_->statistics().connections, 5U);
  expect_captures_replay_to_the_same_books(folder, "20260102");
}

/// It never stands where the second connection does: that is always ahead.
TEST_P(EverySuccession, of_a_recorder_that_lags_leaves_no_gap_and_replays) {
  renew_always();
  lag_ = 10;
  const std::string folder = scratch_ / "captures";
  Captures captures{{.folder = folder, .symbol = {}, .lock_holder = {}}, options_.symbols};
  captures_ = &captures;
  record_until([&] { return live_->upkeep().successions() >= 3; });
  captures.close();
  expect_no_gap();
  expect_captures_replay_to_the_same_books(folder, "20260102");
}

TEST_P(EverySuccession, that_is_refused_is_tried_again) {
  renew_always();
  plan({.fault = Fault::refuse_upgrade, .count = 3, .status = 503, .retry_after = 0s}, 1);
  record_until(
      [&] { return live_->upkeep().successions() >= 2 && server_->statistics().refused == 3; });
  expect_no_gap();
}

TEST_P(EverySuccession, whose_connections_are_cut_leaves_ordinary_gaps) {
  renew_always();
  server_options_.drop_after = {40, 3, 1, 2, 30, 1, 5, 20, 2, 60};
  record_until([&] {
    return server_->statistics().connections > server_options_.drop_after.size() &&
           live_->upkeep().successions() >= 2;
  });
}

TEST_P(EverySuccession, whose_connections_fall_silent_leaves_ordinary_gaps) {
  renew_always();
  shorten_ = [](net::SessionOptions& options) { options.silence = 200ms; };
  server_options_.mute_after = {40, 3, 30};
  record_until([&] {
    return server_->statistics().connections > server_options_.mute_after.size() &&
           live_->upkeep().successions() >= 2;
  });
}

INSTANTIATE_TEST_SUITE_P(Simulated, EverySuccession,
                         testing::Values(Venue::deribit, Venue::okx, Venue::bybit_linear,
                                         Venue::binance_spot, Venue::binance_usdm),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

/// Trades over several connections, against those of the market.
class SuccessionOfTrades : public LiveSuccession, public testing::WithParamInterface<Venue> {
 protected:
  SuccessionOfTrades() {
    speak(GetParam());
    renew_always();
  }

  /// With captures, over so many successions.
  void record_trades(std::uint64_t successions) {
    Captures captures{{.folder = scratch_ / "captures", .symbol = {}, .lock_holder = {}},
                      options_.symbols};
    TradeOutput trades{in_folder("live"), TradeOutput::OnTrouble::pass_on};
    captures_ = &captures;
    trade_output_ = &trades;
    record_until([&] {
      return live_->upkeep().successions() >= successions && has_trades_of_each_symbol();
    });
    recorder_->finish();
    trades.close();
    captures.close();
  }

  /// As a replay does it.
  void replay_trades(const std::string& symbol) {
    TradeOutput output{in_folder("again"), TradeOutput::OnTrouble::pass_on};
    TradeRecorder trades{{.symbols = {symbol}}, output};
    const auto protocol = options_.venue->make_protocol({.symbols = {symbol}, .with_trades = true});
    store::CaptureReader reader{
        store::open_input(scratch_ / "captures/" + symbol + "_20260102.capture.zst"), "capture"};
    while (const auto line = reader.next()) {
      ASSERT_FALSE(line->is_disconnect());
      trades.on_frame(feed::decode_captured(*protocol, line->frame).trades, *line->received);
    }
    trades.finish();
    output.close();
  }

  [[nodiscard]] std::vector<store::RecordedTrade> trades_in(const std::string& folder,
                                                            const std::string& symbol) const {
    store::TradeStream stream{store::trade_files(scratch_ / folder, store::name_of_symbol(symbol)),
                              store::BadLine::refuse};
    std::vector<store::RecordedTrade> trades;
    while (stream.next()) trades.push_back(stream.trade());
    return trades;
  }

  /// Each number of the market's trades is in one of them, from that of the first on: none is
  /// missing, none comes twice. OKX tells several fills by the number of the last.
  void expect_each_trade_once(const std::string& symbol) {
    const auto trades = trades_in("live", symbol);
    EXPECT_GE(trades.size(), enough_trades) << symbol;
    std::uint64_t last = 0;
    for (const store::RecordedTrade& one : trades) {
      const std::uint64_t number = std::stoull(one.trade.id);
      EXPECT_FALSE(one.gap) << symbol << ", trade " << number;
      ASSERT_GT(number, last) << symbol;
      const auto size = true_size(symbol, last + 1, number, one.trade.price);
      EXPECT_TRUE(last == 0 || size == one.trade.volume) << symbol << ", trade " << number;
      last = number;
    }
  }

 private:
  static constexpr std::uint64_t enough_trades = 30;

  [[nodiscard]] bool has_trades_of_each_symbol() const {
    const auto tallies = trades_->symbol_tallies();
    return std::ranges::all_of(options_.symbols, [&](const std::string& symbol) {
      const auto found = tallies.find(symbol);
      return found != tallies.end() && found->second.trades >= enough_trades;
    });
  }

  [[nodiscard]] store::DayFileOptions in_folder(const std::string& folder) const {
    return {.folder = scratch_ / folder, .symbol = {}, .overlap = store::Overlap::clamp};
  }

  /// Of the market's trades from one number to another; empty where one is not at this price.
  std::optional<double> true_size(const std::string& symbol, std::uint64_t first,
                                  std::uint64_t last, Price price) {
    const std::lock_guard lock{mutex_};
    double size = 0;
    std::uint64_t next = first;
    for (const exchange::MarketTrade& trade : true_trades_[symbol]) {
      if (trade.number < first || trade.number > last) continue;
      if (trade.number != next++ || trade.price != price) return std::nullopt;
      size += static_cast<double>(trade.size);
    }
    return next == last + 1 ? std::optional{size} : std::nullopt;
  }
};

TEST_P(SuccessionOfTrades, leaves_out_none_and_has_none_twice) {
  record_trades(4);
  expect_no_gap();
  for (const std::string& symbol : options_.symbols) expect_each_trade_once(symbol);
}

TEST_P(SuccessionOfTrades, of_a_recorder_that_lags_leaves_out_none_and_has_none_twice) {
  lag_ = 10;
  record_trades(3);
  expect_no_gap();
  for (const std::string& symbol : options_.symbols) expect_each_trade_once(symbol);
}

TEST_P(SuccessionOfTrades, replays) {
  record_trades(3);
  for (const std::string& symbol : options_.symbols) {
    replay_trades(symbol);
    EXPECT_EQ(trades_in("again", symbol), trades_in("live", symbol)) << symbol;
  }
}

INSTANTIATE_TEST_SUITE_P(Simulated, SuccessionOfTrades,
                         testing::Values(Venue::binance_spot, Venue::binance_usdm, Venue::okx,
                                         Venue::deribit),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

class AnnouncedEnd : public LiveSuccession, public testing::WithParamInterface<Venue> {};

TEST_P(AnnouncedEnd, leaves_no_gap) {
  speak(GetParam());
  plan({.fault = Fault::maintenance});
  record_until([&] { return live_->upkeep().successions() == 1; });
  expect_no_gap();
  EXPECT_EQ(server_->statistics().connections, 2U);
}

INSTANTIATE_TEST_SUITE_P(Simulated, AnnouncedEnd,
                         testing::Values(Venue::okx, Venue::binance_spot, Venue::binance_usdm,
                                         Venue::binance_coinm),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

}  // namespace
}  // namespace obkit::obsave
