#include <systemd/sd-daemon.h>

#include "obsave/watch/status.hpp"

namespace obkit::obsave::service {
namespace {

/// Nothing follows from a failure: the manager sees that it hears nothing.
void tell(const std::string& state) {
  [[maybe_unused]] const int ignored = sd_notify(0, state.c_str());
}

}  // namespace

void tell_ready() { tell("READY=1"); }
void tell_alive(const std::string& status) { tell("WATCHDOG=1\nSTATUS=" + status); }
void tell_stopping() { tell("STOPPING=1"); }

}  // namespace obkit::obsave::service
