#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace obkit::exchange {

/// The listening sockets: loopback, IPv4 and, where there is, IPv6, one port for both.
class Listener {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  /// Listens. Port 0: any that is free. Throws NetworkError.
  Listener(boost::asio::io_context& io, std::uint16_t port, std::function<void(Socket)> welcome);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Connections are refused; the port stays ours.
  void shut();
  /// Listens again, after shut().
  void open();
  /// For good.
  void close();

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor;

  static void bind(Acceptor& acceptor, const boost::asio::ip::tcp::endpoint& endpoint);
  void accept(Acceptor& acceptor, unsigned opening);

  std::function<void(Socket)> welcome_;
  Acceptor v4_, v6_;
  std::uint16_t port_ = 0;
  unsigned opening_ = 0;  ///< of which opening a connection is: those of earlier ones do not count
  bool has_v6_ = true;
};

}  // namespace obkit::exchange
