#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "obsave/watch/status.hpp"

/// A build without OBKIT_METRICS has neither: their constructors throw UsageError.
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

/// Serves `/metrics` and `/healthz` over HTTP, in a thread of its own, to 32 connections at most.
/// One that asks for nothing in ten seconds is closed.
class HealthServer {
 public:
  struct Answers {
    std::function<std::string()> metrics;
    std::function<std::string()> problem;  ///< empty: healthy; else the text of a 503
  };

  /// `address` is HOST:PORT; port 0 takes one that is free. The answers are asked for in the
  /// server's thread. Throws UsageError for an address that is none, IoError where it cannot
  /// listen.
  HealthServer(const std::string& address, Answers answers);
  HealthServer(HealthServer&&) = delete;
  HealthServer& operator=(HealthServer&&) = delete;
  ~HealthServer();

  [[nodiscard]] std::uint16_t port() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::obsave
