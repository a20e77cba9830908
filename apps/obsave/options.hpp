#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "obkit/feed/venue.hpp"

#include "obsave/recorder.hpp"

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
  std::string capture;
  std::vector<std::string> replay;
  std::vector<std::string> verify;
  std::string pool;  ///< empty: the exchange chooses
  bool pool_was_given = false;
  std::string credentials;
  std::optional<double> duration_seconds;
  std::optional<std::uint64_t> count;
  std::string metrics;
  std::chrono::milliseconds sync{5000};

  [[nodiscard]] bool is_live() const { return replay.empty(); }
  [[nodiscard]] bool is_default_url() const {
    return url == venue->live_url || url == venue->testnet_url;
  }
  /// Of the exchange's HTTP server: that of the venue, or of --url. Empty where the venue has none.
  [[nodiscard]] std::string http_url() const;
  [[nodiscard]] RecorderOptions recorder() const;
};

/// Offers the options. `options` must outlive the parsing.
void add_options(CLI::App& app, Options& options);

/// Fills in what depends on other options. Throws UsageError.
void complete(Options& options);

}  // namespace obkit::obsave
