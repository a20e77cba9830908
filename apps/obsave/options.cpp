#include "obsave/options.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "obkit/cli/input_options.hpp"
#include "obkit/cli/values.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/net/endpoint.hpp"
#include "obkit/store/day_file_writer.hpp"

namespace obkit::obsave {
namespace {

using feed::Credentials;

constexpr const char* footer =
    R"(BitMEX closed on 2026-09-23: its default address no longer answers. --replay reads archives,
and --url names a server that replays them in BitMEX's own protocol.
Credentials, which the book does not need, come from OBKIT_API_KEY and OBKIT_API_SECRET or from
--credentials. They are sent over wss:// only.

Examples:
  obsave --venue deribit -s BTC-PERPETUAL -o books
  obsave --replay capture.tsv.gz -o books
  obsave --list --venue deribit 'BTC-*-C'
  obsave --verify books)";

constexpr const char* default_pool = "Primary";

/// Empty for a number that is one of digits, so short that it fits.
std::optional<std::uint64_t> whole_number(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoull(text);
}

std::string check_depth(const std::string& text) {
  constexpr std::uint64_t deepest = 1'000'000;
  const auto depth = whole_number(text);
  if (depth && *depth >= 2 && *depth <= deepest && *depth % 2 == 0) return "";
  return "expected an even number from 2 on, found '" + text + "'";
}

std::string check_count(const std::string& text) {
  const auto count = whole_number(text);
  return count && *count > 0 ? "" : "expected a number from 1 on, found '" + text + "'";
}

std::string check_duration(const std::string& text) {
  constexpr double longest = 1e8;
  const auto seconds = parse_number(text);
  return seconds && *seconds > 0 && *seconds <= longest
             ? ""
             : "expected seconds above 0, found '" + text + "'";
}

constexpr double longest_seconds = 1e8;

std::string check_sync(const std::string& text) {
  constexpr double shortest = 0.001;
  const auto seconds = parse_number(text);
  return seconds && *seconds >= shortest && *seconds <= longest_seconds
             ? ""
             : "expected seconds from 0.001 on, found '" + text + "'";
}

bool is_interval(const std::string& text) {
  constexpr std::uint64_t longest_ms = 86'400'000;
  const auto ms = whole_number(text);
  return ms && *ms > 0 && *ms <= longest_ms;
}

/// Words, or milliseconds.
void take_every(const std::string& text, Options& options) {
  if (text == "change") {
    options.every = Every::change;
  } else if (text == "message") {
    options.every = Every::message;
  } else if (text == "event") {
    options.every = Every::event;
  } else {
    options.every = Every::interval;
    options.interval = std::chrono::milliseconds{*whole_number(text)};
  }
}

std::vector<std::string> venue_names() {
  std::vector<std::string> names;
  for (const feed::Venue& venue : feed::venues()) names.emplace_back(venue.name);
  return names;
}

bool is_venue(const std::string& text) { return feed::find_venue(text) != nullptr; }

/// "BTC-PERPETUAL, at bitmex XBTUSD": the default of the default venue, then the others'.
std::string default_symbols() {
  std::string text;
  for (const feed::Venue& venue : feed::venues())
    text.append(text.empty() ? "" : ", at " + std::string{venue.name} + " ")
        .append(venue.default_symbol);
  return text;
}

void add_replay(CLI::App& app, Options& options) {
  cli::begin_group(app, cli::input_group);
  app.add_option("--replay", options.replay,
                 "Take the books from archives instead: captures, tables, folders")
      ->type_name("FILE|DIR");
}

void add_book_options(CLI::App& app, Options& options) {
  cli::begin_group(app, "Books");
  app.add_option("-s,--symbol", options.symbols,
                 "Symbol to record, or pattern of symbols ('BTC-*-C'); may be repeated")
      ->default_str(default_symbols() + "; of a replay: every one")
      ->allow_extra_args(false)
      ->type_name("SYMBOL");
  app.add_option("--depth", options.depth, "Levels of both sides together")
      ->type_name("N")
      ->check(CLI::Validator{check_depth, ""})
      ->capture_default_str();
  const std::vector<std::string> words{"change", "message", "event"};
  app.add_option_function<std::string>(
         "--every", [&](const std::string& text) { take_every(text, options); },
         "Write a book when what is visible changed (change), after each message, after each event "
         "(messages of one time), or the last one of each so many milliseconds")
      ->check(cli::one_of(words, {is_interval, "milliseconds"}))
      ->type_name("WORD|MS")
      ->default_str("change");
  app.add_option("--count", options.count, "Stop after so many books")
      ->type_name("N")
      ->check(CLI::Validator{check_count, ""});
  app.add_option("--duration", options.duration_seconds,
                 "Stop after so many seconds (in a replay: of the capture)")
      ->type_name("S")
      ->check(CLI::Validator{check_duration, ""});
}

void add_exchange_options(CLI::App& app, Options& options) {
  cli::begin_group(app, "Exchange");
  app.add_option_function<std::string>(
         "--venue",
         [&](const std::string& name) {
           options.venue = feed::find_venue(name);
           options.venue_was_given = true;
         },
         "The exchange: " + CLI::detail::join(venue_names(), ", "))
      ->default_str(std::string{feed::venues().front().name} +
                    "; of a replay: what its frames look like")
      ->check(cli::one_of(venue_names(), {is_venue, ""}))
      ->type_name("NAME");
  app.add_option_function<std::string>(
         "--pool",
         [&](const std::string& pool) {
           options.pool = pool == "none" ? "" : pool;
           options.pool_was_given = true;
         },
         "Liquidity pool of BitMEX to subscribe to; 'none' leaves the choice to the exchange")
      ->check(cli::one_of({"Primary", "Secondary", "Aggregated", "none"}))
      ->default_str(default_pool);
  auto* testnet = app.add_flag("--testnet", options.testnet, "Record the exchange's testnet");
  app.add_option("--url", options.url, "Another server, wss:// or ws://")
      ->type_name("URL")
      ->excludes(testnet);
  app.add_option("--ca-file", options.ca_file, "Trust these issuers (PEM) besides the system's")
      ->type_name("FILE");
  app.add_option("--credentials", options.credentials,
                 "File of key and secret, readable by you alone")
      ->type_name("FILE");
  app.add_flag_callback(
      "--no-verify-live", [&] { options.verify_live = false; },
      "Do not ask the exchange for snapshots to hold the books against");
}

void add_keeping_options(CLI::App& app, Options& options) {
  cli::begin_group(app, cli::output_group);
  app.add_option("-o,--out", options.out, "Folder of the day-files; '-' is standard output")
      ->type_name("DIR|-");
  app.add_flag("--trades", options.trades, "Write the exchange's trades beside the day-files");
  app.add_flag("--compress", options.compress, "Compress day-files and trades with zstd");
  app.add_option("--capture", options.capture, "Folder to keep every frame in as it was received")
      ->type_name("DIR");
  app.add_option_function<double>(
         "--sync",
         [&](double seconds) {
           options.sync = std::chrono::round<std::chrono::milliseconds>(
               std::chrono::duration<double>{seconds});
         },
         "Seconds until what is written is on the disk at the latest")
      ->type_name("S")
      ->check(CLI::Validator{check_sync, ""})
      ->default_str("5");
  app.add_option("--metrics", options.metrics,
                 "Serve a live page (/), /metrics and /healthz at this address")
      ->type_name("HOST:PORT");
}

void add_list_options(CLI::App& app, Options& options) {
  cli::begin_group(app, "Other work");
  auto* list = app.add_flag("--list", options.list,
                            "Print the exchange's instruments, or those that PATTERN matches: "
                            "tick, unit of sizes, contract size; nothing else");
  app.add_flag("--json", options.json, "Print the list as one JSON object")->needs(list);
  app.add_option("PATTERN", options.pattern, "Of symbols to list: 'BTC-*-C'")
      ->needs(list)
      ->type_name("PATTERN");
}

/// What goes with --list; all the rest is of recording.
bool goes_with_list(const std::string& option) {
  const auto those = {"--list", "--json",    "PATTERN", "--venue",  "--testnet",
                      "--url",  "--ca-file", "--quiet", "--verbose"};
  return std::find(those.begin(), those.end(), option) != those.end();
}

void add_other_work(CLI::App& app, Options& options) {
  const auto others =
      app.get_options([](const CLI::Option* one) { return one->get_name() != "--help"; });
  auto* verify =
      app.add_option("--verify", options.verify,
                     "Read day-files and their manifests back, report each day; nothing else")
          ->type_name("FILE|DIR");
  auto* report = app.add_option("--report", options.report,
                                "With --verify: write a page (HTML, offline) of what is covered, "
                                "gaps, spread and depth over the day")
                     ->needs(verify)
                     ->type_name("FILE.html");
  app.add_flag_callback(
         "--overwrite", [&] { options.existing_report = Existing::overwrite; },
         "Replace the report if it exists")
      ->needs(report);
  cli::add_jobs_option(app, options.jobs, "With --verify: day-files that are read at a time");
  app.get_option("--jobs")->needs(verify);
  app.parse_complete_callback([&app, verify, others] {
    for (const CLI::Option* other : others)
      if (app.count("--list") > 0 && other->count() > 0 && !goes_with_list(other->get_name()))
        throw CLI::ExcludesError{"--list", other->get_name()};
    for (const CLI::Option* other : others)
      if (verify->count() > 0 && other->count() > 0)
        throw CLI::ExcludesError{"--verify", other->get_name()};
    for (const char* live : {"--testnet", "--url", "--ca-file", "--credentials", "--capture",
                             "--metrics", "--sync", "--no-verify-live"})
      if (app.count("--replay") > 0 && app.count(live) > 0)
        throw CLI::ExcludesError{"--replay", live};
  });
}

void check_has_list(const Options& options, const std::string& what) {
  if (options.venue->listing == nullptr)
    throw UsageError{what + ": no list of instruments of " + std::string{options.venue->name} +
                     " is known"};
}

/// What is read twice would stand twice in the day-files.
void check_replay(const Options& options) {
  std::vector<cli::NamedFile> files;
  for (const std::string& path : options.replay)
    files.push_back({.option = "--replay", .path = path});
  std::vector<cli::NamedFile> outputs;
  if (options.out == "-") outputs.push_back({.option = "-o", .path = "-"});
  cli::refuse_shared_files(files, outputs);
}

void check_symbols(Options& options) {
  std::vector<std::string> once;
  for (const std::string& symbol : options.symbols) {
    if (options.is_live() && is_pattern(symbol)) check_has_list(options, "--symbol " + symbol);
    const bool is_symbol = options.is_live() && !is_pattern(symbol)
                               ? options.venue->is_symbol(symbol)
                               : !symbol.empty();
    if (!is_symbol) throw UsageError{"--symbol: '" + symbol + "' cannot be a symbol"};
    if (std::find(once.begin(), once.end(), symbol) == once.end()) once.push_back(symbol);
  }
  options.symbols = once;
  check_file_names(options);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> lines_that_count(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    if (!line.empty() && line.front() != '#') lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The value of `NAME=value`, of which quotes are taken off; empty for another line.
std::string_view value_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || line.substr(name.size(), 1) != "=") return {};
  std::string_view value = trim(line.substr(name.size() + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return value;
}

/// A header cannot carry more.
bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

std::optional<Credentials> from_environment() {
  const char* key = std::getenv(key_variable);  // NOLINT(concurrency-mt-unsafe): no thread yet
  const char* secret = std::getenv(secret_variable);  // NOLINT(concurrency-mt-unsafe)
  if (key == nullptr && secret == nullptr) return std::nullopt;
  if (key == nullptr || secret == nullptr || !is_token(key) || !is_token(secret))
    throw UsageError{std::string{"set both "} + key_variable + " and " + secret_variable +
                     ", or neither"};
  return Credentials{key, secret};
}

/// The first that is set, and its name.
std::pair<std::string, std::string> variable_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread yet
    if (value != nullptr && *value != '\0') return {name, value};
  }
  return {};
}

/// Whether `list` has the host or a domain of it: "localhost,.example.com".
bool is_listed(const std::string& host, std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view name = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (name == "*") return true;
    if (name.starts_with('.')) name.remove_prefix(1);
    const bool is_domain = host.size() > name.size() && host.ends_with(name) &&
                           host[host.size() - name.size() - 1] == '.';
    if (!name.empty() && (host == name || is_domain)) return true;
  }
  return false;
}

