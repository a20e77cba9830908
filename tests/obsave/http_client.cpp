#include "http_client.hpp"

#include <iterator>

#include <boost/asio/ip/tcp.hpp>

namespace obkit::obsave {

std::string answers(std::uint16_t port, const std::string& requests) {
  boost::asio::ip::tcp::iostream stream{"127.0.0.1", std::to_string(port)};
  stream << requests << std::flush;
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::string request(const std::string& method, const std::string& target) {
  return method + " " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
}

std::string get(std::uint16_t port, const std::string& target) {
  return answers(port, request("GET", target));
}

}  // namespace obkit::obsave
