#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace obkit::exchange {

/// A websocket client of the tests: blocking, verifying, shares nothing with libs/net.
class TestClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// Connects and makes the TLS handshake; throws boost::system::system_error.
  TestClient(std::uint16_t port, const std::string& authority);
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient();

  /// 101, or what the server answered instead.
  unsigned upgrade(const std::string& target, const Headers& headers = {});
  /// Status of a plain request; `body` has what came with it.
  unsigned request(boost::beast::http::verb verb, const std::string& target);

  std::string read();
  /// The error that reading ends with, after whatever is still sent.
  boost::beast::error_code read_to_end();
  void send(const std::string& text);
  void ping();
  [[nodiscard]] bool got_binary() const;
  [[nodiscard]] int pings() const;
  [[nodiscard]] int pongs() const;
  [[nodiscard]] boost::beast::websocket::close_reason close_reason() const;
  boost::asio::ip::tcp::socket& socket();

  std::string body, retry_after;
  int frames = 0;  ///< that read_to_end() met

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// The first message of a server that is asked without TLS.
[[nodiscard]] std::string first_message_without_tls(std::uint16_t port);

}  // namespace obkit::exchange
