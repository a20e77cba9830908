#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace obkit::obsave {

/// Serves `/metrics` and `/healthz` over HTTP, in a thread of its own.
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
