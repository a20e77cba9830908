#include <array>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/net/endpoint.hpp"
#include "obkit/net/session.hpp"

#include "session_log.hpp"

namespace obkit::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Gives one client an answer, and the bytes of the server that it names where `answer` is empty.
class OneProxy {
 public:
  explicit OneProxy(std::string answer = {})
      : thread_{[this, answer = std::move(answer)] { serve(answer); }} {}
  OneProxy(const OneProxy&) = delete;
  OneProxy& operator=(const OneProxy&) = delete;
  ~OneProxy() { thread_.join(); }

  [[nodiscard]] std::string authority() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  /// Once it has served.
  [[nodiscard]] const std::string& asked() const { return asked_; }

 private:
  void serve(const std::string& answer) {
    boost::system::error_code ignored;
    tcp::socket client{io_}, server{io_};
    acceptor_.accept(client, ignored);
    asio::read_until(client, asio::dynamic_buffer(asked_), "\r\n\r\n", ignored);
    if (!answer.empty()) {
      asio::write(client, asio::buffer(answer), ignored);
      return;
    }
    const std::size_t colon = asked_.find(':');
    const std::string port = asked_.substr(colon + 1, asked_.find(' ', colon) - colon - 1);
    asio::connect(server, tcp::resolver{io_}.resolve("127.0.0.1", port), ignored);
    const std::string_view made = "HTTP/1.1 200 Connection established\r\n\r\n";
    asio::write(client, asio::buffer(made), ignored);
    std::thread back{[&] { pass(server, client); }};
    pass(client, server);
    back.join();
  }

  static void pass(tcp::socket& from, tcp::socket& to) {
    std::array<char, 4096> bytes{};
    boost::system::error_code error;
    while (!error) {
      const std::size_t count = from.read_some(asio::buffer(bytes), error);
      if (!error) asio::write(to, asio::buffer(bytes, count), error);
    }
    boost::system::error_code ignored;
    to.shutdown(tcp::socket::shutdown_both, ignored);
    from.shutdown(tcp::socket::shutdown_both, ignored);
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::string asked_;
  std::thread thread_;
};

TEST(ProxyUrl, is_of_http) {
  EXPECT_FALSE(parse_proxy(""));
  const auto bare = parse_proxy("proxy.example:3128").value();
  EXPECT_EQ(bare.server.host_and_port(), "proxy.example:3128");
  EXPECT_EQ(bare.user_and_password, "");
  const auto whole = parse_proxy("http://us%65r:p%40ss@[::1]:8080/").value();
  EXPECT_EQ(whole.server.host_and_port(), "[::1]:8080");
  EXPECT_EQ(whole.user_and_password, "user:p@ss");
  for (const char* wrong : {"https://host", "socks5://u:geheim@host:1080", "http://", "x:99999",
                            "u:geheim@", "http://host/path", "http://u:geheim@ho st"}) {
    try {
      static_cast<void>(parse_proxy(wrong));
      FAIL() << wrong;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("is no HTTP proxy like http://host:port"),
                                      Not(HasSubstr("geheim"))));
    }
  }
}

TEST(Proxy, carries_a_connection_whose_certificate_is_the_exchanges) {
  exchange::ServerOptions server_options;
  server_options.speed = std::nullopt;
  exchange::Server server{exchange::make_synthetic_source({}), server_options};
  server.start();
  const TextFile authority{server.authority()};
  auto options = quick_options(server.url());
  options.ca_file = authority.path();
  SessionLog log;
  log.frames_wanted = 1;
  const OneProxy proxy;
  options.proxy = "http://me:secret@" + proxy.authority();
  Session{options, std::mt19937{1}}.run(log);
  EXPECT_EQ(log.frames.size(), 1U);
  const std::string goal = "localhost:" + std::to_string(server.port());
  EXPECT_THAT(proxy.asked(), AllOf(StartsWith("CONNECT " + goal + " HTTP/1.1\r\n"),
                                   HasSubstr("Host: " + goal + "\r\n"),
                                   HasSubstr("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n")));
}

TEST(Proxy, that_refuses_is_named) {
  const OneProxy proxy{"HTTP/1.1 407 not geheim12\r\nContent-Length: 0\r\n\r\n"};
  auto options = quick_options("wss://exchange.example/realtime");
  options.proxy = "me:geheim12@" + proxy.authority();
  SessionLog log;
  Session session{options, std::mt19937{1}};
  EXPECT_THROW(session.run(log), GaveUp);
  EXPECT_EQ(log.disconnects[0].kind, Disconnect::Kind::connect);
  EXPECT_EQ(log.disconnects[0].text,
            "proxy " + proxy.authority() +
                " does not connect to exchange.example:443: HTTP 407 not ********");
}

}  // namespace
}  // namespace obkit::net
