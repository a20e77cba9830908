#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
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
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/exchange/protocol.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/feed/protocol.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/input.hpp"

#include "memory_output.hpp"
#include "obsave/live/fleet.hpp"
#include "obsave/trade_output.hpp"
#include "obsave/trade_recorder.hpp"
#include "support/ladder_crc.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obsave {

/// Passes on to a Live, and keeps what happened to the connection.
class Witness final : public net::SessionObserver {
 public:
  /// `successions` counts those of it.
  explicit Witness(net::SessionObserver& live, std::function<std::uint64_t()> successions)
      : live_{live}, successions_{std::move(successions)} {}

  std::vector<net::Disconnect> disconnects;
  std::vector<std::chrono::milliseconds> pauses;   ///< after each of them
  std::uint64_t heartbeats = 0;                    ///< of Deribit, that ask for an answer
  std::function<void(std::string&)> alter;         ///< what happens to a message on its way
  std::function<void(std::string&)> alter_answer;  ///< and to the body of an answer
  bool stop_at_disconnect = false;
  std::uint64_t stop_after_frames = std::numeric_limits<std::uint64_t>::max();
  std::size_t lag = 0;  ///< frames that wait before they are passed on

  std::vector<feed::Request> on_open() override {
    waiting_.clear();
    return live_.on_open();
  }
  net::Next on_frame(std::string_view text, Timestamp received) override {
    if (text.find("test_request") != std::string_view::npos) ++heartbeats;
    std::string altered;
    if (alter) altered = text, alter(altered), text = altered;
    if (lag > 0) altered = delay(text), text = altered;
    if (lag > 0 && altered.empty()) return {};
    net::Next next = live_.on_frame(text, received);
    if (--stop_after_frames == 0) next.step = net::Next::Step::stop;
    return next;
  }
  net::SessionObserver* heir() override { return live_.heir(); }
  net::Next on_answer(const feed::HttpAnswer& answer, Timestamp received) override {
    if (!alter_answer) return live_.on_answer(answer, received);
    std::string altered{answer.body};
    alter_answer(altered);
    feed::HttpAnswer other = answer;
    other.body = altered;
    return live_.on_answer(other, received);
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
  /// What came `lag` frames ago on the connection that is the first now; empty: nothing.
  std::string delay(std::string_view text) {
    const std::uint64_t now = successions_();
    if (std::exchange(followed_, now) != now) waiting_.clear();
    waiting_.emplace_back(text);
    if (waiting_.size() <= lag) return {};
    std::string oldest = std::move(waiting_.front());
    waiting_.pop_front();
    return oldest;
  }

  net::SessionObserver& live_;
  std::function<std::uint64_t()> successions_;
  std::deque<std::string> waiting_;
  std::uint64_t followed_ = 0;  ///< connections, by another
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
    market_.symbols = exchange::protocol(venue).sample_symbols();
    market_.symbols.resize(std::max<std::size_t>(options_.symbols.size(), 1));
    options_.symbols = market_.symbols;
    const std::size_t window = exchange::protocol(venue).batches().levels;
    if (window > 0) options_.depth = std::min(options_.depth, 2 * window);
  }

  void record_two_symbols() { market_.symbols = options_.symbols = {"XBTUSD", "ETHUSD"}; }

  void plan(exchange::Injection injection, std::uint64_t after = 100) {
    server_options_.plan.push_back({.after = after, .injection = std::move(injection)});
  }

  /// A new exchange in the place of one before, with truths of its own.
  void serve() {
    server_.reset();  // it tells them until it is gone
    truth_.clear();
    numbered_truth_.clear();
    true_trades_.clear();
    server_options_.on_trade = [this](const exchange::MarketTrade& trade,
                                      const exchange::Channel& channel) {
      const std::lock_guard lock{mutex_};
      true_trades_[channel.symbol].push_back(trade);
    };
    server_.emplace(exchange::make_synthetic_source(market_), server_options_,
                    [this](const exchange::Truth& truth) {
                      market_now_ = std::max(market_now_.load(), truth.time);
                      const std::lock_guard lock{mutex_};
                      numbered_truth_[truth.channel.symbol][truth.number] = truth.book.ladder_crc();
                      std::vector<std::uint32_t>& told = truth_[truth.channel.symbol];
                      // Whoever asks for books by HTTP sees what nobody was sent, too; a new
                      // subscription tells nothing new there.
                      const bool is_by_http =
                          !exchange::protocol(server_options_.venue).sends_partials();
                      const bool is_partial = truth.action == exchange::BookAction::partial;
                      if (is_by_http ? is_partial && !told.empty() : truth.receivers == 0) return;
                      told.push_back(truth.book.ladder_crc());
                    });
    server_->start();
    options_.ca_file = scratch_ / "ca.pem";
    std::ofstream{options_.ca_file} << server_->authority();
    options_.url = server_->url();
    complete(options_);
  }