/// As name_of_symbol(), for a symbol of the command line.
std::string file_name_of(const std::string& symbol) {
  try {
    return store::name_of_symbol(symbol);
  } catch (const DataError& error) {
    throw UsageError{"--symbol: " + std::string{error.what()}};
  }
}

}  // namespace

std::size_t Options::connections() const {
  const std::size_t most = venue->most_symbols(trades);
  return !is_live() || most == 0 ? 1 : std::max<std::size_t>((symbols.size() + most - 1) / most, 1);
}

std::string Options::http_url() const {
  if (venue->live_http_url.empty()) return "";
  if (url == venue->live_url) return std::string{venue->live_http_url};
  if (url == venue->testnet_url) return std::string{venue->testnet_http_url};
  const net::Endpoint server = net::parse_endpoint(url);
  return (server.secure ? "https://" : "http://") + server.authority();
}

RecorderOptions Options::recorder() const {
  RecorderOptions options{.symbols = symbols,
                          .depth = depth,
                          .every = every,
                          .interval = interval,
                          .pool = pool,
                          .may_be_union = is_live() && venue->has_pools && pool.empty()};
  if (count) options.count = *count;
  return options;
}

void add_options(CLI::App& app, Options& options) {
  app.footer(footer);
  add_exchange_options(app, options);
  add_replay(app, options);
  add_book_options(app, options);
  add_keeping_options(app, options);
  add_list_options(app, options);
  add_other_work(app, options);
}

