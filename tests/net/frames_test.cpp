#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "obkit/net/secrets.hpp"
#include "obkit/net/session.hpp"

#include "session_log.hpp"

namespace obkit::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using testing::HasSubstr;

enum class Opcode : unsigned { continued = 0, text = 1, binary = 2, close = 8, ping = 9 };
enum class Is { last, not_last };

/// As RFC 6455, 5.2 has it, from a server.
std::string frame(Opcode opcode, std::string_view payload, Is is = Is::last) {
  const std::size_t size = payload.size();
  std::string bytes{
      static_cast<char>((is == Is::last ? 0x80U : 0U) | static_cast<unsigned>(opcode))};
  const int of_length = size < 126 ? 0 : size < 65536 ? 2 : 8;
  bytes += static_cast<char>(of_length == 0 ? size : of_length == 2 ? 126 : 127);
  for (int shift = 8 * (of_length - 1); shift >= 0; shift -= 8)
    bytes += static_cast<char>(size >> static_cast<unsigned>(shift));
  return bytes.append(payload);
}

std::string close_frame() { return frame(Opcode::close, std::string_view{"\x03\xe8", 2}); }

/// Frames that had been told when the session paused last.
using ToldAtPause = std::atomic<std::size_t>;

/// Accepts one websocket and sends pieces of bytes, the first of them together with the answer to
/// the upgrade.
class FramesServer {
 public:
  /// With `told`, each piece is one frame, and the next one waits for the pause behind it.
  explicit FramesServer(std::vector<std::string> pieces, const ToldAtPause* told = nullptr)
      : thread_{[this, pieces = std::move(pieces), told] { serve(pieces, told); }} {}
  FramesServer(const FramesServer&) = delete;
  FramesServer& operator=(const FramesServer&) = delete;
  ~FramesServer() { thread_.join(); }
  [[nodiscard]] std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  void serve(const std::vector<std::string>& pieces, const ToldAtPause* told) {
    auto client = acceptor_.accept();
    client.set_option(asio::ip::tcp::no_delay{true});
    boost::beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    http::read(client, buffer, request);
    std::string bytes = answer_to(request);
    boost::system::error_code gone;  // who has seen enough
    for (std::size_t sent = 0; const std::string& piece : pieces) {
      asio::write(client, asio::buffer(bytes + piece), gone);
      bytes.clear();
      ++sent;
      while (told != nullptr && *told < sent && !gone)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    std::array<char, 4096> heard{};
    client.shutdown(asio::ip::tcp::socket::shutdown_send, gone);
    while (!gone) client.read_some(asio::buffer(heard), gone);
  }

  static std::string answer_to(const http::request<http::empty_body>& request) {
    std::string key{request[http::field::sec_websocket_key]};
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::string hash(20, '\0');
    EVP_Digest(key.data(), key.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr,
               EVP_sha1(), nullptr);
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           to_base64(hash) + "\r\n\r\n";
  }

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

std::vector<std::string> pieces_of(const std::string& bytes, std::mt19937& random) {
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t most = random() % 4 == 0 ? 100'000 : 30;
    pieces.push_back(bytes.substr(i, 1 + random() % most));
    i += pieces.back().size();
  }
  return pieces;
}

/// Every kind of frame that a server may send, and the messages that they are.
struct Talk {
  std::string bytes;
  std::vector<std::string> messages;