  void record(std::optional<std::chrono::milliseconds> at_most = {}) {
    const auto make_protocol = [this](const std::vector<std::string>& symbols) {
      return options_.venue->make_protocol({.symbols = symbols,
                                            .pool = options_.pool,
                                            .levels = options_.depth / 2,
                                            .with_trades = trade_output_ != nullptr,
                                            .is_paced = false});
    };
    auto recorder_options = options_.recorder();
    TradeRecorderOptions trade_options{.symbols = options_.symbols};
    if (market_clock_)
      recorder_options.believes = trade_options.believes = TimeBelief{
          [this] { return std::max(market_now_.load(), market_.start) - market_.start; }, true};
    trades_.reset();
    if (trade_output_ != nullptr) trades_.emplace(trade_options, *trade_output_);
    recorder_.emplace(recorder_options, *target_, trades_ ? &*trades_ : nullptr);
    live_.emplace(options_, make_protocol,
                  Upkeep::Parts{.recorder = *recorder_,
                                .output = *target_,
                                .captures = captures_,
                                .trades = trade_output_,
                                .on_status = [this](const Status& status) { status_ = status; },
                                .on_terms = on_terms_,
                                .tradeless = tradeless_},
                  patience_);
    auto observers = live_->observers();
    witness_.emplace(*observers.front(), [this] { return live_->upkeep().successions(); });
    observers.front() = &*witness_;
    witness_->stop_at_disconnect = stop_at_disconnect_;
    witness_->stop_after_frames = stop_after_frames_;
    witness_->lag = lag_;
    witness_->alter = alter_;
    witness_->alter_answer = alter_answer_;
    auto session_options = obsave::session_options(options_);
    session_options.proxy.clear();  // of whoever runs the tests
    if (market_clock_)
      session_options.clock = [this] {
        return market_clock_(std::max(market_now_.load(), market_.start));
      };
    session_options.backoff.first = std::chrono::milliseconds{1};
    session_options.backoff.longest = std::chrono::milliseconds{20};
    session_options.connect_pace = std::chrono::milliseconds{0};
    if (shorten_) shorten_(session_options);
    net::Session session{session_options, std::mt19937{1}};
    session.run(observers, at_most);
  }

  /// Each book is the true one of a frame, in the order of the frames. Frames may be missing (they
  /// were on the way when a connection was cut, say) only before the first book and those with a
  /// gap.
  void expect_true_books() {
    // A frame may come a moment before its truth is told; the server's thread is behind that then.
    static_cast<void>(server_->statistics());
    const std::lock_guard lock{mutex_};
    for (const std::string& symbol : options_.symbols) expect_true_books(symbol);
  }

  /// The books of a symbol are those of one frame after another: none is missing, none comes twice.
  void expect_each_frame_once(const std::string& symbol) {
    static_cast<void>(server_->statistics());
    const std::lock_guard lock{mutex_};
    std::vector<std::uint32_t> truth, seen;
    for (const auto& [number, crc] : numbered_truth_[symbol]) truth.push_back(crc);
    for (const auto& [name, book, reason] : output_.written)
      if (name == symbol) seen.push_back(ladder_crc(book));
    ASSERT_FALSE(seen.empty());
    // The first change behind Binance's first snapshot may be one that the snapshot has already.
    const auto stands = [&] {
      return std::search(truth.begin(), truth.end(), seen.begin(), seen.end()) != truth.end();
    };
    if (!stands() && seen.size() > 1 && seen[0] == seen[1]) seen.erase(seen.begin());
    EXPECT_TRUE(stands()) << symbol << ": " << seen.size() << " books of " << truth.size()
                          << " frames, which are\n"
                          << testing::PrintToString(seen) << "\n"
                          << testing::PrintToString(truth);
  }