void check_file_names(const Options& options) {
  std::map<std::string, std::string> names;
  if (options.out == "-") return;
  for (const std::string& symbol : options.symbols) {
    if (is_pattern(symbol)) continue;
    const auto [name, is_free] = names.try_emplace(file_name_of(symbol), symbol);
    if (!is_free)
      throw UsageError{"--symbol: " + symbol + " and " + name->second +
                       " would have the same names of files; record one of them at a time"};
  }
}

void check_limits(const Options& options) {
  if (!options.is_live()) return;
  const feed::Venue& venue = *options.venue;
  const std::string name{venue.name};
  const std::size_t of_each = venue.most_symbols(options.trades);
  const std::size_t most = of_each * venue.connections_max;
  if (most > 0 && options.symbols.size() > most)
    throw UsageError{"-s: " + counted(options.symbols.size(), "symbol") + "; " + name +
                     " allows an address " + counted(venue.connections_max, "connection") + " of " +
                     counted(of_each, "symbol")};
  if (venue.levels_max == nullptr) return;
  const std::size_t levels = venue.levels_max(options.symbols.size());
  if (options.depth / 2 > levels)
    throw UsageError{"--depth: books of " + counted(options.symbols.size(), "symbol") + " of " +
                     name + " have " + counted(levels, "level") + " a side, so " +
                     std::to_string(2 * levels) + " at most; found " +
                     std::to_string(options.depth)};
}

