// A recorder as one would write it first, of the books of XBTUSD from a TLS websocket on this
// machine: Boost.Beast with blocking calls, a string and a line a frame, book_peer.hpp.
//
//     wss_peer nlohmann|simdjson PORT CA_FILE > lines
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <unistd.h>

#include "book_peer.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Websocket = beast::websocket::stream<asio::ssl::stream<asio::ip::tcp::socket>>;

void connect(Websocket& socket, asio::io_context& io, const std::string& port) {
  auto& tcp = beast::get_lowest_layer(socket);
  asio::connect(tcp, asio::ip::tcp::resolver{io}.resolve("localhost", port));
  tcp.set_option(asio::ip::tcp::no_delay{true});
  socket.next_layer().set_verify_callback(asio::ssl::host_name_verification{"localhost"});
  socket.next_layer().handshake(asio::ssl::stream_base::client);
  socket.handshake("localhost:" + port, "/realtime");
  const std::string_view subscribe = R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Primary"]})";
  socket.write(asio::buffer(subscribe));
}

/// Until the server closes. Lines are written at once, as obsave's are.
template <class Read, class Write>
void record(Websocket& socket, peer::Recorder<Read, Write> recorder) {
  beast::flat_buffer buffer;
  std::string out;
  for (beast::error_code closed;; buffer.clear(), out.clear()) {
    socket.read(buffer, closed);
    if (closed) return;
    const std::chrono::nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
    const std::string_view text{static_cast<const char*>(buffer.data().data()), buffer.size()};
    if (!text.starts_with(R"({"table":"orderBookL2")")) continue;
    recorder.frame(now.count(), text, out);
    if (!out.empty() && ::write(STDOUT_FILENO, out.data(), out.size()) < 0) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view way = argc == 4 ? argv[1] : "";
  if (way != "nlohmann" && way != "simdjson") {
    std::cerr << "wss_peer nlohmann|simdjson PORT CA_FILE\n";
    return 64;
  }
  asio::io_context io;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  tls.set_verify_mode(asio::ssl::verify_peer);
  tls.load_verify_file(argv[3]);
  Websocket socket{io, tls};
  connect(socket, io, argv[2]);
  if (way == "nlohmann")
    record(socket, peer::Recorder{peer::read_by_nlohmann, peer::write_by_fmt});
  else
    record(socket, peer::Recorder{peer::ReaderBySimdjson{}, peer::write_by_hand});
  return 0;
}
