#include "obkit/net/session.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "obkit/core/error.hpp"

#include "connection.hpp"
#include "coroutine.hpp"

namespace obkit::net {

using std::chrono::milliseconds;

class Session::Implementation {
 public:
  Implementation(SessionOptions options, std::mt19937 random)
      : options_{std::move(options)},
        endpoint_{parse_endpoint(options_.url)},
        tls_{make_tls_context(options_.ca_file)},
        random_{random} {}

  void run(SessionObserver& observer, std::optional<milliseconds> at_most) {
    if (at_most) {
      deadline_.expires_after(*at_most);
      deadline_.async_wait([this](beast::error_code cancelled) {
        if (!cancelled) end();
      });
    }
    schedule_tick(observer);
    asio::co_spawn(io_, stay_connected(observer), [this](const std::exception_ptr& thrown) {
      stopping_ = true;  // a tick that is due already cannot be cancelled
      deadline_.cancel();
      tick_.cancel();
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
    Connection<Stream> connection{options_, endpoint_, arguments...};
    const struct Reachable {
      ConnectionControl*& control;
      ~Reachable() { control = nullptr; }
    } reachable{control_};
    control_ = &connection;
    if (auto failure = co_await connection.open()) co_return failure;
    const auto begin = std::chrono::steady_clock::now();
    auto failure = co_await connection.talk(observer);
    backoff_.lasted(
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin));
    co_return failure;
  }

  SessionOptions options_;
  Endpoint endpoint_;
  asio::ssl::context tls_;
  std::mt19937 random_;
  Backoff backoff_{options_.backoff};
  asio::io_context io_{1};
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