  void say(std::string message, Opcode opcode = Opcode::text) {
    bytes += frame(opcode, message);
    messages.push_back(std::move(message));
  }
  void say_in_parts(const std::string& first, const std::string& second) {
    bytes += frame(Opcode::text, first, Is::not_last) + frame(Opcode::ping, "between") +
             frame(Opcode::continued, second);
    messages.push_back(first + second);
  }
};

Talk all_kinds() {
  Talk talk;
  for (const std::size_t size : {1, 0, 125, 126, 127, 300, 1536, 65535, 65536, 200'000, 7})
    talk.say(std::string(size, 'x'));
  talk.bytes += frame(Opcode::ping, "");
  talk.say("\xc3\xbc");  // a letter that is not of ASCII
  talk.say_in_parts("one ", "message");
  talk.say(std::string(5, '\0'), Opcode::binary);
  talk.say_in_parts(std::string(70'000, 'a'), std::string(300, 'b'));
  for (int i = 0; i < 500; ++i) talk.say(std::to_string(i));
  talk.bytes += frame(Opcode::ping, "last") + close_frame();
  return talk;
}

TEST(Frames, however_they_arrive_their_messages_are_told) {
  const Talk talk = all_kinds();
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random{seed};
    const FramesServer server{pieces_of(talk.bytes, random)};
    SessionLog log;
    log.frames_wanted = talk.messages.size();
    Session{quick_options(server.url()), std::mt19937{1}}.run(log);
    EXPECT_TRUE(log.frames == talk.messages) << "seed " << seed;
    EXPECT_TRUE(log.disconnects.empty());
  }
}

TEST(Frames, there_is_a_pause_behind_what_arrived_together) {
  std::string together;
  for (int i = 0; i < 20; ++i) together += frame(Opcode::text, std::to_string(i));
  const FramesServer server{{together + close_frame()}};
  SessionLog log;
  log.frames_wanted = 20;
  SessionOptions options = quick_options(server.url());
  std::set<std::size_t> told;
  options.on_pause = [&] { told.insert(log.frames.size()); };
  Session{std::move(options), std::mt19937{1}}.run(log);
  EXPECT_EQ(told, (std::set<std::size_t>{0, 20}));
}

/// Its server sends no second frame before: without a pause this would not end.
TEST(Frames, there_is_a_pause_behind_one_that_is_alone) {
  ToldAtPause told = 0;
  const std::string one = frame(Opcode::text, "one");
  const FramesServer server{{one, one, one, close_frame()}, &told};
  SessionLog log;
  log.frames_wanted = 3;
  SessionOptions options = quick_options(server.url());
  options.on_pause = [&] { told = log.frames.size(); };
  Session{std::move(options), std::mt19937{1}}.run(log);
  told = 4;
  EXPECT_EQ(log.frames.size(), 3U);
}

TEST(Frames, what_is_thrown_in_a_pause_ends_the_session) {
  const FramesServer server{{frame(Opcode::text, "one")}};
  SessionLog log;
  SessionOptions options = quick_options(server.url());
  options.on_pause = [&] {
    if (!log.frames.empty()) throw GaveUp{"no room"};
  };
  EXPECT_THROW(Session(std::move(options), std::mt19937{1}).run(log), GaveUp);
}

/// The disconnect by a second frame, which lies behind the first one already.
Disconnect disconnect_by(const std::string& second) {
  const FramesServer server{{frame(Opcode::text, "one") + second}};
  SessionLog log;
  SessionOptions options = quick_options(server.url());
  options.read_message_max = 100;
  EXPECT_THROW(Session(std::move(options), std::mt19937{1}).run(log), GaveUp);
  EXPECT_EQ(log.frames, std::vector<std::string>{"one"});
  return log.disconnects.at(0);
}

TEST(Frames, a_wrong_one_that_lies_behind_others_is_found) {
  const Disconnect longer = disconnect_by(frame(Opcode::text, std::string(101, 'x')));
  EXPECT_EQ(longer.kind, Disconnect::Kind::protocol);
  EXPECT_THAT(longer.text, HasSubstr("a message of more than 100 bytes"));
  const std::string long_form = std::string{"\x81\x7e\x00\x05", 4} + "short";
  const std::string from_a_client = std::string{"\x81\x81\0\0\0\0", 6} + "x";
  const std::string reserved = "\x91\x01x";
  const std::string endless = std::string{"\x81\x7f"} + std::string(8, '\xff');
  for (const std::string& wrong :
       {frame(Opcode::text, "\xff"), long_form, from_a_client, reserved, endless})
    EXPECT_EQ(disconnect_by(wrong).kind, Disconnect::Kind::protocol) << wrong;
}

}  // namespace
}  // namespace obkit::net
