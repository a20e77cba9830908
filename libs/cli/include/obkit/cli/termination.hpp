#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace obkit::cli {

/// Removes unfinished outputs and lets `signal` end the process, also where it is blocked or
/// handled. Async-signal-safe.
void die_of(int signal) noexcept;

/// While it lives, SIGINT and SIGTERM call `stop` on a thread of its own instead of ending the
/// process. Make it before any other thread: the signals are blocked in the threads that start
/// after it.
class TerminationWatch {
 public:
  explicit TerminationWatch(std::function<void()> stop);
  TerminationWatch(const TerminationWatch&) = delete;
  TerminationWatch& operator=(const TerminationWatch&) = delete;
  ~TerminationWatch();

 private:
  std::function<void()> stop_;
  sigset_t before_{};
  int wake_ = -1;
  std::thread thread_;
};

}  // namespace obkit::cli
