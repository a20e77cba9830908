#pragma once

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

#include <unistd.h>

namespace obkit::obsave {

/// What a process that systemd started talks to: a datagram socket that NOTIFY_SOCKET names.
class ServiceManager {
 public:
  explicit ServiceManager(const std::string& path) : socket_{::socket(AF_UNIX, SOCK_DGRAM, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error{"cannot bind " + path};
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(socket_);
  }

  /// The next message; empty when there is none.
  [[nodiscard]] std::string next() const {
    std::array<char, 4096> text{};
    const auto size = ::recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? std::string{} : std::string{text.data(), static_cast<std::size_t>(size)};
  }

 private:
  int socket_;
};

}  // namespace obkit::obsave
