#include "obkit/cli/termination.hpp"

#include <array>
#include <cstdint>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "obkit/core/byte_stream.hpp"

namespace obkit::cli {
namespace {

sigset_t termination_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

/// Calls `stop` for each signal until `wake` becomes readable.
void watch(int signals, int wake, const std::function<void()>& stop) {
  std::array<pollfd, 2> ready{{{signals, POLLIN, 0}, {wake, POLLIN, 0}}};
  while (::poll(ready.data(), ready.size(), -1) < 0 || ready[1].revents == 0) {
    signalfd_siginfo info{};
    if (ready[0].revents != 0 && ::read(signals, &info, sizeof info) == sizeof info) stop();
  }
  ::close(signals);
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

TerminationWatch::TerminationWatch(std::function<void()> stop)
    : stop_{std::move(stop)}, wake_{::eventfd(0, EFD_CLOEXEC)} {
  const sigset_t signals = termination_signals();
  pthread_sigmask(SIG_BLOCK, &signals, &before_);
  const int descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  thread_ = std::thread{[this, descriptor] { watch(descriptor, wake_, stop_); }};
}

TerminationWatch::~TerminationWatch() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto count = ::write(wake_, &one, sizeof one);
  thread_.join();
  ::close(wake_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace obkit::cli
