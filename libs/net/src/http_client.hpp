#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/endpoint.hpp"

#include "transport.hpp"

namespace obkit::net {

struct HttpOptions {
  std::optional<Endpoint> server = {};  ///< without one every GET fails
  std::optional<Proxy> proxy = {};
  std::string user_agent;
  std::chrono::milliseconds patience;             ///< for one GET, from connecting to its last byte
  std::chrono::milliseconds longest_retry_after;  ///< what a server may ask for
  std::size_t body_max;                           ///< bytes
};

/// When a server may be asked next; clients that one address has share it. Asking takes a turn.
struct GetTurns {
  Timer::time_point free_at;
};

/// Those of a session that are about HTTP. Throws UsageError for a URL that is none.
[[nodiscard]] HttpOptions http_options(const SessionOptions& options);

/// What must not be seen of a proxy: what it is told, and the password alone.
[[nodiscard]] std::vector<std::string> hidden_by(const std::optional<Proxy>& proxy);

/// GETs of one server, one after another, on the thread of the session. While there is something
/// left to ask, the connection is kept if the server keeps it. Certificate and host name are
/// verified. A redirection is not followed: it is an answer as any other. Between them lie the
/// pauses of the GETs and those that the server asks for, also when its connection is another, and
/// those of other clients with the same turns.
class HttpClient {
 public:
  using OnAnswer = std::function<void(feed::HttpAnswer)>;

  /// `io`, `tls` and `turns` must outlive it.
  HttpClient(asio::io_context& io, asio::ssl::context& tls, HttpOptions options, GetTurns& turns);
  HttpClient(HttpClient&&) = delete;
  HttpClient& operator=(HttpClient&&) = delete;
  ~HttpClient();

  /// What is called once for each GET, never within get(). What it throws comes out of io.run().
  void on_answer(OnAnswer on_answer);

  /// One that waits already is asked for once.
  void get(feed::HttpGet page);
  /// Forgets all that was asked for; nobody is told.
  void cancel();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::net
