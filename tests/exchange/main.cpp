#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "obkit/cli/input_options.hpp"
#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/exchange/record.hpp"
#include "obkit/exchange/source.hpp"

#include "options.hpp"

namespace {

using namespace obkit;
using namespace obkit::exchange;

Existing existing(const Options& options) {
  return options.overwrite ? Existing::overwrite : Existing::refuse;
}

/// A capture that is replayed is not written over.
void refuse_shared_files(const Options& options) {
  std::vector<cli::NamedFile> inputs, outputs;
  if (!options.replay.empty()) inputs.push_back({.option = "--replay", .path = options.replay});
  const auto add = [&](const char* option, const std::string& path) {
    if (!path.empty()) outputs.push_back({.option = option, .path = path});
  };
  add("--write-capture", options.write_capture);
  add("--truth", options.truth);
  add("--trade-truth", options.trade_truth);
  add("--ca-file", options.authority_file);
  cli::refuse_shared_files(inputs, outputs);
}

std::unique_ptr<Source> make_source(Options& options) {
  if (!options.replay.empty()) return make_capture_source(options.replay);
  check_symbols(options.market.symbols);
  const auto start = parse_iso(options.start);
  if (!start) throw UsageError{"--start: expected a time such as 2026-01-01T23:58:00Z"};
  options.market.start = *start;
  return make_synthetic_source(options.market);
}

Venue venue_of(const Options& options, const Source& source) {
  return parse_venue(options.venue).value_or(source.venue().value_or(venues().front()));
}

/// The files of the truth that are asked for.
class TruthFiles {
 public:
  explicit TruthFiles(const Options& options)
      : books_{open(options.truth, truth_header, options)},
        trades_{open(options.trade_truth, trade_truth_header, options)} {}

  [[nodiscard]] std::function<void(const Truth&)> observer() const {
    if (!books_) return {};
    return [this](const Truth& truth) {
      if (truth.receivers > 0) books_->write(truth_line(truth));
    };
  }
  [[nodiscard]] std::function<void(const MarketTrade&, const Channel&)> trade_observer() const {
    if (!trades_) return {};
    return [this](const MarketTrade& trade, const Channel& channel) {
      trades_->write(trade_truth_line(trade, channel));
    };
  }
  void close() {
    for (ByteSink* one : {books_.get(), trades_.get()})
      if (one != nullptr) one->close();
  }

 private:
  static std::unique_ptr<ByteSink> open(const std::string& path, std::string_view header,
                                        const Options& options) {
    if (path.empty()) return nullptr;
    auto sink = open_sink(path, existing(options));
    sink->write(header);
    return sink;
  }

  std::unique_ptr<ByteSink> books_, trades_;
};

void write_capture(Options& options) {
  if (!options.duration && options.replay.empty())
    throw UsageError{"--write-capture: --duration is needed, a random market has no end"};
  if (options.trades && !options.replay.empty())
    throw UsageError{"--trades: those of a capture are not replayed"};
  auto source = make_source(options);
  const Venue venue = venue_of(options, *source);
  Exchange market{std::move(source), venue};
  TruthFiles truth{options};
  market.observe(truth.observer());
  market.observe_trades(truth.trade_observer());
  std::vector<std::string> requests;
  for (const Instrument& one : market.source().instruments()) {
    requests.push_back(market.protocol().subscribe_request({one.symbol, options.pool}));
    if (options.trades) requests.push_back(market.protocol().trades_request(one.symbol));
  }
  const auto sink = open_sink(options.write_capture, existing(options));
  constexpr std::chrono::hours no_end{24 * 366 * 100};
  const auto frames = write_capture(market, requests, duration(options).value_or(no_end), *sink);
  sink->close();
  truth.close();
  spdlog::info("{} {}", frames, options.trades ? "frames of books and trades" : "book frames");
}

void announce(const Server& server, const Options& options) {
  nlohmann::ordered_json line{{"url", server.url()}};
  if (!options.plain) line["ca_file"] = options.authority_file;
  if (options.server.venue == Venue::bitmex) line["rest"] = server.rest_url();
  std::puts(line.dump().c_str());
  std::fflush(stdout);
}

void set_up(Options& options) {
  ServerOptions& server = options.server;
  server.transport = options.plain ? Transport::plain : Transport::tls;
  server.speed = speed(options);
  server.duration = duration(options);
  server.market_start = options.at_once ? MarketStart::at_once : MarketStart::at_first_subscription;
  server.partial_delay = std::chrono::milliseconds{options.partial_delay};
  server.early_deltas = options.early_deltas ? EarlyDeltas::send : EarlyDeltas::keep_back;
  server.auth_ack = options.echo_auth ? AuthAck::echo : AuthAck::none;
  server.keep_alive = options.no_pings ? KeepAlive::none : KeepAlive::ping;
  server.heartbeat_second = std::chrono::milliseconds{options.heartbeat_second};
  server.plan = plan(options);
}

void serve(Options& options) {
  if (!options.plain && options.authority_file.empty())
    throw UsageError{"--ca-file is needed: clients must know whom to trust (or --plain)"};
  set_up(options);
  auto source = make_source(options);
  options.server.venue = venue_of(options, *source);
  TruthFiles truth{options};
  options.server.on_trade = truth.trade_observer();
  Server server{std::move(source), options.server, truth.observer()};
  if (!options.plain) {
    const auto file = open_sink(options.authority_file, Existing::overwrite);
    file->write(server.authority());
    file->close();
  }
  const cli::TerminationWatch watch{[&server] { server.stop(); }};
  server.start();
  announce(server, options);
  server.wait();
  truth.close();
  const ServerStatistics counts = server.statistics();
  spdlog::info("{}, {} refused, {}, {}, {}", counted(counts.connections, "connection"),
               counts.refused, counted(counts.requests, "request"),
               counted(counts.book_frames, "book frame"), counted(counts.book_bytes, "byte"));
}

}  // namespace

int main(int argc, char** argv) {
  obkit::cli::hold_termination_signals();
  CLI::App app{
      "A simulated exchange on loopback that speaks the protocol of each venue that obsave records "
      "and can be made to misbehave. Prints one line of JSON with its address when it listens.",
      "obexchange"};
  Options options;
  add_options(app, options);
  app.footer(
      "Examples:\n"
      "  obexchange --ca-file ca.pem --start 2026-01-01T23:58:00Z --speed 60 --duration 240\n"
      "  obexchange --write-capture day.capture --duration 3600 --truth truth.csv");
  return cli::run_tool(app, argc, argv, [&] {
    refuse_shared_files(options);
    if (options.write_capture.empty()) return serve(options);
    cli::let_termination_signals_through();
    write_capture(options);
  });
}
