#include <algorithm>
#include <cctype>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "obkit/cli/termination.hpp"
#include "obkit/cli/tool.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/exchange/capture_source.hpp"
#include "obkit/exchange/record.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/synthetic_source.hpp"

namespace {

using namespace obkit;
using namespace obkit::exchange;

struct Options {
  SyntheticOptions market;
  std::string start = "2026-01-01T00:00:00Z";
  std::string replay;
  std::string speed = "1";
  std::optional<double> duration;
  bool at_once = false, plain = false, early_deltas = false, overwrite = false;
  std::string truth, authority_file, write_capture, pool = "Primary";
  unsigned partial_delay = 0;
  ServerOptions server;
};

void add_market_options(CLI::App& app, Options& options) {
  const auto group = app.add_option_group("Market");
  group->add_option("--symbol", options.market.symbols, "A contract; may be repeated")
      ->capture_default_str();
  group->add_option("--seed", options.market.seed, "The same seed, the same market")
      ->capture_default_str();
  group->add_option("--start", options.start, "Where the market's clock starts, UTC")
      ->capture_default_str();
  group->add_option("--rate", options.market.rate, "Engine events per market second, mean")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  group->add_option("--price", options.market.first_price, "Where the market opens")
      ->check(CLI::Range(1000, 500'000))
      ->capture_default_str();
  group->add_option("--replay", options.replay, "A capture to replay instead of a random market");
  group->add_option("--speed", options.speed, "Times faster than real time, or 'max'")
      ->capture_default_str();
  group->add_option("--duration", options.duration, "Market seconds until the end")
      ->check(CLI::Range(0.001, 1e9));
  group->add_flag("--at-once", options.at_once,
                  "Start the market's clock now, not with the first subscription");
}

void add_server_options(CLI::App& app, Options& options) {
  const auto group = app.add_option_group("Server");
  group->add_option("--port", options.server.port, "0 for any that is free")->capture_default_str();
  group->add_flag("--plain", options.plain, "ws:// and http://, without TLS");
  group->add_option("--ca-file", options.authority_file,
                    "Where to write the PEM of the authority to trust; replaced");
  group
      ->add_option("--certificate-host", options.server.certificate.host,
                   "The name that the certificate is for")
      ->capture_default_str();
  group->add_flag("--unknown-issuer", options.server.certificate.unknown_issuer,
                  "Present a certificate of another authority than that of --ca-file");
  group->add_option("--api-key", options.server.credentials.key,
                    "A key that clients may sign with");
  group->add_option("--api-secret", options.server.credentials.secret, "Its secret");
  group->add_option("--partial-delay", options.partial_delay,
                    "Milliseconds between ack and partial");
  group->add_flag("--early-deltas", options.early_deltas, "Send deltas before the partial");
  group->add_option(
      "--drop-after", options.server.drop_after,
      "Cut the first connection after so many book frames; repeated, the second, ...");
  group->add_option("--mute-after", options.server.mute_after,
                    "Fall silent on it instead, the connection stays");
}

void add_file_options(CLI::App& app, Options& options) {
  const auto group = app.add_option_group("Files");
  group->add_option("--truth", options.truth, "A line of CSV per book frame sent: the true book");
  group->add_option("--write-capture", options.write_capture,
                    "Write what a subscriber would receive in --duration, '-' is standard output; "
                    "no server");
  group->add_option("--pool", options.pool, "The pool that --write-capture subscribes to")
      ->check(CLI::IsMember({"Primary", "Secondary", "Aggregated"}))
      ->capture_default_str();
  group->add_flag("--overwrite", options.overwrite, "Replace files that exist already");
}

Existing existing(const Options& options) {
  return options.overwrite ? Existing::overwrite : Existing::refuse;
}

/// Names go into JSON and topics as they stand.
void check_symbols(const std::vector<std::string>& symbols) {
  for (auto one = symbols.begin(); one != symbols.end(); ++one) {
    const auto odd = std::find_if_not(one->begin(), one->end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
    });
    if (one->empty() || odd != one->end())
      throw UsageError{"--symbol: '" + *one + "' is no symbol"};
    if (std::find(symbols.begin(), one, *one) != one)
      throw UsageError{"--symbol: " + *one + " is named twice"};
  }
}

std::unique_ptr<Source> make_source(Options& options) {
  if (!options.replay.empty()) return make_capture_source(options.replay);
  check_symbols(options.market.symbols);
  const auto start = parse_iso(options.start);
  if (!start) throw UsageError{"--start: expected a time such as 2026-01-01T23:58:00Z"};
  options.market.start = *start;
  return make_synthetic_source(options.market);
}

std::optional<std::chrono::nanoseconds> duration(const Options& options) {
  if (!options.duration) return std::nullopt;
  return std::chrono::round<std::chrono::nanoseconds>(
      std::chrono::duration<double>{*options.duration});
}

std::optional<double> speed(const Options& options) {
  if (options.speed == "max") return std::nullopt;
  const auto factor = parse_number(options.speed);
  if (!factor || *factor <= 0) throw UsageError{"--speed: expected a positive number or 'max'"};
  return factor;
}

/// The truth file, if one is asked for.
class TruthFile {
 public:
  explicit TruthFile(const Options& options) {
    if (options.truth.empty()) return;
    sink_ = open_sink(options.truth, existing(options));
    sink_->write(truth_header);
  }
  [[nodiscard]] std::function<void(const Truth&)> observer() const {
    if (!sink_) return {};
    return [this](const Truth& truth) {
      if (truth.receivers > 0) sink_->write(truth_line(truth));
    };
  }
  void close() {
    if (sink_) sink_->close();
  }

 private:
  std::unique_ptr<ByteSink> sink_;
};

void write_capture(Options& options) {
  if (!options.duration && options.replay.empty())
    throw UsageError{"--write-capture: --duration is needed, a random market has no end"};
  Exchange market{make_source(options)};
  TruthFile truth{options};
  market.observe(truth.observer());
  std::string topics;
  for (const Instrument& one : market.source().instruments())
    topics +=
        fmt::format("{}orderBookL2:{}:{}", topics.empty() ? "" : ",", one.symbol, options.pool);
  const auto sink = open_sink(options.write_capture, existing(options));
  constexpr std::chrono::hours no_end{24 * 366 * 100};
  const auto frames = write_capture(market, topics, duration(options).value_or(no_end), *sink);
  sink->close();
  truth.close();
  spdlog::info("{} book frames", frames);
}

void announce(const Server& server, const Options& options) {
  nlohmann::ordered_json line{{"url", server.url()}};
  if (!options.plain) line["ca_file"] = options.authority_file;
  line["rest"] = server.rest_url();
  std::puts(line.dump().c_str());
  std::fflush(stdout);
}

void serve(Options& options) {
  if (!options.plain && options.authority_file.empty())
    throw UsageError{"--ca-file is needed: clients must know whom to trust (or --plain)"};
  options.server.transport = options.plain ? Transport::plain : Transport::tls;
  options.server.speed = speed(options);
  options.server.duration = duration(options);
  options.server.market_start =
      options.at_once ? MarketStart::at_once : MarketStart::at_first_subscription;
  options.server.partial_delay = std::chrono::milliseconds{options.partial_delay};
  options.server.early_deltas = options.early_deltas ? EarlyDeltas::send : EarlyDeltas::keep_back;
  TruthFile truth{options};
  Server server{make_source(options), options.server, truth.observer()};
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
  spdlog::info("{} connections, {} refused, {} requests, {} book frames, {} bytes",
               counts.connections, counts.refused, counts.requests, counts.book_frames,
               counts.book_bytes);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "A simulated exchange on loopback that speaks BitMEX's realtime protocol. Prints one line of "
      "JSON with its address when it listens.",
      "obexchange"};
  Options options;
  add_market_options(app, options);
  add_server_options(app, options);
  add_file_options(app, options);
  app.footer(
      "Examples:\n"
      "  obexchange --ca-file ca.pem --start 2026-01-01T23:58:00Z --speed 60 --duration 240\n"
      "  obexchange --write-capture day.capture --duration 3600 --truth truth.csv");
  return cli::run_tool(app, argc, argv, [&] {
    options.write_capture.empty() ? serve(options) : write_capture(options);
  });
}
