#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/cli/cli11_fwd.hpp"
#include "obkit/cli/jobs.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/net/endpoint.hpp"

#include "obsave/recorder.hpp"
#include "obsave/symbol_choice.hpp"

namespace obkit::obsave {

/// What the command line says.
struct Options {
  std::string out;
  std::vector<std::string> symbols;
  const feed::Venue* venue = nullptr;  ///< never null once complete() returned
  bool venue_was_given = false;
  bool testnet = false;
  std::string url;
  std::string ca_file;
  std::size_t depth = 100;
  Every every = Every::change;
  std::chrono::milliseconds interval{0};
  bool compress = false;
  bool trades = false;  ///< are recorded beside the books
  std::string capture;
  std::vector<std::string> replay;
  std::vector<std::string> verify;
  cli::JobOptions jobs;  ///< of those that are verified
  std::string report;    ///< a page of what was verified; empty: none
  Existing existing_report = Existing::refuse;
  std::string pool;  ///< empty: the exchange chooses
  bool pool_was_given = false;
  std::string credentials;
  std::optional<double> duration_seconds;
  std::optional<std::uint64_t> count;
  bool verify_live = true;  ///< hold books against snapshots that are independent of the updates
  std::string metrics;
  std::chrono::milliseconds sync{5000};
  bool list = false;
  bool json = false;
  std::string pattern;  ///< of --list; empty: all instruments
  /// What is known of the symbols, where their list was asked for.
  std::vector<feed::Instrument> instruments;

  [[nodiscard]] bool is_live() const { return replay.empty(); }
  /// Connections that a live recording has at a time.
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] bool is_default_url() const {
    return url == venue->live_url || url == venue->testnet_url;
  }
  /// Of the exchange's HTTP server: that of the venue, or of --url. Empty where the venue has none.
  [[nodiscard]] std::string http_url() const;
  [[nodiscard]] RecorderOptions recorder() const;
};

/// Offers the options. `options` must outlive the parsing.
void add_options(CLI::App& app, Options& options);

/// Throws UsageError for two symbols whose files would have one name. Patterns do not count.
void check_file_names(const Options& options);

/// Throws UsageError for more symbols than all connections carry that an address may have, and for
/// more levels than the exchange shows. A pattern counts as one symbol.
void check_limits(const Options& options);

/// Fills in what depends on other options. Throws UsageError.
void complete(Options& options);

inline constexpr const char* key_variable = "OBKIT_API_KEY";
inline constexpr const char* secret_variable = "OBKIT_API_SECRET";

/// Key and secret out of a text: two lines, or lines `OBKIT_API_KEY=…` and `OBKIT_API_SECRET=…`;
/// empty lines and lines that begin with `#` do not count. Empty for any other text.
[[nodiscard]] std::optional<feed::Credentials> parse_credentials(std::string_view text);

/// Those of `file`, or, where that is empty, of the environment; empty where there are none.
/// Throws UsageError for a file that others may read, for one that holds no credentials, and when
/// the environment has only one of the two; IoError.
[[nodiscard]] std::optional<feed::Credentials> find_credentials(const std::string& file);

/// The proxy of connections to `server`, as the environment names it for many programs:
/// https_proxy, http_proxy for what is not encrypted, all_proxy; none for hosts of no_proxy. Throws
/// UsageError for one that does not speak HTTP.
[[nodiscard]] std::string proxy_of_environment(const net::Endpoint& server);

}  // namespace obkit::obsave
