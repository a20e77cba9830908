// A recorder and an exchange that does all that exchanges do wrong, in one process. Every book and
// every trade that is written is judged.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/exchange/protocol.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/store/trade_reader.hpp"

#include "obsave/captures.hpp"
#include "obsave/live/fleet.hpp"
#include "obsave/live/memory.hpp"
#include "obsave/trade_output.hpp"
#include "obsave/trade_recorder.hpp"
#include "trade_log.hpp"
#include "truth_log.hpp"

namespace {

using namespace obkit;
using namespace std::chrono_literals;

struct Options {
  std::string venue = "bitmex";
  std::string folder;
  std::string capture;  ///< a folder for what is received; empty: it is not kept
  std::uint64_t faults = 10'000;
  std::uint64_t seed = 1;
  double pause_ms = 3;
  std::size_t connections = 1;
};

/// Judges each book as it is written.
class Judge final : public obsave::Output {
 public:
  explicit Judge(campaign::TruthLog& log) : log_{log} {}
  /// Whose books they are. It must outlive the judge's work.
  void judge(const obsave::Recorder& recorder) { recorder_ = &recorder; }
  /// Images of this exchange bear no time.
  void expect_no_time_of_images() { images_bear_times_ = false; }
  void write(const std::string& symbol, BookView book, std::string_view reason) override {
    const bool is_image = begun_.insert(symbol).second || book->gap;
    const bool is_dated = recorder_->doubt().empty() && (images_bear_times_ || !is_image);
    const auto time = is_dated ? campaign::TimeOf::exchange : campaign::TimeOf::receipt;
    const std::string problem = log_.judge(symbol, *book, time);
    if (!problem.empty())
      throw Error{fmt::format("{}, book {}, gap '{}': {}", symbol, books_.load(), reason, problem)};
    ++books_;
    constexpr std::uint64_t often = 1000;
    if (books_ % often == 0) log_.forget();
  }
  void count(const std::string& /*symbol*/, const store::FrameCounts& /*received*/) override {}
  void sync() override {}
  void check() override {}
  void close() override {}
  [[nodiscard]] obsave::OutputCounts counts() const override { return {.books = books_}; }

 private:
  campaign::TruthLog& log_;
  const obsave::Recorder* recorder_ = nullptr;
  bool images_bear_times_ = true;
  std::set<std::string> begun_;  ///< symbols
  std::atomic<std::uint64_t> books_ = 0;
};

std::size_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t whole = 0, resident = 0;
  file >> whole >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// Draws faults from a seed.
class Dice {
 public:
  Dice(exchange::Venue venue, std::uint64_t seed)
      : faults_{exchange::faults_of(venue)}, random_{seed} {
    faults_.push_back(exchange::Fault::doubled_trades);
    if (campaign::numbers_trades(venue)) faults_.push_back(exchange::Fault::lost_trades);
  }

