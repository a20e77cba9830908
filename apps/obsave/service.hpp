#pragma once

#include <string>

/// Talks to the service manager that started the process, where there is one that wants to know.
namespace obkit::obsave::service {

void tell_ready();
/// That the process does its work still, and how.
void tell_alive(const std::string& status);
void tell_stopping();

}  // namespace obkit::obsave::service
