#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>

namespace obkit::exchange {

/// A websocket client of the tests: blocking, verifying, shares nothing with libs/feed.
class TestClient {
 public:
  using Tls = boost::beast::ssl_stream<boost::asio::ip::tcp::socket>;
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// Connects and makes the TLS handshake; throws boost::system::system_error.
  TestClient(std::uint16_t port, const std::string& authority) {
    context_.add_certificate_authority(boost::asio::buffer(authority));
    websocket_ = std::make_unique<boost::beast::websocket::stream<Tls>>(io_, context_);
    Tls& tls = websocket_->next_layer();
    tls.set_verify_mode(boost::asio::ssl::verify_peer);
    tls.set_verify_callback(boost::asio::ssl::host_name_verification("localhost"));
    tls.next_layer().connect({boost::asio::ip::address_v4::loopback(), port});
    tls.handshake(boost::asio::ssl::stream_base::client);
    websocket_->control_callback([this](auto kind, auto) {
      pings_ += kind == boost::beast::websocket::frame_type::ping ? 1 : 0;
      pongs_ += kind == boost::beast::websocket::frame_type::pong ? 1 : 0;
    });
    websocket_->read_message_max(64 << 20);
  }

  /// 101, or what the server answered instead.
  unsigned upgrade(const std::string& target, const Headers& headers = {}) {
    websocket_->set_option(boost::beast::websocket::stream_base::decorator(
        [headers](boost::beast::websocket::request_type& request) {
          for (const auto& [name, value] : headers) request.set(name, value);
        }));
    boost::beast::error_code error;
    boost::beast::websocket::response_type response;
    websocket_->handshake(response, "localhost", target, error);
    retry_after = response[boost::beast::http::field::retry_after];
    body = response.body();
    return response.result_int();
  }

  /// Status of a plain request; `body` has what came with it.
  unsigned request(boost::beast::http::verb verb, const std::string& target) {
    namespace http = boost::beast::http;
    http::request<http::empty_body> request{verb, target, 11};
    request.set(http::field::host, "localhost");
    http::write(websocket_->next_layer(), request);
    http::response<http::string_body> response;
    http::read(websocket_->next_layer(), buffer_, response);
    body = response.body();
    return response.result_int();
  }

  std::string read() {
    boost::beast::flat_buffer message;
    websocket_->read(message);
    return boost::beast::buffers_to_string(message.data());
  }
  /// The error that reading ends with, after whatever is still sent.
  boost::beast::error_code read_to_end() {
    boost::beast::error_code error;
    while (!error) {
      boost::beast::flat_buffer message;
      websocket_->read(message, error);
      frames += error ? 0 : 1;
    }
    return error;
  }
  void send(const std::string& text) { websocket_->write(boost::asio::buffer(text)); }
  void ping() { websocket_->ping({}); }
  [[nodiscard]] bool got_binary() const { return websocket_->got_binary(); }
  [[nodiscard]] int pings() const { return pings_; }
  [[nodiscard]] int pongs() const { return pongs_; }
  [[nodiscard]] auto close_reason() const { return websocket_->reason(); }
  boost::asio::ip::tcp::socket& socket() { return websocket_->next_layer().next_layer(); }

  std::string body, retry_after;
  int frames = 0;  ///< that read_to_end() met

 private:
  boost::asio::io_context io_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  std::unique_ptr<boost::beast::websocket::stream<Tls>> websocket_;
  boost::beast::flat_buffer buffer_;
  int pings_ = 0, pongs_ = 0;
};

}  // namespace obkit::exchange
