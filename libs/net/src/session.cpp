#include "obkit/net/session.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "http_client.hpp"
#include "transport.hpp"

namespace obkit::net {
namespace {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

Disconnect disconnect_of_close(const websocket::close_reason& reason) {
  Disconnect disconnect{.kind = Disconnect::Kind::closed, .close_code = reason.code};
  disconnect.text = "the exchange closed the connection, code " + std::to_string(reason.code);
  if (!reason.reason.empty())
    disconnect.text.append(": ").append(reason.reason.data(), reason.reason.size());
  return disconnect;
}

bool is_end(beast::error_code error) {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == asio::error::operation_aborted ||
         error == asio::ssl::error::stream_truncated;
}

Disconnect disconnect_on_request(const Next& next) {
  return {.kind = Disconnect::Kind::asked, .text = next.reason, .retry_after = next.retry_after};
}

Disconnect disconnect_of_socket(beast::error_code error, const websocket::close_reason& reason) {
  if (error == websocket::error::closed) return disconnect_of_close(reason);
  if (error == beast::error::timeout)
    return {.kind = Disconnect::Kind::dead, .text = "the connection is dead: no answer to a ping"};
  if (is_end(error))
    return {.kind = Disconnect::Kind::cut,
            .text = "the connection was cut without a close frame: " + error.message()};
  return {.kind = Disconnect::Kind::protocol,
          .text = "what arrived is not understood: " + error.message()};
}

Disconnect disconnect_of_upgrade(const std::string& authority,
                                 const websocket::response_type& response) {
  Disconnect disconnect{.kind = Disconnect::Kind::upgrade,
                        .http_status = static_cast<int>(response.result_int())};
  const auto reason = response.reason();
  disconnect.text =
      authority + " refused the upgrade: HTTP " + std::to_string(disconnect.http_status) + " ";
  disconnect.text.append(reason.data(), reason.size());
  const auto after = response[beast::http::field::retry_after];
  disconnect.retry_after = parse_retry_after({after.data(), after.size()});
  return disconnect;
}

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
  virtual void send(std::vector<feed::Request> requests) = 0;
  [[nodiscard]] virtual Tick look() = 0;
};

/// One connection, from the first packet to the last; `Stream` is TcpStream or TlsStream. Closed
/// at the latest when it is destroyed.
template <class Stream>
class Connection final : public ConnectionControl {
 public:
  template <class... Arguments>
  Connection(const SessionOptions& options, const Endpoint& endpoint, HttpClient& http,
             Arguments&&... arguments)
      : options_{options},
        endpoint_{endpoint},
        http_{http},
        socket_{std::forward<Arguments>(arguments)...},
        connector_{endpoint_, socket_.get_executor()},
        alarm_{socket_.get_executor()} {
    socket_.control_callback([this](auto&&...) { heard_ = Timer::clock_type::now(); });
  }

  /// Why there is no connection; empty when it stands.
  Awaitable<std::optional<Disconnect>> open() {
    if (auto failure = co_await connector_.connect(tcp(), [this] { limit(options_.patience); }))
      co_return failure;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      if (auto failure = co_await connector_.secure(socket_.next_layer())) co_return failure;
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

  void send(std::vector<feed::Request> requests) override {
    const bool is_writing = !outgoing_.empty();
    for (feed::Request& request : requests) {
      if (auto* const page = std::get_if<feed::HttpGet>(&request))
        http_.get(std::move(*page));
      else
        outgoing_.push_back(
            std::make_shared<const std::string>(std::move(std::get<std::string>(request))));
    }
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

  TcpStream& tcp() { return beast::get_lowest_layer(socket_); }

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
    co_return connector_.failure_of(Disconnect::Kind::upgrade, "no WebSocket with ", error);
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
    if (connector_.is_late()) error = beast::error::timeout;
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
    connector_.expire();
    abandon();
  }

  void abandon() {
    alarm_.clear();
    connector_.cancel();
    beast::error_code unknown;
    tcp().close(unknown);
  }

  const SessionOptions& options_;
  const Endpoint& endpoint_;
  HttpClient& http_;
  websocket::stream<Stream, false> socket_;  // nobody compresses
  Connector connector_;
  Alarm alarm_;
  Timer::time_point heard_ = Timer::clock_type::now();  // when something came last
  bool is_open_ = false;
  bool is_pinging_ = false;
  std::optional<Disconnect> asked_;
  std::deque<std::shared_ptr<const std::string>> outgoing_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what is still queued asks for it
};

HttpOptions http_options(const SessionOptions& options) {
  HttpOptions http{.user_agent = options.user_agent,
                   .patience = options.http_patience,
                   .body_max = options.read_message_max};
  if (!options.http_url.empty()) http.server = parse_endpoint(options.http_url, Scheme::http);
  return http;
}

}  // namespace

using std::chrono::milliseconds;

class Session::Implementation {
 public:
  Implementation(SessionOptions options, std::mt19937 random)
      : options_{std::move(options)},
        endpoint_{parse_endpoint(options_.url)},
        tls_{make_tls_context(options_.ca_file)},
        http_{io_, tls_, http_options(options_)},
        random_{random} {}

