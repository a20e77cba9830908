#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

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

}  // namespace obkit::net
