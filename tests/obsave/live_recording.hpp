#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"

#include "ladder_crc.hpp"
#include "memory_output.hpp"
#include "obsave/live.hpp"
#include "scratch_folder.hpp"

namespace obkit::obsave {

/// Passes on to a Live, and keeps what happened to the connection.
class Witness final : public net::SessionObserver {
 public:
  explicit Witness(Live& live) : live_{live} {}

  std::vector<net::Disconnect> disconnects;
  std::vector<std::chrono::milliseconds> pauses;  ///< after each of them
  std::uint64_t heartbeats = 0;                   ///< of Deribit, that ask for an answer
  bool stop_at_disconnect = false;
  std::uint64_t stop_after_frames = std::numeric_limits<std::uint64_t>::max();

  std::vector<feed::Request> on_open() override { return live_.on_open(); }
  net::Next on_frame(std::string_view text, Timestamp received) override {
    if (text.find("test_request") != std::string_view::npos) ++heartbeats;
    net::Next next = live_.on_frame(text, received);
    if (--stop_after_frames == 0) next.step = net::Next::Step::stop;
    return next;
  }
  net::Next on_answer(const feed::HttpAnswer& answer, Timestamp received) override {
    return live_.on_answer(answer, received);
  }
  net::Next::Step on_disconnect(const net::Disconnect& disconnect,
                                std::chrono::milliseconds pause) override {
    disconnects.push_back(disconnect);
    pauses.push_back(pause);
    const auto step = live_.on_disconnect(disconnect, pause);
    return stop_at_disconnect ? net::Next::Step::stop : step;
  }
  net::Next on_tick(const net::Tick& tick) override { return live_.on_tick(tick); }

 private:
  Live& live_;
};

/// A whole recording from the simulated exchange, which knows the true book of every frame.
class LiveRecording : public testing::Test {
 protected:
  LiveRecording() {
    market_.start = parse_iso("2026-01-01T23:59:55Z").value();
    server_options_.speed = std::nullopt;
    options_.out = "-";
    options_.venue = feed::find_venue("bitmex");
    options_.every = Every::message;
  }

  /// Another exchange, with as many of its symbols.
  void speak(exchange::Venue venue) {
    server_options_.venue = venue;
    options_.venue = feed::find_venue(exchange::to_string(venue));
    if (venue == exchange::Venue::bitmex) return;
    market_.symbols = {"BTC-PERPETUAL", "ETH-PERPETUAL"};
    market_.symbols.resize(std::max<std::size_t>(options_.symbols.size(), 1));
    options_.symbols = market_.symbols;
  }

  void record_two_symbols() { market_.symbols = options_.symbols = {"XBTUSD", "ETHUSD"}; }

  void plan(exchange::Injection injection, std::uint64_t after = 100) {
    server_options_.plan.push_back({.after = after, .injection = std::move(injection)});
  }

  void serve() {
    server_.emplace(exchange::make_synthetic_source(market_), server_options_,
                    [this](const exchange::Truth& truth) {
                      if (truth.receivers == 0) return;
                      const std::lock_guard lock{mutex_};
                      truth_[truth.channel.symbol].push_back(truth.book.ladder_crc());
                    });
    server_->start();
    options_.ca_file = scratch_ / "ca.pem";
    std::ofstream{options_.ca_file} << server_->authority();
    options_.url = server_->url();
    complete(options_);
  }

  void record(std::optional<std::chrono::milliseconds> at_most = {}) {
    protocol_ = options_.venue->make_protocol({options_.symbols, options_.pool});
    recorder_.emplace(options_.recorder(), *target_);
    live_.emplace(options_,
                  Live::Parts{.protocol = *protocol_,
                              .recorder = *recorder_,
                              .output = *target_,
                              .captures = captures_,
                              .on_status = [this](const Status& status) { status_ = status; }},
                  patience_);
    witness_.emplace(*live_);
    witness_->stop_at_disconnect = stop_at_disconnect_;
    witness_->stop_after_frames = stop_after_frames_;
    auto session_options = obsave::session_options(options_);
    session_options.backoff.first = std::chrono::milliseconds{1};
    session_options.backoff.longest = std::chrono::milliseconds{20};
    if (shorten_) shorten_(session_options);
    net::Session session{session_options, std::mt19937{1}};
    session.run(*witness_, at_most);
  }

  /// Each book is the true one of a frame, in the order of the frames. Frames may be missing (they
  /// were on the way when a connection was cut, say) only before the first book and those with a
  /// gap.
  void expect_true_books() {
    const std::lock_guard lock{mutex_};
    for (const std::string& symbol : options_.symbols) expect_true_books(symbol);
  }

  /// Of one symbol, or of all.
  [[nodiscard]] std::size_t books(const std::string& symbol = {}) const {
    return count(symbol, [](const OrderBook&) { return true; });
  }
  [[nodiscard]] std::size_t gaps(const std::string& symbol = {}) const {
    return count(symbol, [](const OrderBook& book) { return book.gap; });
  }
  [[nodiscard]] std::vector<std::string> gap_reasons() const {
    std::vector<std::string> reasons;
    for (const auto& written : output_.written)
      if (written.book.gap) reasons.push_back(written.gap_reason);
    return reasons;
  }

  ScratchFolder scratch_;
  exchange::SyntheticOptions market_;
  exchange::ServerOptions server_options_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::uint32_t>> truth_;  ///< CRC of the book after each frame
  std::optional<exchange::Server> server_;                   ///< tells the truth
  Options options_;
  Patience patience_;
  std::function<void(net::SessionOptions&)> shorten_;  ///< a session's times
  bool stop_at_disconnect_ = false;
  std::uint64_t stop_after_frames_ = std::numeric_limits<std::uint64_t>::max();
  Captures* captures_ = nullptr;

  MemoryOutput output_;
  Output* target_ = &output_;
  std::unique_ptr<feed::Protocol> protocol_;
  std::optional<Recorder> recorder_;
  std::optional<Live> live_;
  std::optional<Witness> witness_;
  Status status_;  ///< the last one that was told

 private:
  template <class Wanted>
  std::size_t count(const std::string& symbol, Wanted wanted) const {
    std::size_t found = 0;
    for (const auto& written : output_.written)
      found += (symbol.empty() || written.symbol == symbol) && wanted(written.book) ? 1 : 0;
    return found;
  }

  /// Frames that leave the book as it was make it look the same more than once: all the frames
  /// that a book can be of are followed.
  void expect_true_books(const std::string& symbol) {
    const std::vector<std::uint32_t>& truth = truth_[symbol];
    std::vector<std::size_t> next(truth.size());  ///< frames that the next book can be of
    std::iota(next.begin(), next.end(), 0);
    std::size_t i = 0;
    for (const auto& [name, book, reason] : output_.written) {
      if (name != symbol) continue;
      const std::uint32_t crc = ladder_crc(book);
      if (book.gap) {
        // A second partial brings the book of the frame before once more.
        const std::size_t first = next.front() - std::min<std::size_t>(next.front(), 1);
        next.resize(truth.size() - first);
        std::iota(next.begin(), next.end(), first);
      }
      std::erase_if(next, [&](std::size_t at) { return at >= truth.size() || truth[at] != crc; });
      ASSERT_FALSE(next.empty()) << symbol << ", book " << i << ": " << reason;
      for (std::size_t& at : next) ++at;
      ++i;
    }
  }
};

}  // namespace obkit::obsave
