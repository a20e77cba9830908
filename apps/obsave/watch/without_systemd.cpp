// Instead of service.cpp, where obkit is built without OBKIT_SYSTEMD: nobody is told.
#include "obsave/watch/status.hpp"

namespace obkit::obsave::service {

void tell_ready() {}
void tell_alive(const std::string& /*status*/) {}
void tell_stopping() {}

}  // namespace obkit::obsave::service
