#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "obkit/cli/progress.hpp"

#include "obsave/options.hpp"
#include "obsave/output.hpp"
#include "obsave/recorder.hpp"
#include "obsave/trade_output.hpp"

namespace obkit::obsave {

class Metrics;
class HealthServer;
class LiveView;

/// As it was written last.
struct BestLevel {
  double price = 0, volume = 0;
};

/// How the recording of one symbol stands.
struct SymbolStatus {
  Tally tally;
  OutputCounts output = {};
  std::optional<TradeCounts> trades = {};  ///< empty: they are not recorded
  std::uint64_t trade_doubles = 0;         ///< trades that had come already
  bool can_be_written = true;              ///< its books, trades, manifest and capture
  std::optional<double> seconds_since_book = {};
  std::optional<double> lag_seconds = {};       ///< as in Status
  std::vector<BestLevel> bids = {}, asks = {};  ///< the best first; only where they were asked for
};

/// How a recording stands at one moment.
struct Status {
  Tally tally;
  OutputCounts output;
  bool is_connected = false;      ///< by all of its connections
  std::size_t wanted = 1;         ///< connections at a time
  std::size_t standing = 0;       ///< of these
  std::uint64_t connections = 0;  ///< that were made
  std::uint64_t successions = 0;  ///< connections that followed another without a gap
  std::map<std::string, std::uint64_t> disconnects;  ///< by kind
  std::string trouble;                     ///< why nothing can be written; empty when all is well
  std::optional<TradeCounts> trades = {};  ///< empty: they are not recorded
  std::optional<double> seconds_since_frame = {}, seconds_since_book = {};
  /// From the exchange's event time to the receipt of it; none for markets of the past.
  std::optional<double> lag_seconds = {};
  std::map<std::string, SymbolStatus> symbols = {};
  std::size_t unread_bytes = 0;  ///< received by the kernel, not yet by us
  std::optional<std::uint64_t> disk_free_bytes = {};
};

/// Why a recording is not as it should be: no connection, no frame for `stale_seconds`, no book
/// yet, nothing can be written. Empty when all is well.
[[nodiscard]] std::string problem_of(const Status& status, double stale_seconds);

/// A line for people: "12345 books of 20000 frames, 2 gaps, ...".
[[nodiscard]] std::string status_text(const Status& status);

/// Says of which symbols no book was written, and why; of many, of the first ones.
/// "no book of BTC-PERPETUAL: nothing of it came; nor of 2 further symbols". Pre: not empty.
[[nodiscard]] std::string text_of(const std::vector<Recorder::Loss>& bookless);
void tell_bookless(const std::vector<Recorder::Loss>& bookless);

/// Keeps lines of one kind from filling the log: of each minute the first ten are said, the others
/// counted. One thread at a time.
class LogLimit {
 public:
  using Clock = std::chrono::steady_clock;

  /// `kind` is what there may be many of: "refusals".
  explicit LogLimit(std::string kind) : kind_{std::move(kind)} {}
  LogLimit(LogLimit&&) = delete;
  LogLimit& operator=(LogLimit&&) = delete;
  ~LogLimit() { tell_rest(); }

  /// Whether the next line may be said.
  [[nodiscard]] bool admits(Clock::time_point now);
  /// Says at the end of a minute how many lines were not said. To be called from time to time.
  void sum_up(Clock::time_point now);

 private:
  void tell_rest();

  std::string kind_;
  Clock::time_point begin_;
  std::uint64_t said_ = 0, unsaid_ = 0;
};

/// Shows how a recording does: a status line on a terminal, else a line of log a minute; to the
/// service manager; to Prometheus.
class StatusMonitor {
 public:
  /// Serves metrics where they are asked for: throws what HealthServer throws.
  explicit StatusMonitor(const Options& options);
  StatusMonitor(StatusMonitor&&) = delete;
  StatusMonitor& operator=(StatusMonitor&&) = delete;
  ~StatusMonitor();

  /// The recording begins.
  void begin();
  void on_book(std::chrono::nanoseconds delay);
  void on_status(const Status& status);
  /// Whether somebody looks at the live page: the status should have the best levels then.
  [[nodiscard]] bool wants_levels() const;

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string problem() const;

  cli::StatusLine line_;
  Clock::time_point last_line_ = Clock::now();
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<LiveView> view_;
  mutable std::mutex mutex_;  ///< of what the server's thread reads
  std::string problem_ = "starting";
  Clock::time_point last_status_ = Clock::now();
  std::unique_ptr<HealthServer> server_;  ///< last: it uses all others
};

/// Talks to the service manager that started the process, where there is one that wants to know.
/// A build without OBKIT_SYSTEMD tells nobody.
namespace service {

void tell_ready();
/// That the process does its work still, and how.
void tell_alive(const std::string& status);
void tell_stopping();

}  // namespace service

}  // namespace obkit::obsave
