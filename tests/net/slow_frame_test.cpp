#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket.hpp>
#include <gtest/gtest.h>

#include "obkit/net/session.hpp"

#include "session_log.hpp"

namespace obkit::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Accepts one websocket and sends one frame piece by piece; reads nothing, so answers no ping.
class SlowServer {
 public:
  SlowServer(std::string text, std::size_t piece, std::chrono::milliseconds pause)
      : thread_{[this, text = std::move(text), piece, pause] { send(text, piece, pause); }} {}
  ~SlowServer() { thread_.join(); }
  [[nodiscard]] std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  void send(const std::string& text, std::size_t piece, std::chrono::milliseconds pause) {
    boost::beast::websocket::stream<asio::ip::tcp::socket> client{acceptor_.accept()};
    client.accept();
    // RFC 6455, section 5.2: a final frame of text, unmasked, shorter than 126 bytes.
    std::string frame = {'\x81', static_cast<char>(text.size())};
    frame += text;
    for (std::size_t i = 0; i < frame.size(); i += piece) {
      asio::write(client.next_layer(), asio::buffer(frame.substr(i, piece)));
      std::this_thread::sleep_for(pause);
    }
  }

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

TEST(SlowFrame, that_takes_longer_than_a_silence_may_last_is_read_whole) {
  const std::string text(100, 'x');
  const SlowServer server{text, 10, 100ms};
  SessionOptions options = quick_options(server.url());
  options.silence = 200ms;
  SessionLog log;
  log.frames_wanted = 1;
  Session session{options, std::mt19937{1}};
  session.run(log);
  EXPECT_EQ(log.frames, std::vector{text});
  EXPECT_TRUE(log.disconnects.empty());
}

}  // namespace
}  // namespace obkit::net
