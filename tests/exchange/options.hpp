#pragma once

#include <optional>
#include <string>

#include "obkit/cli/cli11_fwd.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"

namespace obkit::exchange {

/// The command line of obexchange, as it is written there.
struct Options {
  SyntheticOptions market;
  std::string start = "2026-01-01T00:00:00Z";
  std::string venue;  ///< empty: of the capture, else BitMEX
  std::string replay;
  std::string speed = "1";
  std::optional<double> duration;
  bool at_once = false, plain = false, early_deltas = false, overwrite = false;
  bool echo_auth = false, no_pings = false, trades = false;
  unsigned heartbeat_second = 1000;  ///< milliseconds
  std::vector<std::string> faults;
  std::string truth, trade_truth, authority_file, write_capture, pool = "Primary";
  unsigned partial_delay = 0;
  ServerOptions server;
};

void add_options(CLI::App& app, Options& options);

/// Throws UsageError for a symbol that cannot stand in JSON and topics as it is, or twice.
void check_symbols(const std::vector<std::string>& symbols);
/// Empty: as fast as the clients read. Throws UsageError.
[[nodiscard]] std::optional<double> speed(const Options& options);
[[nodiscard]] std::optional<std::chrono::nanoseconds> duration(const Options& options);
/// Throws UsageError for what is no `FAULT[=VALUE]@FRAMES`.
[[nodiscard]] std::vector<PlannedFault> plan(const Options& options);

}  // namespace obkit::exchange