void complete(Options& options) {
  if (options.venue == nullptr) options.venue = &feed::venues().front();
  if (!options.verify.empty()) return;
  if (options.testnet && options.venue->testnet_url.empty())
    throw UsageError{"--testnet: " + std::string{options.venue->name} + " has none"};
  if (options.url.empty())
    options.url = options.testnet ? options.venue->testnet_url : options.venue->live_url;
  if (options.list) return check_has_list(options, "--list");
  if (options.out.empty()) throw UsageError{"-o: expected a folder or '-'"};
  if (options.is_live() && options.symbols.empty())
    options.symbols = {std::string{options.venue->default_symbol}};
  check_symbols(options);
  check_limits(options);
  check_replay(options);
  if (options.pool_was_given && !options.venue->has_pools)
    throw UsageError{"--pool: " + std::string{options.venue->name} + " has none"};
  if (options.is_live() && options.venue->has_pools && !options.pool_was_given)
    options.pool = default_pool;
  if (options.trades && options.out == "-")
    throw UsageError{"--trades: standard output has the books: name a folder (-o)"};
  if (options.trades && options.is_live() && options.venue->facts.trades.empty())
    throw UsageError{"--trades: those of " + std::string{options.venue->name} + " are not read"};
  if (options.compress && options.out == "-")
    throw UsageError{"--compress: standard output is not compressed; pipe it through zstd"};
}

std::optional<Credentials> parse_credentials(std::string_view text) {
  const auto lines = lines_that_count(text);
  if (lines.size() != 2) return std::nullopt;
  std::string_view key, secret;
  for (const std::string_view line : lines) {
    if (const auto value = value_of(line, key_variable); !value.empty()) key = value;
    if (const auto value = value_of(line, secret_variable); !value.empty()) secret = value;
  }
  if (key.empty() && secret.empty()) key = lines[0], secret = lines[1];
  if (!is_token(key) || !is_token(secret)) return std::nullopt;
  return Credentials{std::string{key}, std::string{secret}};
}

std::optional<Credentials> find_credentials(const std::string& file) {
  if (file.empty()) return from_environment();
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) throw IoError{IoError::During::open, file, errno};
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw UsageError{file + ": others may read these credentials; chmod 600 it"};
  constexpr std::size_t largest = std::size_t{64} * 1024;
  auto credentials = parse_credentials(read_all(file, largest));
  if (!credentials)
    throw UsageError{file + ": expected two lines, the key and the secret, or " + key_variable +
                     "=… and " + secret_variable + "=…"};
  return credentials;
}

std::string proxy_of_environment(const net::Endpoint& server) {
  if (is_listed(server.host, variable_of({"no_proxy", "NO_PROXY"}).second)) return {};
  // HTTP_PROXY could come from a request where a CGI script starts us, so nobody reads it.
  const auto [name, url] =
      server.secure ? variable_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                    : variable_of({"http_proxy", "all_proxy", "ALL_PROXY"});
  try {
    static_cast<void>(net::parse_proxy(url));
  } catch (const UsageError& error) {
    throw UsageError{name + ": " + error.what() + "; no_proxy=" + server.host +
                     " connects without one"};
  }
  return url;
}

}  // namespace obkit::obsave
