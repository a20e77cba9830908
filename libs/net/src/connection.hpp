#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "obkit/core/giant.hpp"
#include "obkit/net/secrets.hpp"

#include "http_client.hpp"
#include "transport.hpp"

namespace obkit::net {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

/// As the observer wished.
[[nodiscard]] Disconnect disconnect_on_request(const Next& next);
/// Why a connection that stood is gone.
[[nodiscard]] Disconnect disconnect_of_socket(beast::error_code error,
                                              const websocket::close_reason& reason,
                                              std::size_t message_max);
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
  /// Ends it at once.
  virtual void drop() = 0;
  virtual void send(std::vector<feed::Request> requests) = 0;
  [[nodiscard]] virtual Tick look() = 0;
};

/// One of the two that a chain may have: who is told of its connection, and its GETs.
struct Line {
  Line(asio::io_context& io, asio::ssl::context& tls, HttpOptions options, GetTurns& turns)
      : http{io, tls, std::move(options), turns}, turn{io}, ended{io} {}

  HttpClient http;
  Timer turn;                           ///< when its connection may be made
  Timer ended;                          ///< is cancelled when it is no longer busy
  SessionObserver* observer = nullptr;  ///< null: nobody listens any more
  ConnectionControl* control = nullptr;
  bool is_busy = false;
  bool is_ending = false;         ///< its observer wants no more of its connection
  std::optional<Disconnect> end;  ///< of its connection; empty: as the observer wished
};

/// Does what a step of a line's observer means for the other line.
using Arrange = std::function<void(Line&, Next::Step)>;

/// What a connection refers to; all of it outlives the connection.
struct Surroundings {
  const SessionOptions& options;
  const Endpoint& endpoint;
  const std::optional<Proxy>& proxy;
  Line& line;
  Secrets& secrets;
  const Arrange& arrange;
};

[[nodiscard]] constexpr bool is_about_two(Next::Step step) {
  return step == Next::Step::succeed || step == Next::Step::hand_over;
}