  exchange::Injection draw(const std::vector<std::string>& symbols) {
    exchange::Injection one{.fault = faults_[below(faults_.size())]};
    if (below(2) == 0) one.symbol = symbols[below(symbols.size())];
    one.time = std::chrono::milliseconds{below(120)};
    one.retry_after = 0s;
    one.status = std::vector<unsigned>{429, 403, 502, 503}[below(4)];
    one.code = std::vector<std::uint16_t>{1000, 1001, 1011, 1012, 4000}[below(5)];
    one.size = below(8) == 0 ? std::size_t{20} << 20U : 1'000'000;
    return one;
  }
  double uniform() { return std::uniform_real_distribution<>{0, 1}(random_); }

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  std::vector<exchange::Fault> faults_;
  std::mt19937_64 random_;
};

/// Where the exchange shows a window, no more than that.
std::size_t depth_of(exchange::Venue venue) {
  constexpr std::size_t usual = 100;
  const std::size_t levels = exchange::protocol(venue).batches().levels;
  return levels == 0 ? usual : std::min(usual, 2 * levels);
}

/// How many times faster than real time, of a market with `rate` events a second and symbol. As
/// fast as frames are read, what answers a request would lie behind all frames that are on their
/// way.
constexpr double rate = 40;
double speed_of(exchange::Venue venue) {
  constexpr double of_events = 5, of_batches = 20, of_changes_beside_http = 100;
  const exchange::Protocol& protocol = exchange::protocol(venue);
  if (!protocol.sends_partials()) return of_changes_beside_http;
  return protocol.is_batched() ? of_batches : of_events;
}

class Campaign {
 public:
  explicit Campaign(const Options& options)
      : options_{options},
        log_{depth_of(exchange::parse_venue(options.venue).value())},
        trade_log_{exchange::parse_venue(options.venue).value()},
        judge_{log_} {
    const auto venue = exchange::parse_venue(options.venue).value();
    symbols_ = exchange::protocol(venue).sample_symbols();
    // So many that a batch has trades, too.
    exchange::SyntheticOptions market{.symbols = symbols_, .start = begin_, .rate = rate};
    exchange::ServerOptions server;
    server.venue = venue;
    server.on_trade = [this](const exchange::MarketTrade& trade, const exchange::Channel& channel) {
      trade_log_.record(trade, channel);
    };
    server.speed = speed_of(venue);
    // Of a venue that asks. Elsewhere it is of a client's silence, whose pings are by the clock.
    if (exchange::protocol(venue).asks()) server.heartbeat_second = 20ms;
    server_.emplace(exchange::make_synthetic_source(market), server,
                    [this](const exchange::Truth& truth) {
                      market_now_ = std::max(market_now_.load(), truth.time);
                      if (truth.channel.pool == "Primary" || truth.channel.pool.empty())
                        log_.record(truth);
                    });
    if (venue == exchange::Venue::binance_spot) judge_.expect_no_time_of_images();
    dice_.emplace(venue, options.seed);
    server_->start();
    recording_.out = options.folder;
    recording_.ca_file = options.folder + "/ca.pem";
    std::ofstream{recording_.ca_file} << server_->authority();
    venue_ = *feed::find_venue(options.venue);
    venue_.symbols_max = (symbols_.size() + options.connections - 1) / options.connections;
    venue_.connections_max = 0;
    recording_.venue = &venue_;
    recording_.url = server_->url();
    recording_.symbols = symbols_;
    recording_.depth = depth_of(venue);
    recording_.trades = true;
    complete(recording_);
  }

  void run() {
    const auto make_protocol = [&](const std::vector<std::string>& symbols) {
      return recording_.venue->make_protocol({.symbols = symbols,
                                              .pool = recording_.pool,
                                              .levels = recording_.depth / 2,
                                              .with_trades = true,
                                              .is_paced = false});
    };
    auto recorder_options = recording_.recorder();
    recorder_options.believes =
        obsave::TimeBelief{[this] { return market_now_.load() - begin_; }, true};
    obsave::TradeOutput trade_output{{.folder = options_.folder, .symbol = {}},
                                     obsave::TradeOutput::OnTrouble::pass_on};
    obsave::TradeRecorder trades{{.symbols = symbols_, .believes = recorder_options.believes},
                                 trade_output};
    obsave::Recorder recorder{recorder_options, judge_, &trades};
    judge_.judge(recorder);
    std::optional<obsave::Captures> captures;
    if (!options_.capture.empty())
      captures.emplace(store::CaptureOptions{.folder = options_.capture, .symbol = {}}, symbols_);
    obsave::Fleet fleet{
        recording_,
        make_protocol,
        {.recorder = recorder,
         .output = judge_,
         .captures = captures ? &*captures : nullptr,
         .trades = &trade_output,
         .on_terms = [&](const feed::Instrument& one) { listed_.insert(one.symbol); }},
        {.image = 1000ms,
         .quiet = 400ms,
         .first_retry = 1ms,
         .longest_retry = 20ms,
         .steady = 10ms,
         .check = check_pause(),
         .check_pace = 20ms,
         .first_list = 50ms,
         .longest_list = 1000ms}};
    net::Session session{session_options(), std::mt19937{1}};
    std::thread troublemaker{[&] {
      make_trouble();
      session.stop();
    }};
    try {
      session.run(fleet.observers());
    } catch (...) {
      over_ = true;
      troublemaker.join();
      throw;
    }
    over_ = true;
    troublemaker.join();
    trades.finish();
    trade_output.close();
    if (captures) captures->close();
    for (const std::string& symbol : symbols_) judge_trades(symbol);
    report(recorder.tally(), trades.tally(), fleet);
  }