  /// What captures in a folder replay to is what was written live.
  void expect_captures_replay_to_the_same_books(const std::string& folder, const std::string& day) {
    for (const std::string& symbol : options_.symbols) {
      MemoryOutput again;
      Recorder recorder{options_.recorder(), again};
      const auto protocol = options_.venue->make_protocol({});
      store::CaptureReader reader{store::open_input(folder + "/" + store::name_of_symbol(symbol) +
                                                    "_" + day + ".capture.zst"),
                                  "capture"};
      while (const auto line = reader.next()) {
        if (line->is_disconnect()) {
          static_cast<void>(protocol->open());
          recorder.on_disconnect("disconnect");
          continue;
        }
        static_cast<void>(recorder.on_frame(feed::decode_captured(*protocol, line->frame),
                                            line->frame.size(), *line->received));
      }
      EXPECT_EQ(seen_of(again, symbol), seen_of(output_, symbol)) << symbol;
    }
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
  std::map<std::string, std::map<std::uint64_t, std::uint32_t>> numbered_truth_;
  std::map<std::string, std::vector<exchange::MarketTrade>> true_trades_;
  std::optional<exchange::Server> server_;  ///< tells the truth
  Options options_;
  Patience patience_;
  std::function<void(net::SessionOptions&)> shorten_;  ///< a session's times
  /// The recorder's clock by the market's time, however fast that goes; then times that are far
  /// from it are not believed. Empty: the clock of this computer, and all is believed.
  std::function<Timestamp(Timestamp market)> market_clock_;
  std::atomic<Timestamp> market_now_{Timestamp{}};
  std::function<void(std::string&)> alter_, alter_answer_;
  bool follows_connections_ = false;  ///< one connection follows another
  std::size_t lag_ = 0;  ///< frames that the recorder is behind on its first connection
  bool stop_at_disconnect_ = false;
  std::uint64_t stop_after_frames_ = std::numeric_limits<std::uint64_t>::max();
  Captures* captures_ = nullptr;
  TradeOutput* trade_output_ = nullptr;                    ///< null: trades are not recorded
  std::function<void(const feed::Instrument&)> on_terms_;  ///< empty: no list is asked for
  std::chrono::milliseconds tradeless_ = std::chrono::minutes{10};

  MemoryOutput output_;
  Output* target_ = &output_;
  std::optional<TradeRecorder> trades_;
  std::optional<Recorder> recorder_;
  std::optional<Fleet> live_;
  std::optional<Witness> witness_;  ///< of the first connection
  Status status_;                   ///< the last one that was told

 private:
  /// Times, book, gap.
  using Seen = std::tuple<int, std::optional<Timestamp>, std::uint32_t, bool>;
  static std::vector<Seen> seen_of(const MemoryOutput& output, const std::string& symbol) {
    std::vector<Seen> seen;
    for (const auto& [name, book, reason] : output.written)
      if (name == symbol) seen.emplace_back(book.time.time, book.recv, ladder_crc(book), book.gap);
    return seen;
  }

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
    std::uint32_t before = 0;
    for (const auto& [name, book, reason] : output_.written) {
      if (name != symbol) continue;
      const std::uint32_t crc = ladder_crc(book);
      if (book.gap) {
        // A second partial brings the book of the frame before once more.
        const std::size_t first = next.front() - std::min<std::size_t>(next.front(), 1);
        next.resize(truth.size() - first);
        std::iota(next.begin(), next.end(), first);
      }
      // A snapshot of the same number brings the book before once more, without a gap.
      const auto still = i > 0 && crc == before ? next : std::vector<std::size_t>{};
      std::erase_if(next, [&](std::size_t at) { return at >= truth.size() || truth[at] != crc; });
      for (std::size_t& at : next) ++at;
      // The snapshot of a second connection brings the same book to nobody's file.
      for (std::size_t k = 0; follows_connections_ && k < next.size(); ++k)
        if (next[k] < truth.size() && truth[next[k]] == crc) next.push_back(next[k] + 1);
      next.insert(next.end(), still.begin(), still.end());
      std::sort(next.begin(), next.end());
      next.erase(std::unique(next.begin(), next.end()), next.end());
      ASSERT_FALSE(next.empty()) << symbol << ", book " << i << ": " << reason;
      before = crc;
      ++i;
    }
  }
};

}  // namespace obkit::obsave
