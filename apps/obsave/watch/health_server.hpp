#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace obkit::obsave {

class LiveView;

/// Serves `/metrics`, `/healthz` and, where there is one, the live page at `/` with its `/events`,
/// over HTTP, in a thread of its own, to 32 connections at most. One that asks for nothing in ten
/// seconds is closed. Nothing can be changed: GET and HEAD are all that is answered.
///
/// `/events` are server-sent events, a status a second, for eight readers at most. One that does
/// not read for ten seconds is dropped; what it missed is not kept. The page and its events are for
/// this machine's addresses, names without a dot and the host of the address alone, so that no
/// other site's name that leads here (DNS rebinding) can read them.
///
/// A build without OBKIT_METRICS has none: its constructor throws UsageError.
class HealthServer {
 public:
  struct Answers {
    std::function<std::string()> metrics;
    std::function<std::string()> problem;  ///< empty: healthy; else the text of a 503
    std::string page = {};                 ///< HTML; empty: there is none
    LiveView* view = nullptr;              ///< must outlive the server; null: no events
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
