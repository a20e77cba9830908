#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/net/session.hpp"

#include "session_log.hpp"

namespace obkit::net {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;
using testing::StartsWith;

Disconnect disconnect_of(const SessionOptions& options) {
  SessionLog log;
  Session session{options, std::mt19937{1}};
  EXPECT_THROW(session.run(log), GaveUp);
  return log.disconnects.empty() ? Disconnect{} : log.disconnects.back();
}

/// Answers one connection's request with fixed bytes.
class RawServer {
 public:
  explicit RawServer(std::string answer)
      : thread_{[this, answer = std::move(answer)] {
          boost::system::error_code ignored;
          asio::ip::tcp::socket client{io_};
          acceptor_.accept(client, ignored);
          asio::streambuf request;
          asio::read_until(client, request, "\r\n\r\n", ignored);
          asio::write(client, asio::buffer(answer), ignored);
        }} {}
  ~RawServer() { thread_.join(); }
  [[nodiscard]] std::string authority() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

TEST(Unreachable, a_host_that_has_no_address_is_named) {
  // A label of more than 63 letters cannot exist, so no name server is asked.
  const std::string host(70, 'x');
  const Disconnect disconnect = disconnect_of(quick_options("wss://" + host + "/realtime"));
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::name);
  EXPECT_THAT(disconnect.text, StartsWith("cannot find host '" + host + "': "));
}

TEST(Unreachable, a_port_where_nobody_listens_is_refused) {
  asio::io_context io;
  asio::ip::tcp::socket holder{io};  // bound but not listening: the port stays free of others
  holder.open(asio::ip::tcp::v4());
  holder.bind({asio::ip::address_v4::loopback(), 0});
  const std::string authority = "127.0.0.1:" + std::to_string(holder.local_endpoint().port());
  const Disconnect disconnect = disconnect_of(quick_options("wss://" + authority));
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::connect);
  EXPECT_EQ(disconnect.text, "cannot connect to " + authority + ": Connection refused");
}

TEST(Unreachable, a_server_that_does_not_speak_tls_is_named) {
  const RawServer server{"HTTP/1.1 400 Bad Request\r\n\r\n"};
  auto options = quick_options("wss://" + server.authority());
  options.patience = std::chrono::milliseconds{200};
  const Disconnect disconnect = disconnect_of(options);
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::tls);
  EXPECT_THAT(disconnect.text, StartsWith("no TLS with " + server.authority() + ": "));
}

TEST(Unreachable, a_page_of_html_is_a_refused_upgrade) {
  const std::string page(20'000, 'x');
  const RawServer server{
      "HTTP/1.1 503 Service Unavailable\r\nServer: awselb/2.0\r\n"
      "Content-Type: text/html\r\nContent-Length: 20000\r\n\r\n" +
      page};
  const Disconnect disconnect =
      disconnect_of(quick_options("ws://" + server.authority() + "/realtime"));
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::upgrade);
  EXPECT_EQ(disconnect.http_status, 503);
}

TEST(Unreachable, what_is_not_http_is_named) {
  const RawServer server{"SSH-2.0-OpenSSH_9.2\r\n\r\n"};
  const Disconnect disconnect = disconnect_of(quick_options("ws://" + server.authority()));
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::upgrade);
  EXPECT_EQ(disconnect.http_status, 0);
  EXPECT_THAT(disconnect.text, HasSubstr("no WebSocket with " + server.authority()));
}

TEST(Unreachable, pauses_grow) {
  asio::io_context io;
  asio::ip::tcp::socket holder{io};
  holder.open(asio::ip::tcp::v4());
  holder.bind({asio::ip::address_v4::loopback(), 0});
  auto options = quick_options("ws://127.0.0.1:" + std::to_string(holder.local_endpoint().port()));
  options.backoff.longest = std::chrono::milliseconds{16};
  SessionLog log;
  log.disconnects_wanted = 6;
  Session session{options, std::mt19937{1}};
  EXPECT_THROW(session.run(log), GaveUp);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_LE(log.pauses[i].count(), std::min(1 << i, 16)) << i;
  EXPECT_GE(log.pauses[5].count(), 8);
}

TEST(SessionUrl, is_refused_where_it_is_none) {
  for (const char* wrong : {"", "x", "https://host", "wss://", "wss://:443", "wss://host:0x1",
                            "wss://host:99999", "wss://user@host", "wss://[::1", "wss://[::1]x",
                            "wss://ho st/", "wss://host/a\r\nb", "wss:/host"})
    EXPECT_THROW(Session(quick_options(wrong), std::mt19937{1}), UsageError) << wrong;
  for (const char* good : {"wss://host", "ws://host:8000/realtime?subscribe=x", "wss://[::1]:443/",
                           "wss://host:", "wss://host?x=y", "wss://host/#part"})
    EXPECT_NO_THROW(Session(quick_options(good), std::mt19937{1})) << good;
}

TEST(SessionCaFile, must_hold_a_certificate) {
  auto options = quick_options("wss://host");
  const TextFile file{"no certificate"};
  options.ca_file = file.path();
  EXPECT_THROW(Session(options, std::mt19937{1}), DataError);
  options.ca_file += "_missing";
  EXPECT_THROW(Session(options, std::mt19937{1}), IoError);
}

}  // namespace
}  // namespace obkit::net
