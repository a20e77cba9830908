#include "options.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include <CLI/CLI.hpp>

#include "obkit/cli/values.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

namespace obkit::exchange {
namespace {

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return count;
}

std::string fault_names() {
  std::string out;
  std::vector<Fault> faults;
  for (const Venue venue : venues())
    for (const Fault one : faults_of(venue))
      if (std::find(faults.begin(), faults.end(), one) == faults.end()) faults.push_back(one);
  for (const Fault one : {Fault::lost_trades, Fault::doubled_trades}) faults.push_back(one);
  for (const Fault one : faults) out.append(out.empty() ? "" : " ").append(to_string(one));
  return out;
}

std::vector<std::string> venue_names() {
  std::vector<std::string> names;
  for (const Venue one : venues()) names.emplace_back(to_string(one));
  return names;
}

void add_market_options(CLI::App& app, Options& options) {
  cli::begin_group(app, "Market");
  app.add_option("--venue", options.venue,
                 "Whose protocol: " + CLI::detail::join(venue_names(), ", "))
      ->default_str("that of --replay, else " + venue_names().front())
      ->check(cli::one_of(venue_names()))
      ->type_name("NAME");
  app.add_option("-s,--symbol", options.market.symbols, "A contract; may be repeated")
      ->type_name("SYMBOL")
      ->capture_default_str();
  app.add_option("--seed", options.market.seed, "The same seed, the same market")
      ->capture_default_str();
  app.add_option("--start", options.start, "Where the market's clock starts, UTC")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--rate", options.market.rate, "Engine events per market second, mean")
      ->check(cli::number(0.001, 1e6))
      ->capture_default_str();
  app.add_option("--price", options.market.first_price, "Where the market opens")
      ->check(cli::number(1000, 500'000))
      ->capture_default_str();
  app.add_option("--replay", options.replay, "A capture to replay instead of a random market")
      ->type_name("FILE");
  app.add_option("--speed", options.speed, "Times faster than real time, or 'max'")
      ->type_name("X|max")
      ->capture_default_str();
  app.add_option("--duration", options.duration, "Market seconds until the end")
      ->type_name("S")
      ->check(cli::number(0.001, 1e9));
  app.add_flag("--at-once", options.at_once,
               "Start the market's clock now, not with the first subscription");
}

void add_server_options(CLI::App& app, Options& options) {
  cli::begin_group(app, "Server");
  app.add_option("--port", options.server.port, "0 for any that is free")->capture_default_str();
  app.add_flag("--plain", options.plain, "ws:// and http://, without TLS");
  app.add_option("--ca-file", options.authority_file,
                 "Where to write the PEM of the authority to trust; replaced")
      ->type_name("FILE");
  app.add_option("--certificate-host", options.server.certificate.host,
                 "The name that the certificate is for")
      ->type_name("HOST")
      ->capture_default_str();
  app.add_flag("--unknown-issuer", options.server.certificate.unknown_issuer,
               "Present a certificate of another authority than that of --ca-file");
  app.add_option("--api-key", options.server.credentials.key, "A key that clients may sign with")
      ->type_name("KEY");
  app.add_option("--api-secret", options.server.credentials.secret, "Its secret")
      ->type_name("SECRET");
  app.add_flag("--echo-auth", options.echo_auth,
               "Ack a signed upgrade by a message that has key and signature, as BitMEX does");
  app.add_flag("--no-pings", options.no_pings, "Send no websocket pings to silent clients");
  app.add_option("--heartbeat-second", options.heartbeat_second,
                 "Milliseconds that a second of heartbeats takes, or of silence")
      ->type_name("MS")
      ->check(cli::whole_number(1, 3'600'000))
      ->capture_default_str();
}

void add_fault_options(CLI::App& app, Options& options) {
  cli::begin_group(app, "Faults");
  app.add_option("--partial-delay", options.partial_delay, "Milliseconds between ack and partial")
      ->type_name("MS");
  app.add_flag("--early-deltas", options.early_deltas, "Send deltas before the partial");
  app.add_option("--drop-after", options.server.drop_after,
                 "Cut the first connection after so many book frames; repeated, the second, ...");
  app.add_option("--mute-after", options.server.mute_after,
                 "Fall silent on it instead, the connection stays");
  app.add_option("--fault", options.faults,
                 "FAULT[=VALUE]@FRAMES: after so many book frames; may be repeated. "
                 "FAULT is one of " +
                     fault_names())
      ->type_name("FAULT@FRAMES");
}

void add_file_options(CLI::App& app, Options& options) {
  cli::begin_group(app, cli::output_group);
  app.add_option("--truth", options.truth, "A line of CSV per book frame sent: the true book")
      ->type_name("FILE");
  app.add_option("--trade-truth", options.trade_truth, "A line of CSV for each trade")
      ->type_name("FILE");
  CLI::Option* const capture =
      app.add_option("--write-capture", options.write_capture,
                     "Write what a subscriber would receive in --duration, with the books that it "
                     "would ask for by HTTP; '-' is standard output; no server")
          ->type_name("FILE|-");
  app.add_flag("--trades", options.trades, "Let --write-capture subscribe to trades, too")
      ->needs(capture);
  app.add_option("--pool", options.pool, "The pool that --write-capture subscribes to")
      ->check(cli::one_of({"Primary", "Secondary", "Aggregated"}))
      ->capture_default_str();
  app.add_flag("--overwrite", options.overwrite, "Replace files that exist already");
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
  add_market_options(app, options);
  add_server_options(app, options);
  add_fault_options(app, options);
  add_file_options(app, options);
}

void check_symbols(const std::vector<std::string>& symbols) {
  for (auto one = symbols.begin(); one != symbols.end(); ++one) {
    const auto odd = std::find_if_not(one->begin(), one->end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
    });
    if (one->empty() || odd != one->end())
      throw UsageError{"--symbol: '" + *one + "' is no symbol"};
    if (std::find(symbols.begin(), one, *one) != one)
      throw UsageError{"--symbol: " + *one + " is named twice"};
  }
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

std::vector<PlannedFault> plan(const Options& options) {
  std::vector<PlannedFault> out;
  for (const std::string_view text : options.faults) {
    const std::size_t at = text.find('@');
    const auto injection = parse_injection(text.substr(0, at));
    const auto after =
        at == std::string_view::npos ? std::nullopt : parse_count(text.substr(at + 1));
    if (!injection || !after)
      throw UsageError{"--fault: expected FAULT@FRAMES or FAULT=VALUE@FRAMES, found '" +
                       std::string{text} + "'; --help names the faults"};
    out.push_back({*after, *injection});
  }
  return out;
}

}  // namespace obkit::exchange
