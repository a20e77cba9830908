#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "obkit/net/endpoint.hpp"
#include "obkit/net/session.hpp"

#include "coroutine.hpp"
#include "tls.hpp"

namespace obkit::net {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

// Beast's streams with timeouts of their own would be one more layer for each frame.
using TcpStream = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using TlsStream = asio::ssl::stream<TcpStream>;

/// That the observer asked for a new connection.
[[nodiscard]] Disconnect disconnect_on_request(const Next& next);

/// Why a connection that stood ended.
[[nodiscard]] Disconnect disconnect_of_socket(beast::error_code error,
                                              const websocket::close_reason& reason);

/// What an answer to the upgrade other than 101 means.
[[nodiscard]] Disconnect disconnect_of_upgrade(const std::string& authority,
                                               const websocket::response_type& response);

/// What can be asked of a connection whatever it is made of.
class ConnectionControl {
 public:
  ConnectionControl() = default;
  ConnectionControl(const ConnectionControl&) = delete;
  ConnectionControl& operator=(const ConnectionControl&) = delete;
  virtual ~ConnectionControl() = default;

  /// Makes it end soon, by a proper close where there is something to close.
  virtual void end() = 0;
  /// The same for a reason that becomes the disconnect.
  virtual void end(Disconnect disconnect) = 0;
  virtual void send(std::vector<std::string> messages) = 0;
  [[nodiscard]] virtual Tick look() = 0;
};

/// One connection, from the first packet to the last; `Stream` is TcpStream or TlsStream. Closed
/// at the latest when it is destroyed.
template <class Stream>
class Connection final : public ConnectionControl {
 public:
  template <class... Arguments>
  Connection(const SessionOptions& options, const Endpoint& endpoint, Arguments&&... arguments)
      : options_{options},
        endpoint_{endpoint},
        socket_{std::forward<Arguments>(arguments)...},
        resolver_{socket_.get_executor()},
        alarm_{socket_.get_executor()} {
    socket_.control_callback([this](auto&&...) { heard_ = Timer::clock_type::now(); });
  }

  /// Why there is no connection; empty when it stands.
  Awaitable<std::optional<Disconnect>> open() {
    if (auto failure = co_await connect()) co_return failure;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      if (auto failure = co_await secure()) co_return failure;
    }
    co_return co_await upgrade();
  }

  /// Sends what the observer wants to, then reads until the end. Empty when the observer stops.
  Awaitable<std::optional<Disconnect>> talk(SessionObserver& observer) {
    send(observer.on_open());
    watch_silence();
    constexpr std::size_t usual = std::size_t{4} << 20U;
    for (beast::flat_buffer buffer;; buffer.clear()) {
      if (buffer.capacity() > 2 * usual) buffer = {};  // after a giant
      do {
        const auto [error, size] = co_await socket_.async_read_some(buffer, 0, quiet);
        if (error) co_return why_it_ended(error);
        heard_ = Timer::clock_type::now();
      } while (!socket_.is_message_done());
      Next next = observer.on_frame(text_of(buffer), options_.clock());
      send(std::move(next.send));
      if (next.step == Next::Step::read_on) continue;
      co_await close();
      if (next.step == Next::Step::stop) co_return std::nullopt;
      co_return disconnect_on_request(next);
    }
  }

  void end() override {
    if (!std::exchange(is_open_, false)) return abandon();
    limit(closing_time);
    socket_.async_close(websocket::close_code::normal,
                        [this, alive = std::weak_ptr{alive_}](beast::error_code) {
                          if (!alive.expired()) abandon();
                        });
  }

  void end(Disconnect disconnect) override {
    asked_ = std::move(disconnect);
    end();
  }

  void send(std::vector<std::string> messages) override {
    const bool is_writing = !outgoing_.empty();
    for (std::string& message : messages)
      outgoing_.push_back(std::make_shared<const std::string>(std::move(message)));
    if (!is_writing && !outgoing_.empty()) write();
  }

  Tick look() override {
    beast::error_code unknown;
    const std::size_t unread = is_open_ ? tcp().available(unknown) : 0;
    return {.is_connected = is_open_, .unread_bytes = unread};
  }

 private:
  static constexpr std::chrono::seconds closing_time{2};

  static std::string_view text_of(const beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
  }

  auto& tcp() { return beast::get_lowest_layer(socket_); }

  Awaitable<std::optional<Disconnect>> connect() {
    const auto [unknown, addresses] =
        co_await resolver_.async_resolve(endpoint_.host, endpoint_.port, quiet);
    if (unknown)
      co_return Disconnect{
          .kind = Disconnect::Kind::name,
          .text = "cannot find host '" + endpoint_.host + "': " + unknown.message()};
    limit(options_.patience);
    const auto [error, address] = co_await asio::async_connect(tcp(), addresses, quiet);
    if (error) co_return failure_of(Disconnect::Kind::connect, "cannot connect to ", error);
    tcp().set_option(asio::ip::tcp::no_delay{true});
    co_return std::nullopt;
  }