/// One connection, from the first packet to the last; `Stream` is TcpStream or TlsStream. Closed
/// at the latest when it is destroyed.
template <class Stream>
class Connection final : public ConnectionControl {
 public:
  template <class... Arguments>
  Connection(const Surroundings& around, Arguments&&... arguments)
      : options_{around.options},
        endpoint_{around.endpoint},
        proxy_{around.proxy},
        line_{around.line},
        secrets_{around.secrets},
        arrange_{around.arrange},
        socket_{std::forward<Arguments>(arguments)...},
        connector_{endpoint_, around.proxy, socket_.get_executor()},
        alarm_{socket_.get_executor()},
        keepalive_{socket_.get_executor()} {
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
  Awaitable<std::optional<Disconnect>> talk() {
    send(line_.observer->on_open());
    watch_silence();
    keep_alive();
    for (beast::flat_buffer buffer;; buffer.clear()) {
      if (is_left_by_giant(buffer.capacity())) buffer = {};
      do {
        const auto [error, size] = co_await socket_.async_read_some(buffer, 0, quiet_until_left());
        if (error) co_return why_it_ended(error);
        heard_ = Timer::clock_type::now();
      } while (!socket_.is_message_done());
      if (line_.observer == nullptr) continue;  // until its close is answered
      Next next = line_.observer->on_frame(secrets_.hide(text_of(buffer)), options_.clock());
      send(std::move(next.send));
      if (next.step != Next::Step::read_on) arrange_(line_, next.step);
      if (is_about_two(next.step) || next.step == Next::Step::read_on) continue;
      if (is_open_) co_await close();
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

  void drop() override {
    is_open_ = false;
    abandon();
  }

  void send(std::vector<feed::Request> requests) override {
    const bool is_writing = !outgoing_.empty();
    for (feed::Request& request : requests) {
      if (auto* const page = std::get_if<feed::HttpGet>(&request))
        line_.http.get(std::move(*page));
      else
        queue(std::move(std::get<std::string>(request)));
    }
    if (unsent_ > options_.unsent_max) return give_up_deaf();
    if (!is_writing && !outgoing_.empty()) write();
  }

  Tick look() override {
    beast::error_code unknown;
    const std::size_t unread = is_open_ ? tcp().available(unknown) : 0;
    const auto silent = Timer::clock_type::now() - heard_;
    const bool waits = is_open_ && silent > options_.silence;
    return {.is_connected = is_open_,
            .unread_bytes = unread,
            .unanswered = waits ? silent - options_.silence : Timer::duration{0}};
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
    SecretHeaders secret = may_tell ? options_.secret_headers() : SecretHeaders{};
    for (std::string& text : hidden_by(proxy_)) secret.hidden.push_back(std::move(text));
    secrets_.set(secret.hidden);
    socket_.set_option(websocket::stream_base::decorator(
        [agent = options_.user_agent,
         headers = std::move(secret.headers)](websocket::request_type& request) {
          request.set(beast::http::field::user_agent, agent);
          for (const feed::Header& header : headers) request.set(header.name, header.value);
        }));
  }

  void queue(std::string message) {
    if (!is_open_) return;
    unsent_ += cost(message);
    outgoing_.push_back(std::make_shared<const std::string>(std::move(message)));
  }

  /// What a waiting message takes, with all that is around it.
  static std::size_t cost(const std::string& message) {
    constexpr std::size_t around = 128;
    return message.size() + around;
  }

  /// Somebody who only talks would fill the memory with answers.
  void give_up_deaf() {
    is_open_ = false;
    asked_ = {.kind = Disconnect::Kind::dead,
              .text = "the connection is dead: " + std::to_string(outgoing_.size()) +
                      " messages wait to be sent, and the exchange reads none"};
    abandon();
  }

  /// One message at a time; a failure shows in reading.
  void write() {
    const auto message = outgoing_.front();
    socket_.async_write(asio::buffer(*message), [this, message, alive = std::weak_ptr{alive_}](
                                                    beast::error_code error, std::size_t) {
      if (alive.expired()) return;
      unsent_ -= cost(*message);
      outgoing_.pop_front();
      if (error) outgoing_.clear(), unsent_ = 0;
      if (!outgoing_.empty()) write();
    });
  }

  Disconnect why_it_ended(beast::error_code error) {
    is_open_ = false;
    if (connector_.is_late()) error = beast::error::timeout;
    return asked_ ? *asked_
                  : disconnect_of_socket(error, socket_.reason(), options_.read_message_max);
  }

  Awaitable<void> close() {
    is_open_ = false;
    limit(closing_time);
    co_await socket_.async_close(websocket::close_code::normal, quiet_until_left());
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

  void keep_alive() {
    if (!is_open_ || !options_.keepalive) return;
    keepalive_.set(Timer::clock_type::now() + options_.keepalive->every, [this] {
      if (options_.keepalive->text.empty())
        ping();
      else
        send({options_.keepalive->text});
      keep_alive();
    });
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
    keepalive_.clear();
    connector_.cancel();
    beast::error_code unknown;
    tcp().close(unknown);
    leave();
  }

  /// The end of TCP ends what waits for it. Beast's reading and closing may wait for each other
  /// instead: where nonsense arrives while a close is being sent.
  void leave() {
    constexpr std::chrono::milliseconds for_what_is_queued{10};
    alarm_.set(Timer::clock_type::now() + for_what_is_queued,
               [this] { left_.emit(asio::cancellation_type::terminal); });
  }

  auto quiet_until_left() { return asio::bind_cancellation_slot(left_.slot(), quiet); }

  const SessionOptions& options_;
  const Endpoint& endpoint_;
  const std::optional<Proxy>& proxy_;
  Line& line_;
  Secrets& secrets_;
  const Arrange& arrange_;
  asio::cancellation_signal left_;           // ends reading and closing
  websocket::stream<Stream, false> socket_;  // nobody compresses
  Connector connector_;
  Alarm alarm_, keepalive_;
  Timer::time_point heard_ = Timer::clock_type::now();  // when something came last
  bool is_open_ = false;
  bool is_pinging_ = false;
  std::optional<Disconnect> asked_;
  std::deque<std::shared_ptr<const std::string>> outgoing_;
  std::size_t unsent_ = 0;                                      ///< cost of what is outgoing
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what is still queued asks for it
};

}  // namespace obkit::net
