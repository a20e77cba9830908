#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>

#include "obkit/core/descriptor.hpp"

namespace obkit::cli {

/// Removes unfinished outputs and lets `signal` end the process, also where it is blocked or
/// handled. Async-signal-safe.
void die_of(int signal) noexcept;

/// SIGINT, SIGTERM and SIGHUP (unless it is ignored) wait from now on: for a TerminationWatch,
/// which is told of them, or until they are let through. Call it first thing in main(), so that
/// none is lost while a tool begins.
void hold_termination_signals() noexcept;
/// From now on they do what they always do; one that came meanwhile does it now.
void let_termination_signals_through() noexcept;

/// While it lives, SIGINT, SIGTERM and SIGHUP (unless it is ignored) call `stop` on a thread of its
/// own instead of ending the process. Make it before any other thread: the signals are blocked in
/// the threads that start after it.
class TerminationWatch {
 public:
  /// Who stops in no more than `patience` stops by himself. Who does not, as he waits for an input
  /// that says nothing, dies of the signal then. Empty: he is waited for. Throws IoError where no
  /// descriptor is left.
  explicit TerminationWatch(std::function<void()> stop,
                            std::optional<std::chrono::milliseconds> patience = {});
  TerminationWatch(const TerminationWatch&) = delete;
  TerminationWatch& operator=(const TerminationWatch&) = delete;
  ~TerminationWatch();

 private:
  std::function<void()> stop_;
  std::optional<std::chrono::milliseconds> patience_;
  sigset_t before_{};
  Descriptor wake_;
  std::thread thread_;
};

}  // namespace obkit::cli
