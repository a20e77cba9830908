#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "obkit/obsave/recorder.hpp"

namespace obkit::obsave {

/// What the command line says.
struct Settings {
  std::string out;
  std::vector<std::string> symbols;
  bool testnet = false;
  std::string url;
  std::string ca_file;
  std::size_t depth = 100;
  Every every = Every::change;
  std::vector<std::string> replay;
  std::string pool = "Primary";
  std::string credentials;
  std::optional<double> duration_seconds;
  std::optional<std::uint64_t> count;

  [[nodiscard]] bool is_live() const { return replay.empty(); }
  [[nodiscard]] RecorderOptions recorder() const;
};

/// Offers the options. `settings` must outlive the parsing.
void add_options(CLI::App& app, Settings& settings);

/// Fills in what depends on other options. Throws UsageError.
void complete(Settings& settings);

}  // namespace obkit::obsave
