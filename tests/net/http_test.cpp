// GETs beside the socket: over TLS to the simulated exchange, and to a server that does as it is
// told.
#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/exchange/certificate.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/net/session.hpp"

#include "session_log.hpp"

namespace obkit::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string page(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "\r\n" + body;
}

/// What the server does with the requests of one connection, in their order; then it closes it. An
/// empty text is no answer until the client goes.
using Script = std::vector<std::string>;

/// A TLS server on a loopback port: one connection a script.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::deque<Script> scripts,
                          const exchange::CertificateOptions& certificate = {})
      : scripts_{std::move(scripts)}, identity_{issuer_.issue(certificate)} {
    tls_.use_certificate_chain(asio::buffer(identity_.certificate));
    tls_.use_private_key(asio::buffer(identity_.key), asio::ssl::context::pem);
    thread_ = std::thread{[this] {
      for (const Script& script : scripts_) serve(script);
    }};
  }
  ~ScriptedServer() {
    boost::system::error_code ignored;
    asio::ip::tcp::socket last{io_};  // wakes whoever waits for one more connection
    while (thread_.joinable() && !is_over_) {
      last.close();
      last.open(asio::ip::tcp::v4());
      last.connect(acceptor_.local_endpoint(), ignored);
      std::this_thread::yield();
    }
    thread_.join();
  }

  [[nodiscard]] std::string url() const {
    return "https://localhost:" + std::to_string(acceptor_.local_endpoint().port());
  }
  [[nodiscard]] std::string authority() const { return issuer_.authority(); }
  /// Request lines and headers, to be read when the session has ended.
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }
  [[nodiscard]] std::size_t connections() const { return connections_; }
  /// Requests until now; at any time.
  [[nodiscard]] std::size_t received() const { return received_; }

 private:
  void serve(const Script& script) {
    boost::system::error_code error;
    asio::ssl::stream<asio::ip::tcp::socket> client{acceptor_.accept(), tls_};
    client.handshake(asio::ssl::stream_base::server, error);
    if (error) return finish();
    ++connections_;
    asio::streambuf input;
    for (const std::string& answer : script) {
      const std::size_t length = asio::read_until(client, input, "\r\n\r\n", error);
      if (error) break;
      const auto* const text = static_cast<const char*>(input.data().data());
      requests_.emplace_back(text, length);
      ++received_;
      input.consume(length);
      if (answer.empty()) asio::read_until(client, input, "\r\n\r\n", error);
      asio::write(client, asio::buffer(answer), error);
    }
    client.shutdown(error);
    finish();
  }
  void finish() { is_over_ = ++served_ == scripts_.size(); }

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  std::deque<Script> scripts_;
  exchange::Issuer issuer_;
  exchange::Identity identity_;
  std::vector<std::string> requests_;
  std::atomic<std::size_t> received_ = 0;
  std::size_t connections_ = 0, served_ = 0;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

/// A session with the simulated exchange; GETs go to its REST interface or to a scripted server.
class HttpTest : public testing::Test {
 protected:
  HttpTest() {
    exchange::SyntheticOptions market;
    market.start = parse_iso("2026-01-01T00:00:00Z").value();
    exchange_.emplace(exchange::make_synthetic_source(market), exchange::ServerOptions{});
    exchange_->start();
    options_ = quick_options(exchange_->url());
    options_.http_url = exchange_->url();
    options_.http_url.replace(0, 3, "https");
    options_.http_url.erase(options_.http_url.rfind('/'));
    trust(exchange_->authority());
  }
  void trust(const std::string& authority) {
    authorities_.emplace(exchange_->authority() + authority);
    options_.ca_file = authorities_->path();
  }
  void ask(const ScriptedServer& server) {
    options_.http_url = server.url();
    trust(server.authority());
  }
  /// Asks for these pages when the connection stands, and runs until `count` answers came.
  const std::vector<SessionLog::Answer>& run(std::vector<std::string> targets) {
    const std::size_t count = targets.size();
    for (std::string& target : targets)
      log_.greeting.emplace_back(feed::HttpGet{.target = std::move(target)});
    log_.on_each_answer = [this, count] {
      return Next{.step = log_.answers.size() < count ? Next::Step::read_on : Next::Step::stop};
    };
    Session session{options_, std::mt19937{1}};
    session.run(log_, 20s);
    EXPECT_EQ(log_.answers.size(), count);
    log_.answers.resize(count);
    return log_.answers;
  }

  std::optional<exchange::Server> exchange_;
  std::optional<TextFile> authorities_;
  SessionOptions options_;
  SessionLog log_;
};

TEST_F(HttpTest, a_page_comes_back_with_its_target_beside_the_frames_of_the_socket) {
  log_.greeting = {R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Primary"]})"};
  const auto& answers = run({"/api/v1/orderBook/L2?symbol=XBTUSD&depth=5&pool=Primary"});
  EXPECT_EQ(answers[0].target, "/api/v1/orderBook/L2?symbol=XBTUSD&depth=5&pool=Primary");
  EXPECT_EQ(answers[0].status, 200);
  EXPECT_EQ(answers[0].problem, "");
  EXPECT_THAT(answers[0].body, AllOf(StartsWith("["), HasSubstr(R"("symbol":"XBTUSD")")));
  EXPECT_EQ(log_.connections, 1U);
  EXPECT_TRUE(log_.disconnects.empty());
}

