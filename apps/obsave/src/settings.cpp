#include "obkit/obsave/settings.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

namespace obkit::obsave {
namespace {

constexpr const char* footer =
    R"(BitMEX closed on 2026-09-23: its default address no longer answers. --replay reads archived
captures, and --url names a server that replays them in BitMEX's own protocol.
Credentials, which the book does not need, come from OBKIT_API_KEY and OBKIT_API_SECRET or from
--credentials. They are sent over wss:// only.

Examples:
  obsave --replay capture.tsv.gz -o books
  obsave --url wss://localhost:8443/realtime --ca-file ca.pem -s XBTUSD -o - | head -1)";

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

std::string check_symbol(const std::string& text) {
  return feed::bitmex::is_symbol(text) ? "" : "'" + text + "' cannot be a symbol";
}

}  // namespace

RecorderOptions Settings::recorder() const {
  RecorderOptions options{.symbols = symbols, .depth = depth, .every = every};
  if (count) options.count = *count;
  return options;
}

void add_options(CLI::App& app, Settings& settings) {
  app.footer(footer);
  app.add_option("-o,--out", settings.out, "Folder of the day-files; '-' is standard output")
      ->type_name("DIR")
      ->required();
  app.add_option("-s,--symbol", settings.symbols,
                 "Symbol to record, may be repeated [XBTUSD; of a replay: every one]")
      ->allow_extra_args(false)
      ->type_name("SYMBOL")
      ->check(CLI::Validator{check_symbol, ""});
  app.add_option("--depth", settings.depth, "Levels of both sides together")
      ->type_name("N")
      ->check(CLI::Validator{check_depth, ""})
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--every",
         [&](const std::string& text) {
           settings.every = text == "change" ? Every::change : Every::message;
         },
         "Write a book when what is visible changed, or after each message that touches it")
      ->check(CLI::IsMember({"change", "message"}))
      ->type_name("WORD")
      ->default_str("change");
  auto* replay = app.add_option("--replay", settings.replay, "Take the frames of captures instead")
                     ->type_name("FILE");
  app.add_option("--count", settings.count, "Stop after so many books")
      ->type_name("N")
      ->check(CLI::Validator{check_count, ""});
  app.add_option("--duration", settings.duration_seconds,
                 "Stop after so many seconds (in a replay: of the capture)")
      ->type_name("S")
      ->check(CLI::Validator{check_duration, ""});
  app.add_option("--pool", settings.pool,
                 "Liquidity pool to subscribe to; 'none' leaves the choice to the exchange")
      ->check(CLI::IsMember({"Primary", "Secondary", "Aggregated", "none"}))
      ->type_name("WORD")
      ->capture_default_str();
  auto* testnet = app.add_flag("--testnet", settings.testnet, "Record BitMEX's testnet");
  app.add_option("--url", settings.url, "Another server, wss:// or ws://")
      ->type_name("URL")
      ->excludes(testnet)
      ->excludes(replay);
  testnet->excludes(replay);
  app.add_option("--ca-file", settings.ca_file, "Trust these issuers (PEM) besides the system's")
      ->type_name("FILE")
      ->excludes(replay);
  app.add_option("--credentials", settings.credentials,
                 "File of key and secret, readable by you alone")
      ->type_name("FILE")
      ->excludes(replay);
}

void complete(Settings& settings) {
  if (settings.out.empty()) throw UsageError{"-o: expected a folder or '-'"};
  if (settings.is_live() && settings.symbols.empty()) settings.symbols = {"XBTUSD"};
  std::vector<std::string> once;
  for (const std::string& symbol : settings.symbols)
    if (std::find(once.begin(), once.end(), symbol) == once.end()) once.push_back(symbol);
  settings.symbols = once;
  if (settings.pool == "none") settings.pool.clear();
  if (settings.url.empty())
    settings.url = settings.testnet ? feed::bitmex::testnet_url : feed::bitmex::live_url;
}

}  // namespace obkit::obsave
