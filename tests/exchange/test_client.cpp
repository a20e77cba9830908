#include "test_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>

namespace obkit::exchange {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;

class TestClient::Implementation {
 public:
  Implementation(std::uint16_t port, const std::string& authority) {
    context_.add_certificate_authority(asio::buffer(authority));
    websocket_ = std::make_unique<websocket::stream<Tls, false>>(io_, context_);
    tls().set_verify_mode(asio::ssl::verify_peer);
    tls().set_verify_callback(asio::ssl::host_name_verification("localhost"));
    tls().next_layer().connect({asio::ip::address_v4::loopback(), port});
    tls().handshake(asio::ssl::stream_base::client);
    websocket_->control_callback([this](auto kind, auto) {
      pings += kind == websocket::frame_type::ping ? 1 : 0;
      pongs += kind == websocket::frame_type::pong ? 1 : 0;
    });
    websocket_->read_message_max(64 << 20);
  }

  using Tls = beast::ssl_stream<tcp::socket>;
  [[nodiscard]] auto& websocket() { return *websocket_; }
  [[nodiscard]] Tls& tls() { return websocket_->next_layer(); }

  beast::flat_buffer buffer;
  int pings = 0, pongs = 0;

 private:
  asio::io_context io_;
  asio::ssl::context context_{asio::ssl::context::tls_client};
  std::unique_ptr<websocket::stream<Tls, false>> websocket_;
};

TestClient::TestClient(std::uint16_t port, const std::string& authority)
    : implementation_{std::make_unique<Implementation>(port, authority)} {}
TestClient::~TestClient() = default;

unsigned TestClient::upgrade(const std::string& target, const Headers& headers) {
  implementation_->websocket().set_option(
      websocket::stream_base::decorator([headers](websocket::request_type& request) {
        for (const auto& [name, value] : headers) request.set(name, value);
      }));
  beast::error_code error;
  websocket::response_type response;
  implementation_->websocket().handshake(response, "localhost", target, error);
  retry_after = response[http::field::retry_after];
  body = response.body();
  return response.result_int();
}

unsigned TestClient::request(http::verb verb, const std::string& target) {
  http::request<http::empty_body> request{verb, target, 11};
  request.set(http::field::host, "localhost");
  http::write(implementation_->tls(), request);
  http::response<http::string_body> response;
  http::read(implementation_->tls(), implementation_->buffer, response);
  retry_after = response[http::field::retry_after];
  body = response.body();
  return response.result_int();
}

std::string TestClient::read() {
  beast::flat_buffer message;
  implementation_->websocket().read(message);
  return beast::buffers_to_string(message.data());
}

beast::error_code TestClient::read_to_end() {
  beast::error_code error;
  while (!error) {
    beast::flat_buffer message;
    implementation_->websocket().read(message, error);
    frames += error ? 0 : 1;
  }
  return error;
}

void TestClient::send(const std::string& text) {
  implementation_->websocket().write(asio::buffer(text));
}
void TestClient::ping() { implementation_->websocket().ping({}); }
bool TestClient::got_binary() const { return implementation_->websocket().got_binary(); }
int TestClient::pings() const { return implementation_->pings; }
int TestClient::pongs() const { return implementation_->pongs; }
websocket::close_reason TestClient::close_reason() const {
  return implementation_->websocket().reason();
}
tcp::socket& TestClient::socket() { return implementation_->tls().next_layer(); }

std::string first_message_without_tls(std::uint16_t port) {
  asio::io_context io;
  websocket::stream<tcp::socket, false> client{io};
  client.next_layer().connect({asio::ip::address_v4::loopback(), port});
  client.handshake("localhost", "/realtime");
  beast::flat_buffer message;
  client.read(message);
  return beast::buffers_to_string(message.data());
}

}  // namespace obkit::exchange
