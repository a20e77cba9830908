#include "listener.hpp"

#include <string>
#include <utility>

#include "obkit/core/error.hpp"

namespace obkit::exchange {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using boost::asio::ip::tcp;

Listener::Listener(boost::asio::io_context& io, std::uint16_t port,
                   std::function<void(Socket)> welcome)
    : welcome_{std::move(welcome)}, v4_{io}, v6_{io} {
  try {
    bind(v4_, {address_v4::loopback(), port});
  } catch (const boost::system::system_error& error) {
    throw NetworkError{"port " + std::to_string(port) + ": " + error.code().message()};
  }
  port_ = v4_.local_endpoint().port();
  try {
    bind(v6_, {address_v6::loopback(), port_});
  } catch (const boost::system::system_error&) {
    has_v6_ = false;  // a machine without IPv6, or the port is another's there
    v6_.close();
  }
  open();
}

void Listener::bind(Acceptor& acceptor, const tcp::endpoint& endpoint) {
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address{true});
  acceptor.bind(endpoint);
}

/// A socket that is bound but does not listen keeps the port, so that no client that tries to
/// connect meanwhile gets it as its own.
void Listener::shut() {
  close();
  bind(v4_, {address_v4::loopback(), port_});
  if (has_v6_) bind(v6_, {address_v6::loopback(), port_});
}

void Listener::open() {
  for (Acceptor* acceptor : {&v4_, &v6_}) {
    if (!acceptor->is_open()) continue;
    acceptor->listen();
    accept(*acceptor, opening_);
  }
}

void Listener::close() {
  ++opening_;
  v4_.close();
  v6_.close();
}

void Listener::accept(Acceptor& acceptor, unsigned opening) {
  acceptor.async_accept(
      [this, &acceptor, opening](const boost::system::error_code& error, Socket socket) {
        if (opening != opening_) return;
        if (!error) welcome_(std::move(socket));
        accept(acceptor, opening);
      });
}

}  // namespace obkit::exchange