  void run(SessionObserver& observer, std::optional<milliseconds> at_most) {
    if (at_most) {
      deadline_.expires_after(*at_most);
      deadline_.async_wait([this](beast::error_code cancelled) {
        if (!cancelled) end();
      });
    }
    schedule_tick(observer);
    http_.on_answer([this, &observer](const feed::HttpAnswer& answer) {
      act(observer.on_answer(answer, options_.clock()));
    });
    asio::co_spawn(io_, stay_connected(observer), [this](const std::exception_ptr& thrown) {
      stopping_ = true;  // a tick that is due already cannot be cancelled
      deadline_.cancel();
      tick_.cancel();
      http_.cancel();
      if (thrown) std::rethrow_exception(thrown);
    });
    io_.run();
  }

  void stop() {
    asio::post(io_, [this] { end(); });
  }

 private:
  void end() {
    stopping_ = true;
    pause_.cancel();
    tick_.cancel();
    http_.cancel();
    if (control_ != nullptr) control_->end();
  }

  void schedule_tick(SessionObserver& observer) {
    tick_.expires_after(options_.tick);
    tick_.async_wait([this, &observer](beast::error_code cancelled) {
      if (cancelled || stopping_) return;
      act(observer.on_tick(control_ != nullptr ? control_->look() : Tick{}));
      if (!stopping_) schedule_tick(observer);
    });
  }

  void act(Next next) {
    if (next.step == Next::Step::stop) return end();
    if (control_ == nullptr || !control_->look().is_connected) return;
    if (next.step == Next::Step::reconnect) return control_->end(disconnect_on_request(next));
    control_->send(std::move(next.send));
  }

  Awaitable<void> stay_connected(SessionObserver& observer) {
    while (!stopping_) {
      std::optional<Disconnect> disconnect;
      if (endpoint_.secure) {
        disconnect = co_await attempt<TlsStream>(observer, io_, tls_);
      } else {
        disconnect = co_await attempt<TcpStream>(observer, io_);
      }
      if (stopping_ || !disconnect) co_return;
      const milliseconds pause = pause_after(*disconnect);
      if (observer.on_disconnect(*disconnect, pause) == Next::Step::stop) co_return;
      pause_.expires_after(pause);
      co_await pause_.async_wait(quiet);
    }
  }

  milliseconds pause_after(const Disconnect& disconnect) {
    constexpr int forbidden = 403;
    milliseconds pause = std::max<milliseconds>(
        backoff_.pause(random_), disconnect.retry_after.value_or(std::chrono::seconds{0}));
    if (disconnect.http_status == forbidden) pause = std::max(pause, options_.forbidden_pause);
    return pause;
  }

  /// One connection; it is gone before this returns.
  template <class Stream, class... Arguments>
  Awaitable<std::optional<Disconnect>> attempt(SessionObserver& observer, Arguments&... arguments) {
    Connection<Stream> connection{options_, endpoint_, http_, arguments...};
    const struct Reachable {
      ConnectionControl*& control;
      ~Reachable() { control = nullptr; }
    } reachable{control_};
    control_ = &connection;
    if (auto failure = co_await connection.open()) co_return failure;
    const auto begin = std::chrono::steady_clock::now();
    auto failure = co_await connection.talk(observer);
    http_.cancel();
    backoff_.lasted(
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin));
    co_return failure;
  }

  SessionOptions options_;
  Endpoint endpoint_;
  asio::ssl::context tls_;
  asio::io_context io_{1};
  HttpClient http_;
  std::mt19937 random_;
  Backoff backoff_{options_.backoff};
  Timer pause_{io_}, deadline_{io_}, tick_{io_};
  ConnectionControl* control_ = nullptr;
  bool stopping_ = false;
};

Session::Session(SessionOptions options, std::mt19937 random)
    : implementation_{std::make_unique<Implementation>(std::move(options), random)} {}
Session::~Session() = default;

void Session::run(SessionObserver& observer, std::optional<milliseconds> at_most) {
  implementation_->run(observer, at_most);
}

void Session::stop() { implementation_->stop(); }

}  // namespace obkit::net