TEST_F(HttpTest, a_page_that_is_not_there_is_an_answer) {
  const auto& answers = run({"/api/v1/nothing"});
  EXPECT_EQ(answers[0].status, 404);
  EXPECT_THAT(answers[0].problem, HasSubstr("/api/v1/nothing: HTTP 404 Not Found"));
  EXPECT_THAT(answers[0].body, HasSubstr("Not Found"));
}

TEST_F(HttpTest, works_without_tls) {
  exchange::ServerOptions options;
  options.transport = exchange::Transport::plain;
  exchange::SyntheticOptions market;
  market.start = parse_iso("2026-01-01T00:00:00Z").value();
  exchange_.emplace(exchange::make_synthetic_source(market), options);
  exchange_->start();
  options_ = quick_options(exchange_->url());
  options_.http_url = "http" + exchange_->url().substr(2);
  options_.http_url.erase(options_.http_url.rfind('/'));
  EXPECT_EQ(run({"/api/v1/announcement/urgent"})[0].body, "[]");
}

TEST_F(HttpTest, pages_are_asked_for_one_after_another_on_one_connection) {
  const ScriptedServer server{{{page("one"), page("two"), page("three")}}};
  ask(server);
  const auto& answers = run({"/1", "/2?x=y", "/3"});
  EXPECT_EQ(answers[0].body, "one");
  EXPECT_EQ(answers[2].body, "three");
  EXPECT_EQ(server.connections(), 1U);
  ASSERT_EQ(server.requests().size(), 3U);
  EXPECT_THAT(server.requests()[1], AllOf(StartsWith("GET /2?x=y HTTP/1.1\r\n"),
                                          HasSubstr("Host: " + server.url().substr(8) + "\r\n"),
                                          HasSubstr("User-Agent: obkit\r\n")));
}

