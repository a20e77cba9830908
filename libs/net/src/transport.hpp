#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include "obkit/net/endpoint.hpp"
#include "obkit/net/session.hpp"

/// What stands below WebSocket and HTTP: coroutines, timers, TCP and TLS up to a connection whose
/// certificate was verified.
namespace obkit::net {

namespace asio = boost::asio;

// Asio's usual executor can be any, which costs a virtual call and a counted reference at each step
// of each frame. A session has one thread and one context.
using Executor = asio::io_context::executor_type;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <class Result>
using Awaitable = asio::awaitable<Result, Executor>;

/// Waits in a coroutine; gives the error with the results instead of throwing it.
inline constexpr auto quiet = asio::as_tuple(asio::use_awaitable_t<Executor>{});

/// Calls one function at one time, on the thread of the session.
class Alarm {
 public:
  explicit Alarm(const Executor& executor) : timer_{executor} {}

  /// Instead of what was to be called before.
  template <class Action>
  void set(Timer::time_point time, Action action) {
    timer_.expires_at(time);
    timer_.async_wait([this, time, action = std::move(action),
                       alive = std::weak_ptr{alive_}](boost::system::error_code cancelled) {
      // What is queued already cannot be cancelled.
      if (!cancelled && !alive.expired() && timer_.expiry() == time) action();
    });
  }

  void clear() { timer_.expires_at(Timer::time_point::max()); }

 private:
  Timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Beast's streams with timeouts of their own would be one more layer for each frame.
using TcpStream = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using TlsStream = asio::ssl::stream<TcpStream>;
using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

/// TLS 1.2 or later, the system's anchors and those of `ca_file` (PEM; empty for none). Throws
/// IoError, and DataError for a file that holds no certificate.
[[nodiscard]] asio::ssl::context make_tls_context(const std::string& ca_file);

/// Makes the steps of one connection, and names the step that fails. Each returns empty when it
/// succeeded.
class Connector {
 public:
  /// What it refers to must outlive it.
  Connector(const Endpoint& endpoint, const std::optional<Proxy>& proxy, const Executor& executor)
      : endpoint_{endpoint}, proxy_{proxy}, resolver_{executor} {}

  /// Finds the host, calls `on_found`, connects `tcp`; through the proxy where there is one, which
  /// then finds the host.
  [[nodiscard]] Awaitable<std::optional<Disconnect>> connect(TcpStream& tcp,
                                                             std::function<void()> on_found);
  /// Asks for the host (SNI) and accepts only a certificate of it: a name or an address.
  [[nodiscard]] Awaitable<std::optional<Disconnect>> secure(TlsStream& tls);

  /// Ends the search for the host, also where it is found already and nobody was told yet.
  void cancel() {
    is_cancelled_ = true;
    resolver_.cancel();
  }
  /// From now on the reason of every failure is that it took too long.
  void expire() { is_late_ = true; }
  [[nodiscard]] bool is_late() const { return is_late_; }

  [[nodiscard]] Disconnect failure_of(Disconnect::Kind kind, std::string_view what,
                                      boost::system::error_code error) const;

 private:
  [[nodiscard]] Disconnect failure_of(Disconnect::Kind kind, std::string_view what,
                                      boost::system::error_code error, const Endpoint& whose) const;

  /// Asks the proxy for a connection to the host.
  [[nodiscard]] Awaitable<std::optional<Disconnect>> tunnel(TcpStream& tcp) const;

  const Endpoint& endpoint_;
  const std::optional<Proxy>& proxy_;
  Resolver resolver_;
  bool is_late_ = false, is_cancelled_ = false;
};

/// "32 MiB", or a number of bytes that is no whole number of them.
[[nodiscard]] std::string bytes_text(std::size_t bytes);

/// The value of the header Retry-After: whole seconds; the form with a date is ignored.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view text);

/// What exchanges mean by an HTTP status whose words do not tell: " (…)"; empty for others.
[[nodiscard]] std::string_view meaning_of_status(int status);

}  // namespace obkit::net
