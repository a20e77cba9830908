#include "obkit/cli/termination.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"

namespace obkit::cli {
namespace {

sigset_t termination_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  struct sigaction hang_up {};
  sigaction(SIGHUP, nullptr, &hang_up);
  if (hang_up.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);  // nohup stays in force
  return set;
}

/// Calls `stop` for each signal until `wake` becomes readable; lets the first one end the process
/// where that has not happened within `patience`.
void watch(const Descriptor& signals, int wake, const std::function<void()>& stop,
           std::optional<std::chrono::milliseconds> patience) {
  using Clock = std::chrono::steady_clock;
  std::array<pollfd, 2> ready{{{signals.get(), POLLIN, 0}, {wake, POLLIN, 0}}};
  signalfd_siginfo first{};
  std::optional<Clock::time_point> last_call;
  const auto time_left = [&] {
    if (!last_call) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*last_call - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  };
  for (;;) {
    const int count = ::poll(ready.data(), ready.size(), time_left());
    if (count > 0 && ready[1].revents != 0) return;
    if (count == 0) die_of(static_cast<int>(first.ssi_signo));
    signalfd_siginfo info{};
    if (count <= 0 || ::read(signals.get(), &info, sizeof info) != sizeof info) continue;
    stop();
    if (!patience || last_call) continue;
    first = info;
    last_call = Clock::now() + *patience;
  }
}

}  // namespace

void die_of(int signal) noexcept {
  remove_unfinished_files();
  std::signal(signal, SIG_DFL);  // NOLINT(cert-err33-c): nothing to do about a failure here
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(signal);  // NOLINT(cert-err33-c)
}

void hold_termination_signals() noexcept {
  const sigset_t signals = termination_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void let_termination_signals_through() noexcept {
  const sigset_t signals = termination_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

TerminationWatch::TerminationWatch(std::function<void()> stop,
                                   std::optional<std::chrono::milliseconds> patience)
    : stop_{std::move(stop)}, patience_{patience}, wake_{::eventfd(0, EFD_CLOEXEC)} {
  const sigset_t signals = termination_signals();
  pthread_sigmask(SIG_BLOCK, &signals, &before_);
  Descriptor arriving{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!wake_.is_open() || !arriving.is_open()) {
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    throw IoError{IoError::During::create, "a descriptor for signals", error};
  }
  thread_ = std::thread{
      [this, signal = std::move(arriving)] { watch(signal, wake_.get(), stop_, patience_); }};
}

TerminationWatch::~TerminationWatch() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto count = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace obkit::cli