TEST_F(HttpTest, a_server_that_closes_after_each_page_is_connected_to_again) {
  const ScriptedServer server{{{page("one", "Connection: close\r\n")}, {page("two")}}};
  ask(server);
  const auto& answers = run({"/1", "/2"});
  EXPECT_EQ(answers[1].body, "two");
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(HttpTest, a_connection_that_was_kept_and_closed_is_made_again) {
  const ScriptedServer server{{{page("one")}, {page("two")}}};
  ask(server);
  const auto& answers = run({"/1", "/2"});
  EXPECT_EQ(answers[0].body, "one");
  EXPECT_EQ(answers[1].body, "two");
}

TEST_F(HttpTest, a_limit_of_requests_tells_when_to_come_back) {
  const ScriptedServer server{
      {{"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}"}}};
  ask(server);
  const auto& answers = run({"/depth"});
  EXPECT_EQ(answers[0].status, 429);
  EXPECT_EQ(answers[0].retry_after, 7s);
  EXPECT_EQ(answers[0].body, "{}");
  EXPECT_THAT(answers[0].problem, HasSubstr("HTTP 429 Too Many Requests"));
}

TEST_F(HttpTest, between_pages_lie_their_own_pauses_and_those_that_the_server_asks_for) {
  const ScriptedServer server{
      {{page("one"), page("two"), "HTTP/1.1 418 x\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n",
        page("four")}}};
  ask(server);
  options_.longest_retry_after = 1s;
  log_.greeting = {feed::HttpGet{.target = "/1", .pause = 200ms}};
  for (const char* target : {"/2", "/3", "/4"})
    log_.greeting.emplace_back(feed::HttpGet{.target = target});
  std::vector<std::chrono::steady_clock::time_point> times;
  log_.on_each_answer = [&] {
    times.push_back(std::chrono::steady_clock::now());
    return Next{.step = times.size() < 4 ? Next::Step::read_on : Next::Step::stop};
  };
  const auto begin = std::chrono::steady_clock::now();
  Session session{options_, std::mt19937{1}};
  session.run(log_, 20s);
  ASSERT_EQ(times.size(), 4U);
  EXPECT_GE(times[1] - begin, 200ms);
  EXPECT_GE(times[3] - times[2], 1s) << "as much as anybody may ask for";
  EXPECT_EQ(log_.answers[2].retry_after, 1s);
  EXPECT_THAT(log_.answers[2].problem,
              HasSubstr("/3: HTTP 418 x (this address is banned for a while); "
                        "nothing is asked for 1 s"));
  EXPECT_EQ(log_.answers[3].body, "four");
}

TEST_F(HttpTest, a_redirection_is_not_followed) {
  const ScriptedServer server{
      {{"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: "
        "0\r\n\r\n"}}};
  ask(server);
  EXPECT_EQ(run({"/depth"})[0].status, 302);
}

TEST_F(HttpTest, an_answer_that_does_not_come_fails_in_time) {
  const ScriptedServer server{{{""}}};
  ask(server);
  options_.http_patience = 200ms;
  const auto& answers = run({"/depth"});
  EXPECT_EQ(answers[0].status, 0);
  EXPECT_THAT(answers[0].problem, AllOf(StartsWith("no answer of localhost:"), HasSubstr("time")));
}

TEST_F(HttpTest, an_answer_that_is_too_long_is_not_read) {
  const ScriptedServer server{{{page(std::string(3'000'000, 'x'))}}};
  ask(server);
  options_.read_message_max = 2'000'000;
  const auto& answers = run({"/depth"});
  EXPECT_EQ(answers[0].status, 0);
  EXPECT_THAT(answers[0].problem, HasSubstr(" has more than 2000000 bytes"));
}

TEST_F(HttpTest, an_answer_cut_short_is_none) {
  const ScriptedServer server{{{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}}};
  ask(server);
  const auto& answers = run({"/depth"});
  EXPECT_EQ(answers[0].status, 0);
  EXPECT_EQ(answers[0].body, "");
  EXPECT_THAT(answers[0].problem, StartsWith("no answer of localhost:"));
}

TEST_F(HttpTest, what_is_not_http_is_no_answer) {
  const ScriptedServer server{{{"SSH-2.0-OpenSSH_9.2\r\n\r\n"}}};
  ask(server);
  EXPECT_THAT(run({"/depth"})[0].problem, StartsWith("no answer of localhost:"));
}

TEST_F(HttpTest, refuses_a_certificate_for_another_host) {
  const ScriptedServer server{{{page("secret")}}, {.host = "exchange.example"}};
  ask(server);
  const auto& answers = run({"/depth"});
  EXPECT_EQ(answers[0].status, 0);
  EXPECT_THAT(answers[0].problem,
              AllOf(StartsWith("certificate of localhost:"), HasSubstr("hostname mismatch")));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpTest, refuses_an_issuer_that_it_does_not_know) {
  const ScriptedServer server{{{page("secret")}}, {.unknown_issuer = true}};
  ask(server);
  EXPECT_THAT(run({"/depth"})[0].problem, StartsWith("certificate of localhost:"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpTest, a_port_where_nobody_listens_is_named) {
  asio::io_context io;
  asio::ip::tcp::socket holder{io};
  holder.open(asio::ip::tcp::v4());
  holder.bind({asio::ip::address_v4::loopback(), 0});
  const std::string authority = "127.0.0.1:" + std::to_string(holder.local_endpoint().port());
  options_.http_url = "https://" + authority;
  EXPECT_EQ(run({"/depth"})[0].problem, "cannot connect to " + authority + ": Connection refused");
}

TEST_F(HttpTest, without_a_server_every_page_fails) {
  options_.http_url.clear();
  EXPECT_EQ(run({"/depth"})[0].problem, "no HTTP server is known");
}

TEST_F(HttpTest, an_answer_of_an_earlier_connection_is_not_told) {
  const ScriptedServer server{{{""}, {page("two")}}};
  ask(server);
  log_.greeting = {feed::HttpGet{.target = "/"}, "ping"};
  log_.disconnects_wanted = 2;
  log_.on_each_frame = [&]() -> Next {
    if (log_.connections > 1 || log_.frames.back() != "pong") return {};
    if (server.received() == 0) return {.send = {"ping"}};  // the request is not on its way yet
    return {.step = Next::Step::reconnect, .reason = "of the test"};
  };
  Session session{options_, std::mt19937{1}};
  session.run(log_, 20s);
  EXPECT_EQ(log_.connections, 2U);
  ASSERT_EQ(log_.answers.size(), 1U);
  EXPECT_EQ(log_.answers[0].body, "two");
}

TEST_F(HttpTest, an_answer_can_ask_for_the_next_page_and_what_it_throws_comes_out) {
  const ScriptedServer server{{{page("one"), page("two")}}};
  ask(server);
  log_.greeting = {feed::HttpGet{.target = "/1"}};
  log_.on_each_answer = [&]() -> Next {
    if (log_.answers.size() == 2) throw DataError{{.name = "x"}, "mine"};
    return {.send = {feed::HttpGet{.target = "/2"}}};
  };
  Session session{options_, std::mt19937{1}};
  EXPECT_THROW(session.run(log_, 20s), DataError);
  EXPECT_EQ(log_.answers.back().target, "/2");
}

TEST_F(HttpTest, stops_while_an_answer_is_awaited) {
  const ScriptedServer server{{{""}}};
  ask(server);
  log_.greeting = {feed::HttpGet{.target = "/"}};
  Session session{options_, std::mt19937{1}};
  session.run(log_, 300ms);
  EXPECT_TRUE(log_.answers.empty());
  EXPECT_TRUE(log_.disconnects.empty());
}

TEST_F(HttpTest, a_url_that_is_none_is_refused) {
  for (const char* wrong : {"x", "wss://host", "https://", "https://user@host"}) {
    options_.http_url = wrong;
    EXPECT_THROW(Session(options_, std::mt19937{1}), UsageError) << wrong;
  }
}

}  // namespace
}  // namespace obkit::net
