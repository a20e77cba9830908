#pragma once

#include <cstdint>
#include <iterator>
#include <string>

#include <boost/asio/ip/tcp.hpp>

namespace obkit::obsave {

/// All that a server on loopback answers to `requests` until it closes.
inline std::string answers(std::uint16_t port, const std::string& requests) {
  boost::asio::ip::tcp::iostream stream{"127.0.0.1", std::to_string(port)};
  stream << requests << std::flush;
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// A request whose answer is the last one of its connection.
inline std::string request(const std::string& method, const std::string& target) {
  return method + " " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
}

inline std::string get(std::uint16_t port, const std::string& target) {
  return answers(port, request("GET", target));
}

}  // namespace obkit::obsave
