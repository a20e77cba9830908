#pragma once

#include <memory>
#include <utility>

#include "coroutine.hpp"

namespace obkit::feed {

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

}  // namespace obkit::feed
