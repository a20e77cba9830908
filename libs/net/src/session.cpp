#include "obkit/net/session.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "obkit/net/secrets.hpp"

#include "http_client.hpp"
#include "transport.hpp"

namespace obkit::net {
namespace {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using std::chrono::milliseconds;

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

Disconnect disconnect_of_socket(beast::error_code error, const websocket::close_reason& reason,
                                std::size_t message_max) {
  if (error == websocket::error::closed) return disconnect_of_close(reason);
  if (error == beast::error::timeout)
    return {.kind = Disconnect::Kind::dead, .text = "the connection is dead: no answer to a ping"};
  if (is_end(error))
    return {.kind = Disconnect::Kind::cut,
            .text = "the connection was cut without a close frame: " + error.message()};
  // Then it was us who ended it; what ends it properly stands in the way of the first error.
  const bool is_ours = error.category() == asio::error::get_ssl_category() &&
                       ERR_GET_REASON(error.value()) == SSL_R_APPLICATION_DATA_AFTER_CLOSE_NOTIFY;
  std::string text = "what arrived is not understood: ";
  if (error == websocket::error::message_too_big)
    text += "a message of more than " + bytes_text(message_max);
  else if (is_ours)
    text += "a message of more than " + bytes_text(message_max) + ", or no websocket";
  else
    text += error.message();
  return {.kind = Disconnect::Kind::protocol, .text = std::move(text)};
}

Disconnect disconnect_of_upgrade(const std::string& authority,
                                 const websocket::response_type& response) {
  Disconnect disconnect{.kind = Disconnect::Kind::upgrade,
                        .http_status = static_cast<int>(response.result_int())};
  const auto reason = response.reason();
  disconnect.text =
      authority + " refused the upgrade: HTTP " + std::to_string(disconnect.http_status) + " ";
  disconnect.text.append(reason.data(), reason.size());
  disconnect.text += meaning_of_status(disconnect.http_status);
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
  /// Ends it at once.
  virtual void drop() = 0;
  virtual void send(std::vector<feed::Request> requests) = 0;
  [[nodiscard]] virtual Tick look() = 0;
};

/// One of the two that a session may have: who is told of its connection, and its GETs.
struct Line {
  Line(asio::io_context& io, asio::ssl::context& tls, HttpOptions options)
      : http{io, tls, std::move(options)}, ended{io} {}

