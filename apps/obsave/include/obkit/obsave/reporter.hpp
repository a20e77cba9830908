#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "obkit/cli/status_line.hpp"
#include "obkit/obsave/health_server.hpp"
#include "obkit/obsave/metrics.hpp"
#include "obkit/obsave/settings.hpp"
#include "obkit/obsave/status.hpp"

namespace obkit::obsave {

/// Tells the world how a recording does: a status line on a terminal, else a line of log a minute;
/// the service manager; Prometheus.
class Reporter {
 public:
  /// Serves metrics where they are asked for: throws what HealthServer throws.
  explicit Reporter(const Settings& settings);

  /// The recording begins.
  void begin();
  void on_book(std::chrono::nanoseconds delay);
  void on_status(const Status& status);

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string problem() const;

  cli::StatusLine line_;
  Clock::time_point last_line_ = Clock::now();
  std::optional<Metrics> metrics_;
  mutable std::mutex mutex_;  ///< of what the server's thread reads
  std::string problem_ = "starting";
  Clock::time_point last_status_ = Clock::now();
  std::optional<HealthServer> server_;  ///< last: it uses all others
};

}  // namespace obkit::obsave
