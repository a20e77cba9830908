#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "obsave/watch/status.hpp"

/// A build without OBKIT_METRICS has none: its constructor throws UsageError.
namespace obkit::obsave {

/// A recording's figures for Prometheus. text() may be called from any thread, the rest from one.
class Metrics {
 public:
  /// `venue` becomes a label of the build information.
  explicit Metrics(std::string_view venue);
  Metrics(Metrics&&) = delete;
  Metrics& operator=(Metrics&&) = delete;
  ~Metrics();

  /// Pre: the counts of `status` do not fall from call to call.
  void update(const Status& status);
  /// From the receipt of a frame until its book was handed to the output. Shows with the next
  /// update(), so that all figures are of one moment.
  void observe_delay(std::chrono::nanoseconds delay);

  /// In Prometheus' text format 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::obsave