  HttpClient http;
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

bool is_about_two(Next::Step step) {
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
    constexpr std::size_t usual = std::size_t{4} << 20U;
    for (beast::flat_buffer buffer;; buffer.clear()) {
      if (buffer.capacity() > 2 * usual) buffer = {};  // after a giant
      do {
        const auto [error, size] = co_await socket_.async_read_some(buffer, 0, quiet);
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
  }

  const SessionOptions& options_;
  const Endpoint& endpoint_;
  const std::optional<Proxy>& proxy_;
  Line& line_;
  Secrets& secrets_;
  const Arrange& arrange_;
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

/// A time that others name may be any; 2^31 s is long enough.
milliseconds to_milliseconds(std::chrono::seconds time) {
  constexpr std::chrono::seconds longest{std::numeric_limits<std::int32_t>::max()};
  return std::clamp(time, std::chrono::seconds{0}, longest);
}

}  // namespace

class Session::Implementation {
 public:
  Implementation(SessionOptions options, std::mt19937 random)
      : options_{std::move(options)},
        endpoint_{parse_endpoint(options_.url)},
        proxy_{parse_proxy(options_.proxy)},
        tls_{make_tls_context(options_.ca_file)},
        random_{random} {
    secrets_.set(hidden_by(proxy_));
  }

  void run(SessionObserver& observer, std::optional<milliseconds> at_most) {
    observer_ = &observer;
    if (at_most) {
      deadline_.expires_after(*at_most);
      deadline_.async_wait([this](beast::error_code cancelled) {
        if (!cancelled) end();
      });
    }
    schedule_tick();
    for (Line& line : lines_) pass_answers(line);
    asio::co_spawn(io_, stay_connected(), [this](const std::exception_ptr& thrown) {
      stopping_ = true;  // a tick that is due already cannot be cancelled
      deadline_.cancel();
      tick_.cancel();
      for (Line& line : lines_) line.http.cancel();
      if (thrown) fail(thrown);
    });
    io_.run();
    if (thrown_) std::rethrow_exception(thrown_);
  }

  void stop() {
    asio::post(io_, [this] { end(); });
  }

 private:
  /// All that is not ending already.
  void end() {
    stop_waiting();
    try {
      dismiss_heir();
    } catch (...) {
      return fail(std::current_exception());
    }
    if (current().control != nullptr) current().control->end();
  }

  /// An observer threw: what it threw first comes out of run() as soon as all has ended.
  void fail(std::exception_ptr thrown) {
    if (!thrown_) thrown_ = std::move(thrown);
    stop_waiting();
    for (Line& line : lines_)
      if (line.control != nullptr) line.control->drop();
  }

  void stop_waiting() {
    stopping_ = true;
    pause_.cancel();
    tick_.cancel();
    for (Line& line : lines_) line.http.cancel();
  }

  /// Tells an observer something, and does what it wants next.
  template <class Tell>
  void act(Line& line, Tell tell) {
    if (line.observer == nullptr) return;
    try {
      Next next = tell(*line.observer);
      if (next.step == Next::Step::stop) return stop_by(line);
      if (line.control == nullptr || !line.control->look().is_connected) return;
      if (next.step != Next::Step::read_on) arrange_succession(line, next.step);
      if (next.step == Next::Step::reconnect) return line.control->end(disconnect_on_request(next));
      line.control->send(std::move(next.send));
    } catch (...) {
      fail(std::current_exception());
    }
  }

  void pass_answers(Line& line) {
    line.http.on_answer([this, &line](feed::HttpAnswer answer) {
      const std::string body{secrets_.hide(answer.body)}, problem{secrets_.hide(answer.problem)};
      answer.body = body;
      answer.problem = problem;
      act(line,
          [&](SessionObserver& observer) { return observer.on_answer(answer, options_.clock()); });
    });
  }

  void schedule_tick() {
    tick_.expires_after(options_.tick);
    tick_.async_wait([this](beast::error_code cancelled) {
      if (cancelled || stopping_) return;
      const auto tell = [](Line& line) {
        return [&line](SessionObserver& observer) {
          return observer.on_tick(line.control != nullptr ? line.control->look() : Tick{});
        };
      };
      Line &first = current(), &second = other();
      act(first, tell(first));
      act(second, tell(second));
      if (!stopping_) schedule_tick();
    });
  }

  [[nodiscard]] Line& current() { return lines_.at(current_); }
  [[nodiscard]] Line& other() { return lines_.at(1 - current_); }

  /// Connects again and again, one connection after another.
  Awaitable<void> stay_connected() {
    while (!stopping_) {
      begin(current(), *observer_);
      while (current().is_busy) co_await current().ended.async_wait(quiet);
      dismiss_heir();
      while (other().is_busy) co_await other().ended.async_wait(quiet);
      const std::optional<Disconnect> disconnect = std::move(current().end);
      if (stopping_ || !disconnect) co_return;
      const milliseconds pause = pause_after(*disconnect);
      if (observer_->on_disconnect(*disconnect, pause) == Next::Step::stop) co_return;
      pause_.expires_after(pause);
      co_await pause_.async_wait(quiet);
    }
  }

  /// Makes a connection for an observer.
  void begin(Line& line, SessionObserver& observer) {
    line.observer = &observer;
    line.end.reset();
    line.is_ending = false;
    line.is_busy = true;
    line.ended.expires_at(Timer::time_point::max());
    asio::co_spawn(io_, serve(line), [this, &line](const std::exception_ptr& thrown) {
      line.is_busy = false;
      line.ended.cancel();
      if (thrown) fail(thrown);
    });
  }

  /// One connection, from the first packet to the last.
  Awaitable<void> serve(Line& line) {
    if (endpoint_.secure) {
      line.end = co_await attempt<TlsStream>(line, io_, tls_);
    } else {
      line.end = co_await attempt<TcpStream>(line, io_);
    }
    if (line.end) line.end->text = std::string{secrets_.hide(line.end->text)};
    const bool is_heirs = &line != &current() && line.observer != nullptr;
    if (is_heirs && line.end && !stopping_) tell_heir_of(*line.end);
  }

  /// Who ends a connection hands nothing over: its successor goes first.
  void arrange_succession(Line& line, Next::Step step) {
    if (is_about_two(step)) {
      if (stopping_ || current().is_ending) return;
      return step == Next::Step::succeed ? begin_heir() : hand_over();
    }
    line.is_ending = true;
    if (&line == &current()) return dismiss_heir();
    if (step == Next::Step::stop) stop_by_heir();
  }

  void stop_by(Line& line) {
    if (&line == &current()) return end();
    stop_by_heir();
    if (line.control != nullptr) line.control->end();
  }

  void stop_by_heir() {
    other().observer = nullptr;
    end();
  }

  void begin_heir() {
    SessionObserver* const heir = observer_->heir();
    if (heir != nullptr && !other().is_busy) begin(other(), *heir);
  }

  void hand_over() {
    Line &first = current(), &second = other();
    if (second.control == nullptr || second.observer == nullptr || second.is_ending) return;
    current_ = 1 - current_;
    second.observer = observer_;
    first.observer = nullptr;
    if (first.control != nullptr) first.control->end();
  }

  /// The first connection ends, or has ended.
  void dismiss_heir() {
    if (!other().is_busy || other().observer == nullptr) return;
    tell_heir_of({.kind = Disconnect::Kind::asked, .text = "the first connection ends"});
    if (other().control != nullptr) other().control->end();
  }

  void tell_heir_of(const Disconnect& disconnect) {
    SessionObserver* const heir = std::exchange(other().observer, nullptr);
    static_cast<void>(heir->on_disconnect(disconnect, milliseconds{0}));
  }

  milliseconds pause_after(const Disconnect& disconnect) {
    constexpr int forbidden = 403;
    milliseconds pause = backoff_.pause(random_);
    if (disconnect.retry_after)
      pause = std::max(pause, Backoff::asked(to_milliseconds(*disconnect.retry_after),
                                             options_.longest_retry_after, random_));
    if (disconnect.http_status == forbidden) pause = std::max(pause, options_.forbidden_pause);
    return pause;
  }

  /// It is gone before this returns.
  template <class Stream, class... Arguments>
  Awaitable<std::optional<Disconnect>> attempt(Line& line, Arguments&... arguments) {
    Connection<Stream> connection{
        Surroundings{options_, endpoint_, proxy_, line, secrets_, arrange_}, arguments...};
    const struct Reachable {
      ConnectionControl*& control;
      ~Reachable() { control = nullptr; }
    } reachable{line.control};
    line.control = &connection;
    if (stopping_ || line.observer == nullptr) co_return std::nullopt;
    if (auto failure = co_await connection.open()) co_return failure;
    if (line.observer == nullptr) co_return std::nullopt;
    const auto begin = std::chrono::steady_clock::now();
    auto failure = co_await connection.talk();
    line.http.cancel();
    backoff_.lasted(
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin));
    co_return failure;
  }

  SessionOptions options_;
  Endpoint endpoint_;
  std::optional<Proxy> proxy_;
  Secrets secrets_;
  asio::ssl::context tls_;
  asio::io_context io_{1};
  std::array<Line, 2> lines_{
      {{io_, tls_, http_options(options_)}, {io_, tls_, http_options(options_)}}};
  std::size_t current_ = 0;  ///< of the two; the other is the heir's
  const Arrange arrange_ = [this](Line& line, Next::Step step) { arrange_succession(line, step); };
  SessionObserver* observer_ = nullptr;
  std::mt19937 random_;
  Backoff backoff_{options_.backoff};
  Timer pause_{io_}, deadline_{io_}, tick_{io_};
  std::exception_ptr thrown_;
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