 private:
  /// Where books come by HTTP, witnesses would take the faults of answers from them.
  [[nodiscard]] std::chrono::milliseconds check_pause() const {
    const auto venue = exchange::parse_venue(options_.venue).value();
    return exchange::protocol(venue).sends_partials() ? 50ms : 60s;
  }

  [[nodiscard]] net::SessionOptions session_options() const {
    auto options = obsave::session_options(recording_);
    options.clock = [this] { return market_now_.load(); };
    options.backoff = {.first = 1ms, .longest = 20ms, .steady = 5ms};
    options.forbidden_pause = 5ms;
    options.connect_pace = 0ms;
    // Shorter than a turn on a busy machine, it would end connections that live.
    options.silence = 250ms;
    options.patience = 2s;
    options.tick = 10ms;
    return options;
  }

  void make_trouble() {
    while (!over_ && done_ < options_.faults && !stuck_) {
      wait_for_books();
      constexpr std::uint64_t now_and_then = 4;
      if (done_ % now_and_then == 0) wait_for_trades();
      const exchange::Injection one = dice_->draw(symbols_);
      const std::size_t hit = server_->inject(one);
      if (exchange::reach_of(one.fault) == exchange::Reach::next_connections)
        server_->drop_connections();
      if (exchange::reach_of(one.fault) == exchange::Reach::next_answers)
        server_->inject({.fault = exchange::Fault::lost_delta});
      if (hit == 0) continue;
      ++done_;
      ++by_kind_[std::string{to_string(one.fault)}];
      constexpr std::uint64_t settled = 10;
      if (done_ == options_.faults / settled) begin_bytes_ = bytes_at_rest();
    }
    end_bytes_ = bytes_at_rest();
  }

  /// Resident, without the trades that the judge keeps and giants that are on their way: the least
  /// of a second.
  [[nodiscard]] std::size_t bytes_at_rest() const {
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (int i = 0; i < 50; ++i) {
      const std::size_t trades = trade_log_.recorded() * sizeof(exchange::MarketTrade);
      least = std::min(least, resident_bytes() - trades);
      std::this_thread::sleep_for(20ms);
    }
    return least;
  }