  Awaitable<std::optional<Disconnect>> secure() {
    SSL* const ssl = socket_.next_layer().native_handle();
    // Asio asks OpenSSL to give the buffer of a record back after each, and to take a new one.
    SSL_clear_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    expect_host(ssl, endpoint_.host);
    const auto [error] =
        co_await socket_.next_layer().async_handshake(asio::ssl::stream_base::client, quiet);
    if (!error) co_return std::nullopt;
    const CertificateRefusal refusal = refusal_of_certificate(ssl);
    if (refusal.text.empty()) co_return failure_of(Disconnect::Kind::tls, "no TLS with ", error);
    co_return Disconnect{
        .kind = refusal.may_pass ? Disconnect::Kind::tls : Disconnect::Kind::certificate,
        .text = "certificate of " + endpoint_.authority() + " refused: " + refusal.text};
  }

  Awaitable<std::optional<Disconnect>> upgrade() {
    alarm_.clear();
    set_up();
    websocket::response_type response;
    const auto [error] =
        co_await socket_.async_handshake(response, endpoint_.authority(), endpoint_.target, quiet);
    is_open_ = !error;
    heard_ = Timer::clock_type::now();
    if (!error) co_return std::nullopt;
    if (error == websocket::error::upgrade_declined)
      co_return disconnect_of_upgrade(endpoint_.authority(), response);
    co_return failure_of(Disconnect::Kind::upgrade, "no WebSocket with ", error);
  }

  void set_up() {
    socket_.set_option(
        websocket::stream_base::timeout{.handshake_timeout = options_.patience,
                                        .idle_timeout = websocket::stream_base::none(),
                                        .keep_alive_pings = false});
    socket_.read_message_max(options_.read_message_max);
    const bool may_tell = endpoint_.secure && options_.secret_headers;
    socket_.set_option(websocket::stream_base::decorator(
        [agent = options_.user_agent,
         secrets = may_tell ? options_.secret_headers()
                            : std::vector<feed::Header>{}](websocket::request_type& request) {
          request.set(beast::http::field::user_agent, agent);
          for (const feed::Header& header : secrets) request.set(header.name, header.value);
        }));
  }

  Disconnect failure_of(Disconnect::Kind kind, const char* what, beast::error_code error) {
    if (is_late_) error = beast::error::timeout;
    return {.kind = kind, .text = what + endpoint_.authority() + ": " + error.message()};
  }

  /// One message at a time; a failure shows in reading.
  void write() {
    const auto message = outgoing_.front();
    socket_.async_write(asio::buffer(*message), [this, message, alive = std::weak_ptr{alive_}](
                                                    beast::error_code error, std::size_t) {
      if (alive.expired()) return;
      outgoing_.pop_front();
      if (error) outgoing_.clear();
      if (!outgoing_.empty()) write();
    });
  }

  Disconnect why_it_ended(beast::error_code error) {
    is_open_ = false;
    if (is_late_) error = beast::error::timeout;
    return asked_ ? *asked_ : disconnect_of_socket(error, socket_.reason());
  }

  Awaitable<void> close() {
    is_open_ = false;
    limit(closing_time);
    co_await socket_.async_close(websocket::close_code::normal, quiet);
    alarm_.clear();
  }

  /// Pings a silent connection and ends a dead one. Beast would set a timer anew for each frame.
  void watch_silence() {
    if (!is_open_) return;
    const auto silent = Timer::clock_type::now() - heard_;
    if (silent >= 2 * options_.silence) return give_up();
    const bool to_ping = silent >= options_.silence;
    if (to_ping) ping();
    alarm_.set(heard_ + (to_ping ? 2 : 1) * options_.silence, [this] { watch_silence(); });
  }

  void ping() {
    if (std::exchange(is_pinging_, true)) return;
    socket_.async_ping({}, [this, alive = std::weak_ptr{alive_}](beast::error_code) {
      if (!alive.expired()) is_pinging_ = false;
    });
  }

  /// The other side may not answer any more.
  void limit(std::chrono::milliseconds time) {
    alarm_.set(Timer::clock_type::now() + time, [this] { give_up(); });
  }

  void give_up() {
    is_late_ = true;
    abandon();
  }

  void abandon() {
    alarm_.clear();
    resolver_.cancel();
    beast::error_code unknown;
    tcp().close(unknown);
  }

  const SessionOptions& options_;
  const Endpoint& endpoint_;
  websocket::stream<Stream, false> socket_;  // nobody compresses
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver_;
  Alarm alarm_;
  Timer::time_point heard_ = Timer::clock_type::now();  // when something came last
  bool is_open_ = false;
  bool is_late_ = false;
  bool is_pinging_ = false;
  std::optional<Disconnect> asked_;
  std::deque<std::shared_ptr<const std::string>> outgoing_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what is still queued asks for it
};

}  // namespace obkit::net
