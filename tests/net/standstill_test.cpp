#include <atomic>
#include <chrono>
#include <deque>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/net/session.hpp"

#include "session_log.hpp"

namespace obkit::net {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using namespace std::chrono_literals;

/// How far an exchange goes with a client before it falls silent.
enum class Stage { accepted, asked, open };

/// Brings each of its clients to one stage, and then neither reads nor writes. Their sockets stay.
class SilentPeer {
 public:
  explicit SilentPeer(Stage stage) : thread_{[this, stage] { serve(stage); }} {}
  SilentPeer(const SilentPeer&) = delete;
  SilentPeer& operator=(const SilentPeer&) = delete;
  ~SilentPeer() {
    is_over_ = true;
    asio::ip::tcp::socket{io_}.connect(address_);  // wakes it
    thread_.join();
  }
  [[nodiscard]] std::string authority() const {
    return "127.0.0.1:" + std::to_string(address_.port());
  }
  /// Bytes past the framing, to the client that was opened last. From any thread.
  void say(std::string_view bytes) {
    asio::write(opened_.get_future().get()->next_layer(), asio::buffer(bytes));
  }

 private:
  using Client = websocket::stream<asio::ip::tcp::socket>;

  void serve(Stage stage) {
    for (;;) {
      Client& client = clients_.emplace_back(acceptor_.accept());
      if (is_over_) return;
      boost::system::error_code ignored;
      asio::streambuf request;
      if (stage == Stage::asked)
        asio::read_until(client.next_layer(), request, "\r\n\r\n", ignored);
      if (stage != Stage::open) continue;
      client.accept(ignored);
      if (clients_.size() == 1) opened_.set_value(&client);
    }
  }

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  const asio::ip::tcp::endpoint address_ = acceptor_.local_endpoint();
  std::deque<Client> clients_;
  std::promise<Client*> opened_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

/// That of the attempt that the exchange left in silence, after it was given up and made anew.
Disconnect disconnect_in(Stage stage, const std::string& scheme, SessionLog& log) {
  const SilentPeer peer{stage};
  SessionOptions options = quick_options(scheme + peer.authority());
  options.patience = 100ms;
  options.silence = 50ms;
  options.tick = 10ms;
  log.disconnects_wanted = 2;
  Session session{options, std::mt19937{1}};
  EXPECT_THROW(session.run(log), GaveUp);
  return log.disconnects.empty() ? Disconnect{} : log.disconnects.front();
}

TEST(Standstill, of_a_peer_that_never_begins_tls_is_given_up) {
  SessionLog log;
  EXPECT_EQ(disconnect_in(Stage::accepted, "wss://", log).kind, Disconnect::Kind::tls);
}

TEST(Standstill, of_a_peer_that_never_answers_the_upgrade_is_given_up) {
  SessionLog log;
  EXPECT_EQ(disconnect_in(Stage::asked, "ws://", log).kind, Disconnect::Kind::upgrade);
}

TEST(Standstill, of_a_websocket_that_never_answers_is_given_up) {
  SessionLog log;
  EXPECT_EQ(disconnect_in(Stage::open, "ws://", log).kind, Disconnect::Kind::dead);
  EXPECT_EQ(log.connections, 2U);
}

TEST(Standstill, of_a_peer_that_never_answers_a_close_is_given_up) {
  SessionLog log;
  log.on_each_tick = [] { return Next{.step = Next::Step::reconnect, .reason = "wished"}; };
  EXPECT_EQ(disconnect_in(Stage::open, "ws://", log).kind, Disconnect::Kind::asked);
}

/// What stops is told of one turn before the nonsense is read, while the close is being sent.
TEST(Standstill, does_not_come_of_nonsense_while_a_connection_is_closed) {
  SilentPeer peer{Stage::open};
  SessionOptions options = quick_options("ws://" + peer.authority());
  options.tick = 10ms;
  SessionLog log;
  Session session{options, std::mt19937{1}};
  log.on_each_tick = [&] {
    if (!log.ticks.back().is_connected) return Next{};
    peer.say(std::string(64, '\xff'));  // more than any header
    session.stop();
    return Next{};
  };
  session.run(log);
  EXPECT_EQ(log.connections, 1U);
}

/// Also while the host is looked for, or was found and nobody knows it yet.
TEST(Standstill, does_not_come_of_a_stop_at_whatever_moment) {
  for (int i = 0; i < 50; ++i) {
    const SilentPeer peer{Stage::asked};
    SessionOptions options = quick_options("ws://" + peer.authority());
    options.patience = 1h;  // who was stopped and goes on would go on for long
    SessionLog log;
    Session session{options, std::mt19937{1}};
    std::thread stopper{[&session, i] {
      std::this_thread::sleep_for(i * 20us);
      session.stop();
    }};
    session.run(log);
    stopper.join();
    EXPECT_EQ(log.connections, 0U);
  }
}

}  // namespace
}  // namespace obkit::net