  /// Until something is traded: books come so often that all could be over before.
  void wait_for_trades() const {
    constexpr std::uint64_t some = 4;
    const auto until = std::chrono::steady_clock::now() + 1s;
    const std::uint64_t before = trade_log_.recorded();
    while (trade_log_.recorded() < before + some && !over_ &&
           std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(1ms);
  }

  /// Until the recorder writes again, and then a little longer: mostly it stands when it is hit.
  void wait_for_books() {
    constexpr auto patience = 60s;
    const auto begin = std::chrono::steady_clock::now();
    const std::uint64_t before = judge_.counts().books;
    while (judge_.counts().books == before && !over_) {
      std::this_thread::sleep_for(200us);
      if (std::chrono::steady_clock::now() - begin > patience) {
        stuck_ = true;
        spdlog::error("nothing comes since {} faults", done_);
        return;
      }
    }
    std::this_thread::sleep_for(
        std::chrono::duration<double, std::milli>{options_.pause_ms * dice_->uniform()});
  }

  void judge_trades(const std::string& symbol) {
    store::TradeStream trades{store::trade_files(options_.folder, store::name_of_symbol(symbol)),
                              store::BadLine::refuse};
    while (trades.next())
      if (const std::string problem = trade_log_.judge(symbol, trades.trade()); !problem.empty())
        throw Error{symbol + ": " + problem};
  }

  void report(const obsave::Tally& tally, const obsave::TradeTally& trades,
              const obsave::Fleet& fleet) {
    constexpr double mebi = 1 << 20;
    const double growth =
        (static_cast<double>(end_bytes_) - static_cast<double>(begin_bytes_)) / mebi;
    fmt::print(
        "{}: {} of {}, {} frames, {} books, all true; {} gaps declared, {} books fetched anew, {} "
        "reconnects, {} successions, {} times not believed, {} of {} witnesses agreed; {} trades, "
        "all true, {} gaps of trades with {} missing, {} doubles left out; the exchange has {} "
        "open; "
        "resident, without the "
        "judge's trades, {:.1f} MiB at the end, {:+.1f} MiB since a tenth\n",
        options_.venue, counted(done_, "fault"), counted(fleet.size(), "connection"), tally.frames,
        log_.judged(), log_.gaps(), tally.losses, fleet.upkeep().reconnects(),
        fleet.upkeep().successions(), tally.unbelieved, tally.agreed, tally.checks,
        trade_log_.judged(), trade_log_.gaps(), trade_log_.missing(), trades.doubles,
        counted(server_->statistics().open, "connection"), static_cast<double>(end_bytes_) / mebi,
        growth);
    for (const auto& [kind, count] : by_kind_) fmt::print("  {:20} {}\n", kind, count);
    if (stuck_) throw Error{"the recorder did not come back within a minute"};
    if (done_ < options_.faults) throw Error{"the recorder ended by itself"};
    if (listed_.size() < symbols_.size()) throw Error{"the list of instruments never came"};
    // Before, buffers and pools still grow to their sizes. A giant that is kept would be too much.
    constexpr std::uint64_t long_enough = 2000;
    constexpr double most = 16;
    if (done_ >= long_enough && growth > most) throw Error{"memory grows"};
  }

  Options options_;
  std::vector<std::string> symbols_;
  const Timestamp begin_ = std::chrono::system_clock::now();
  std::atomic<Timestamp> market_now_{begin_};  ///< the recorder's clock: the market is faster
  campaign::TruthLog log_;
  campaign::TradeLog trade_log_;
  Judge judge_;
  std::optional<exchange::Server> server_;
  std::optional<Dice> dice_;
  feed::Venue venue_{};  ///< whose connections carry so many symbols
  obsave::Options recording_;
  std::atomic<bool> over_ = false;
  std::uint64_t done_ = 0;
  bool stuck_ = false;
  std::set<std::string> listed_;  ///< symbols that the exchange's list told of
  std::map<std::string, std::uint64_t> by_kind_;
  std::size_t begin_bytes_ = 0, end_bytes_ = 0;
};

std::vector<std::string> venue_names() {
  std::vector<std::string> names;
  for (const exchange::Venue venue : exchange::venues()) names.emplace_back(to_string(venue));
  return names;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Judges a recorder's books and trades through faults drawn from a seed",
               "obcampaign"};
  Options options;
  app.add_option("--venue", options.venue)
      ->check(CLI::IsMember(venue_names()))
      ->capture_default_str();
  app.add_option("--folder", options.folder, "An empty folder to work in")->required();
  app.add_option("--capture", options.capture, "A folder for captures, to explain what was lost");
  app.add_option("--faults", options.faults)->capture_default_str();
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--pause", options.pause_ms, "Milliseconds between faults at most")
      ->capture_default_str();
  app.add_option("--connections", options.connections, "That share the symbols")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  return cli::run_tool(app, argc, argv, [&] {
    if (!spdlog::should_log(spdlog::level::debug)) spdlog::set_level(spdlog::level::off);
    obsave::free_giants_at_once();  // as obsave does
    Campaign{options}.run();
  });
}
