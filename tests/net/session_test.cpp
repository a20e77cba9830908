#include "obkit/net/session.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/net/hmac.hpp"

#include "session_log.hpp"

namespace obkit::net {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

/// Sessions with the simulated exchange, which is as fast as they read.
class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    server_options_.speed = std::nullopt;
    log_.greeting = {R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Primary"]})"};
  }
  void serve() {
    exchange::SyntheticOptions market;
    market.start = parse_iso("2026-01-01T00:00:00Z").value();
    server_.emplace(exchange::make_synthetic_source(market), server_options_);
    server_->start();
    authority_.emplace(server_->authority());
    options_ = quick_options(server_->url());
    if (server_options_.transport == exchange::Transport::tls)
      options_.ca_file = authority_->path();
  }
  /// Runs to the end that the log wants.
  void run() {
    Session session{options_, std::mt19937{1}};
    session.run(log_);
  }
  /// Runs until the log gives up; the disconnect it gave up for.
  Disconnect run_to_disconnect() {
    EXPECT_THROW(run(), GaveUp);
    return log_.disconnects.empty() ? Disconnect{} : log_.disconnects.back();
  }

  exchange::ServerOptions server_options_;
  std::optional<exchange::Server> server_;
  std::optional<TextFile> authority_;
  SessionOptions options_;
  SessionLog log_;
};

TEST_F(SessionTest, sends_what_the_observer_wants_and_hands_over_each_message) {
  serve();
  log_.frames_wanted = 50;
  run();
  ASSERT_EQ(log_.frames.size(), 50U);
  EXPECT_THAT(log_.frames[0], HasSubstr("Welcome"));
  EXPECT_THAT(log_.frames[1], HasSubstr(R"("subscribe":"orderBookL2:XBTUSD")"));
  EXPECT_THAT(log_.frames[2], HasSubstr(R"("action":"partial")"));
  EXPECT_EQ(log_.times[49], Timestamp{50ns}) << "times are those of the clock that was given";
  EXPECT_EQ(log_.connections, 1U);
}

TEST_F(SessionTest, works_without_tls) {
  server_options_.transport = exchange::Transport::plain;
  serve();
  log_.frames_wanted = 10;
  run();
  EXPECT_EQ(log_.frames.size(), 10U);
}

TEST_F(SessionTest, refuses_a_certificate_for_another_host) {
  server_options_.certificate.host = "exchange.example";
  serve();
  const Disconnect disconnect = run_to_disconnect();
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::certificate);
  EXPECT_THAT(disconnect.text, AllOf(HasSubstr("certificate of localhost:"), HasSubstr("refused"),
                                     HasSubstr("hostname mismatch")));
  EXPECT_EQ(log_.connections, 0U);
}

TEST_F(SessionTest, refuses_a_certificate_that_names_its_host_in_the_subject_alone) {
  server_options_.certificate.is_nameless = true;
  serve();
  EXPECT_EQ(run_to_disconnect().kind, Disconnect::Kind::certificate);
  EXPECT_EQ(log_.connections, 0U);
}

TEST_F(SessionTest, refuses_a_certificate_for_another_address) {
  server_options_.certificate.host = "exchange.example";
  serve();
  options_.url.replace(options_.url.find("localhost"), 9, "127.0.0.1");
  const Disconnect disconnect = run_to_disconnect();
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::certificate);
  EXPECT_THAT(disconnect.text, HasSubstr("IP address mismatch"));
}

TEST_F(SessionTest, accepts_a_certificate_for_its_address) {
  serve();
  options_.url.replace(options_.url.find("localhost"), 9, "127.0.0.1");
  log_.frames_wanted = 1;
  run();
  EXPECT_EQ(log_.connections, 1U);
}

TEST_F(SessionTest, refuses_an_issuer_that_it_does_not_know) {
  server_options_.certificate.unknown_issuer = true;
  serve();
  EXPECT_EQ(run_to_disconnect().kind, Disconnect::Kind::certificate);
  EXPECT_EQ(log_.connections, 0U);
}

TEST_F(SessionTest, knows_no_issuer_but_the_systems_unless_told) {
  serve();
  options_.ca_file.clear();
  EXPECT_EQ(run_to_disconnect().kind, Disconnect::Kind::certificate);
}

TEST_F(SessionTest, comes_back_after_a_cut_with_one_connection) {
  server_options_.drop_after = {20, 30};
  serve();
  log_.disconnects_wanted = 10;
  log_.frames_wanted = 40;
  run();
  EXPECT_EQ(log_.connections, 3U);
  ASSERT_EQ(log_.disconnects.size(), 2U);
  EXPECT_EQ(log_.disconnects[0].kind, Disconnect::Kind::cut);
  EXPECT_THAT(log_.disconnects[0].text, HasSubstr("cut without a close frame"));
  EXPECT_EQ(server_->statistics().connections, 3U);
}

TEST_F(SessionTest, finds_a_socket_that_does_not_answer_pings_dead) {
  server_options_.mute_after = {5};
  serve();
  options_.silence = 200ms;
  options_.tick = 10ms;
  log_.disconnects_wanted = 2;
  log_.on_each_frame = [&] {
    return Next{.step = log_.connections == 2 ? Next::Step::stop : Next::Step::read_on};
  };
  run();
  ASSERT_EQ(log_.disconnects.size(), 1U);
  EXPECT_EQ(log_.disconnects[0].kind, Disconnect::Kind::dead);
  EXPECT_TRUE(std::any_of(log_.ticks.begin(), log_.ticks.end(), [](const Tick& tick) {
    return tick.unanswered.count() > 0;
  })) << "until then a ping waited for its answer";
}

TEST_F(SessionTest, a_quiet_market_that_answers_pings_is_not_dead) {
  serve();
  options_.silence = 400ms;
  log_.greeting.clear();  // nothing is subscribed to: after the welcome all is quiet
  Session session{options_, std::mt19937{1}};
  session.run(log_, 1s);
  EXPECT_TRUE(log_.disconnects.empty());
}

TEST_F(SessionTest, says_again_and_again_what_keeps_a_connection_alive) {
  serve();
  log_.greeting.clear();
  options_.keepalive = {.text = "ping", .every = 20ms};
  log_.frames_wanted = 4;  // the welcome and three answers
  run();
  EXPECT_EQ(std::count(log_.frames.begin(), log_.frames.end(), "pong"), 3);
}

TEST_F(SessionTest, pings_again_and_again_where_that_keeps_a_connection_alive) {
  serve();
  log_.greeting.clear();
  options_.keepalive = {.text = "", .every = 20ms};
  Session session{options_, std::mt19937{1}};
  session.run(log_, 300ms);
  EXPECT_TRUE(log_.disconnects.empty());
  EXPECT_GE(server_->statistics().pings, 3U);
}

TEST_F(SessionTest, names_the_status_of_a_refused_upgrade_and_honours_retry_after) {
  serve();
  server_->refuse_upgrades(429, 1);
  const Disconnect disconnect = run_to_disconnect();
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::upgrade);
  EXPECT_EQ(disconnect.http_status, 429);
  EXPECT_EQ(disconnect.retry_after, 1s);
  EXPECT_GE(log_.pauses[0], 1s) << "not the few milliseconds of these tests";
  EXPECT_LE(log_.pauses[0], 1100ms);
  EXPECT_THAT(disconnect.text, HasSubstr("refused the upgrade: HTTP 429 Too Many Requests"));
}

TEST_F(SessionTest, survives_bad_gateways) {
  serve();
  server_->refuse_upgrades(502, 3);
  log_.disconnects_wanted = 10;
  log_.frames_wanted = 1;
  run();
  ASSERT_EQ(log_.disconnects.size(), 3U);
  EXPECT_EQ(log_.disconnects[2].http_status, 502);
  EXPECT_EQ(log_.disconnects[2].retry_after, std::nullopt);
}

TEST_F(SessionTest, makes_its_secret_headers_anew_for_each_upgrade) {
  server_options_.credentials = {"key", "secret"};
  server_options_.drop_after = {1};
  serve();
  int made = 0;
  options_.secret_headers = [&] {
    ++made;
    return SecretHeaders{.headers = feed::find_venue("bitmex")->auth_headers(
                             {"key", "secret"}, std::int64_t{4'000'000'000} + made, hmac_sha256),
                         .hidden = {}};
  };
  log_.disconnects_wanted = 2;
  log_.frames_wanted = 10;
  run();
  EXPECT_EQ(made, 2);
}

/// The exchange says what it was signed with in a message, in a close reason and in HTTP's reason.
TEST_F(SessionTest, what_it_signs_with_is_hidden_from_its_observer) {
  const feed::Credentials credentials{"KEY-of-mine-1234", "secret-of-mine"};
  server_options_.credentials = {credentials.key, credentials.secret};
  server_options_.auth_ack = exchange::AuthAck::echo;
  const exchange::Injection close{
      .fault = exchange::Fault::close, .code = 4000, .reason = "{key} {signature}"};
  server_options_.plan = {{.after = 20,
                           .injection = {.fault = exchange::Fault::refuse_upgrade,
                                         .status = 502,
                                         .reason = "no {key} {signature}"}},
                          {.after = 20, .injection = close}};
  serve();
  std::string signature;
  options_.secret_headers = [&] {
    SecretHeaders secret{.headers = feed::find_venue("bitmex")->auth_headers(
                             credentials, 4'000'000'000, hmac_sha256),
                         .hidden = {credentials.key}};
    signature = secret.headers.back().value;
    secret.hidden.push_back(signature);
    return secret;
  };
  log_.disconnects_wanted = 2;
  run_to_disconnect();
  ASSERT_EQ(log_.disconnects.size(), 2U);
  const std::string stars(16, '*'), more_stars(64, '*');
  EXPECT_THAT(log_.disconnects[0].text, HasSubstr("4000: " + stars + " " + more_stars));
  EXPECT_THAT(log_.disconnects[1].text, HasSubstr("HTTP 502 no " + stars + " " + more_stars));
  EXPECT_THAT(log_.frames, testing::Contains(HasSubstr(more_stars)));
  for (const std::string& frame : log_.frames)
    EXPECT_EQ(frame.find(credentials.key) + frame.find(signature), 2 * std::string::npos);
}

TEST_F(SessionTest, gives_an_exchange_up_that_asks_and_reads_no_answer) {
  server_options_.venue = exchange::Venue::deribit;
  serve();
  options_.unsent_max = std::size_t{1} << 20U;
  log_.greeting = {R"({"jsonrpc":"2.0","id":1,"method":"public/test"})"};
  std::size_t asked = 0;
  log_.on_each_frame = [&]() -> Next {
    if (log_.frames.size() == 1) server_->inject({.fault = exchange::Fault::questions});
    log_.frames.resize(1);
    ++asked;
    return {.send = {R"({"jsonrpc":"2.0","id":2,"method":"public/test"})"}};
  };
  const Disconnect disconnect = run_to_disconnect();
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::dead);
  EXPECT_THAT(disconnect.text, HasSubstr("messages wait to be sent, and the exchange reads none"));
  EXPECT_LT(asked, 1'000'000U);
}

TEST_F(SessionTest, waits_no_longer_than_a_quarter_of_an_hour_whatever_is_asked_for) {
  serve();
  log_.disconnects_wanted = 3;
  options_.longest_retry_after = 20ms;
  server_->inject({.fault = exchange::Fault::refuse_upgrade,
                   .count = 3,
                   .status = 503,
                   .retry_after = 1795859518s});
  run_to_disconnect();
  for (const auto pause : log_.pauses) {
    EXPECT_GE(pause, 18ms);
    EXPECT_LE(pause, 20ms);
  }
  EXPECT_EQ(SessionOptions{}.longest_retry_after, 15min);
}

TEST_F(SessionTest, a_wrong_signature_is_a_refused_upgrade) {
  server_options_.credentials = {"key", "secret"};
  serve();
  options_.secret_headers = [] {
    return SecretHeaders{.headers = feed::find_venue("bitmex")->auth_headers(
                             {"key", "other"}, 4'000'000'000, hmac_sha256),
                         .hidden = {}};
  };
  EXPECT_EQ(run_to_disconnect().http_status, 401);
}

TEST_F(SessionTest, never_sends_secrets_in_the_clear) {
  server_options_.transport = exchange::Transport::plain;
  serve();
  options_.secret_headers = []() -> SecretHeaders {
    ADD_FAILURE() << "asked for secrets";
    return {};
  };
  log_.frames_wanted = 1;
  run();
}

TEST_F(SessionTest, a_new_connection_can_be_asked_for) {
  serve();
  log_.on_each_frame = [&]() -> Next {
    if (log_.connections == 2) return {.step = Next::Step::stop};
    return {.step = Next::Step::reconnect, .reason = "lost", .retry_after = 1s};
  };
  log_.disconnects_wanted = 2;
  run();
  ASSERT_EQ(log_.disconnects.size(), 1U);
  EXPECT_EQ(log_.disconnects[0].kind, Disconnect::Kind::asked);
  EXPECT_EQ(log_.disconnects[0].text, "lost");
  EXPECT_GE(log_.pauses[0], 1s);
}

TEST_F(SessionTest, a_proper_close_is_named_with_its_code) {
  serve();
  log_.on_each_frame = [&] {
    if (log_.frames.size() == 10) std::thread{[&] { server_->stop(); }}.join();
    return Next{};
  };
  const Disconnect disconnect = run_to_disconnect();
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::closed);
  EXPECT_GE(disconnect.close_code, 1000);
  EXPECT_THAT(disconnect.text, HasSubstr("closed the connection, code 1"));
}

TEST_F(SessionTest, a_message_that_is_too_long_is_not_read) {
  serve();
  options_.read_message_max = 1U << 10U;
  const Disconnect disconnect = run_to_disconnect();
  EXPECT_EQ(disconnect.kind, Disconnect::Kind::protocol);
  EXPECT_THAT(disconnect.text, HasSubstr("a message of more than 1024 bytes"));
  EXPECT_EQ(log_.frames.size(), 2U) << "up to the image";
}

TEST_F(SessionTest, stops_from_another_thread_while_it_reads) {
  serve();
  Session session{options_, std::mt19937{1}};
  std::thread stopper;
  log_.on_each_frame = [&] {
    if (!stopper.joinable()) stopper = std::thread{[&] { session.stop(); }};
    return Next{};
  };
  session.run(log_);
  stopper.join();
  EXPECT_TRUE(log_.disconnects.empty()) << "it is no disconnect";
}

TEST_F(SessionTest, stops_before_it_began_and_while_it_waits_to_come_back) {
  serve();
  {
    Session session{options_, std::mt19937{1}};
    session.stop();
    session.run(log_);
    EXPECT_EQ(log_.connections, 0U);
  }
  server_->refuse_upgrades(502, 1);
  options_.backoff.first = options_.backoff.longest = 1h;
  Session session{options_, std::mt19937{1}};
  log_.disconnects_wanted = 2;
  session.run(log_, 200ms);
  EXPECT_EQ(log_.disconnects.size(), 1U);
  EXPECT_GE(log_.pauses[0], 30min);
}

TEST_F(SessionTest, looks_at_the_connection_from_time_to_time_and_may_speak_then) {
  serve();
  log_.greeting = {};  // nothing comes but the welcome, until a tick subscribes
  options_.tick = 1ms;
  bool asked = false;
  log_.on_each_tick = [&]() -> Next {
    if (asked || !log_.ticks.back().is_connected || log_.frames.empty()) return {};
    asked = true;
    return {.send = {R"({"op":"subscribe","args":["orderBookL2:XBTUSD"]})", "ping"}};
  };
  log_.frames_wanted = 20;
  run();
  EXPECT_TRUE(asked);
  EXPECT_THAT(log_.frames[1], HasSubstr("success"));
}

TEST_F(SessionTest, a_frame_can_be_answered) {
  serve();
  log_.greeting = {};
  log_.on_each_frame = [&]() -> Next {
    if (log_.frames.size() == 1) return {.send = {"ping", "ping"}};
    return {};
  };
  log_.frames_wanted = 3;
  run();
  EXPECT_EQ(log_.frames[1], "pong");
  EXPECT_EQ(log_.frames[2], "pong");
}

TEST_F(SessionTest, a_tick_can_ask_for_a_new_connection_and_for_the_end) {
  serve();
  options_.tick = 1ms;
  log_.disconnects_wanted = 2;
  log_.on_each_tick = [&]() -> Next {
    if (!log_.ticks.back().is_connected || log_.frames.empty()) return {};
    if (log_.connections == 2) return {.step = Next::Step::stop};
    return {.step = Next::Step::reconnect, .reason = "nothing comes"};
  };
  run();
  ASSERT_EQ(log_.disconnects.size(), 1U);
  EXPECT_EQ(log_.disconnects[0].kind, Disconnect::Kind::asked);
  EXPECT_EQ(log_.disconnects[0].text, "nothing comes");
  EXPECT_EQ(log_.connections, 2U);
}

TEST_F(SessionTest, goes_on_ticking_while_there_is_no_connection) {
  serve();
  server_->refuse_upgrades(502, 1);
  options_.backoff.first = options_.backoff.longest = 1h;
  options_.tick = 1ms;
  log_.disconnects_wanted = 2;
  log_.on_each_tick = [&]() -> Next {
    const bool waits = !log_.disconnects.empty() && !log_.ticks.back().is_connected;
    return {.step = waits ? Next::Step::stop : Next::Step::read_on};
  };
  run();
  EXPECT_EQ(log_.connections, 0U);
}

TEST_F(SessionTest, a_loss_can_be_the_end) {
  serve();
  server_options_.drop_after = {5};
  server_->refuse_upgrades(503, 1);
  log_.stops_when_disconnected = true;
  log_.disconnects_wanted = 9;
  run();
  EXPECT_EQ(log_.disconnects.size(), 1U);
}

TEST_F(SessionTest, a_tick_that_is_due_at_the_end_is_the_last) {
  serve();
  options_.tick = 0ms;  // one is always due
  log_.stops_when_disconnected = true;
  log_.disconnects_wanted = 99;
  for (int i = 0; i < 20; ++i) {
    server_->refuse_upgrades(503, 1);
    run();
  }
  EXPECT_EQ(log_.disconnects.size(), 20U);
}

TEST_F(SessionTest, a_forbidden_upgrade_is_not_tried_again_soon) {
  serve();
  server_->refuse_upgrades(403, 1);
  options_.forbidden_pause = 7min;
  run_to_disconnect();
  EXPECT_EQ(log_.disconnects[0].http_status, 403);
  EXPECT_GE(log_.pauses[0], 7min);
}

TEST_F(SessionTest, what_the_observer_throws_comes_out) {
  serve();
  log_.on_each_frame = []() -> Next { throw DataError{{.name = "x"}, "mine"}; };
  EXPECT_THROW(run(), DataError);
}

/// Sessions with a second connection, whose observer is the heir.
class SessionOfTwo : public SessionTest {
 protected:
  SessionOfTwo() {
    heir_.greeting = log_.greeting;
    log_.successor = &heir_;
    log_.disconnects_wanted = heir_.disconnects_wanted = 99;
    log_.on_each_frame = [] { return Next{.step = Next::Step::succeed}; };
  }

  [[nodiscard]] bool heir_reads() const { return heir_.frames.size() >= 3; }
  /// Runs until the first observer, which asks for an heir with each frame, is done.
  void run_until(const std::function<bool()>& is_done) {
    log_.on_each_frame = [&] {
      return Next{.step = is_done() ? Next::Step::stop : Next::Step::succeed};
    };
    run();
  }
  std::size_t inject(exchange::Fault fault, std::uint64_t connection) {
    return server_->inject({.fault = fault, .connection = connection});
  }

  SessionLog heir_;
};

TEST_F(SessionOfTwo, the_second_connection_becomes_the_only_one) {
  serve();
  heir_.on_each_frame = [&] {
    return Next{.step = heir_reads() ? Next::Step::hand_over : Next::Step::read_on};
  };
  // Before that it is read; then nobody is there who could be pinged.
  run_until([&] { return heir_reads() && inject(exchange::Fault::ping, 0) == 0; });
  EXPECT_EQ(server_->statistics().connections, 2U);
  EXPECT_EQ(heir_.frames.size(), 3U);
  EXPECT_EQ(log_.connections, 1U) << "the second has been opened by the heir";
  EXPECT_TRUE(log_.disconnects.empty());
  EXPECT_TRUE(heir_.disconnects.empty());
}

TEST_F(SessionOfTwo, one_follows_another_again_and_again) {
  serve();
  std::size_t followed = 0;
  heir_.on_each_frame = [&] {
    const bool hands_over = heir_reads();
    if (hands_over) ++followed;
    return Next{.step = hands_over ? Next::Step::hand_over : Next::Step::read_on};
  };
  run_until([&] { return followed == 5; });
  EXPECT_EQ(server_->statistics().connections, 6U);
  EXPECT_EQ(log_.connections, 1U);
  EXPECT_TRUE(log_.disconnects.empty());
}

TEST_F(SessionOfTwo, the_first_can_ask_for_it_and_hand_over_in_a_tick) {
  serve();
  options_.tick = 1ms;
  bool has_handed_over = false;
  log_.on_each_frame = [] { return Next{}; };
  log_.on_each_tick = [&]() -> Next {
    if (has_handed_over) return {.step = Next::Step::stop};
    has_handed_over = heir_reads();
    return {.step = has_handed_over ? Next::Step::hand_over : Next::Step::succeed};
  };
  run();
  EXPECT_EQ(server_->statistics().connections, 2U);
  EXPECT_EQ(log_.connections, 1U);
  EXPECT_TRUE(heir_.disconnects.empty());
}

TEST_F(SessionOfTwo, without_a_second_connection_nothing_is_handed_over) {
  serve();
  log_.frames_wanted = 20;
  log_.on_each_frame = [] { return Next{.step = Next::Step::hand_over}; };
  run();
  EXPECT_EQ(log_.frames.size(), 20U);
  EXPECT_EQ(server_->statistics().connections, 1U);
}

TEST_F(SessionOfTwo, the_end_of_the_first_is_told_to_the_heir) {
  serve();
  heir_.on_each_frame = [&] {
    if (heir_.frames.size() == 3) inject(exchange::Fault::cut, 0);
    return Next{};
  };
  run_until([&] { return log_.connections == 2; });
  ASSERT_EQ(log_.disconnects.size(), 1U);
  EXPECT_EQ(log_.disconnects[0].kind, Disconnect::Kind::cut);
  ASSERT_EQ(heir_.disconnects.size(), 1U);
  EXPECT_EQ(heir_.disconnects[0].text, "the first connection ends");
  EXPECT_EQ(heir_.connections, 1U);
}

TEST_F(SessionOfTwo, the_end_of_the_second_leaves_the_first_alone) {
  serve();
  heir_.on_each_frame = [&] {
    if (heir_.frames.size() == 3) inject(exchange::Fault::cut, heir_.connections);
    return Next{};
  };
  run_until([&] { return heir_.disconnects.size() == 2; });
  EXPECT_EQ(heir_.connections, 2U) << "another can be made";
  EXPECT_EQ(heir_.disconnects[0].kind, Disconnect::Kind::cut);
  EXPECT_EQ(log_.connections, 1U);
  EXPECT_TRUE(log_.disconnects.empty());
}

TEST_F(SessionOfTwo, an_heir_may_give_its_connection_up) {
  serve();
  heir_.on_each_frame = [] { return Next{.step = Next::Step::reconnect, .reason = "lost"}; };
  run_until([&] { return heir_.disconnects.size() == 2; });
  EXPECT_EQ(heir_.disconnects[0].kind, Disconnect::Kind::asked);
  EXPECT_EQ(heir_.disconnects[0].text, "lost");
  EXPECT_EQ(log_.connections, 1U);
}

TEST_F(SessionOfTwo, an_heir_is_told_that_it_has_no_connection) {
  serve();
  log_.on_each_frame = [&]() -> Next {
    if (!heir_.disconnects.empty()) return {.step = Next::Step::stop};
    if (log_.frames.size() == 1) server_->refuse_upgrades(503, 1);
    return {.step = Next::Step::succeed};
  };
  run();
  ASSERT_EQ(heir_.disconnects.size(), 1U);
  EXPECT_EQ(heir_.disconnects[0].http_status, 503);
  EXPECT_EQ(heir_.connections, 0U);
  EXPECT_EQ(log_.connections, 1U);
}

TEST_F(SessionOfTwo, an_heir_that_stops_stops_all) {
  serve();
  heir_.frames_wanted = 3;
  run();
  EXPECT_TRUE(heir_.disconnects.empty());
  EXPECT_TRUE(log_.disconnects.empty());
}

TEST_F(SessionOfTwo, an_heir_that_stops_in_a_tick_stops_all) {
  serve();
  options_.tick = 1ms;
  heir_.on_each_tick = [&] {
    return Next{.step = heir_reads() ? Next::Step::stop : Next::Step::read_on};
  };
  run();
  EXPECT_TRUE(heir_.disconnects.empty());
  EXPECT_TRUE(log_.disconnects.empty());
}

TEST_F(SessionOfTwo, what_an_heir_throws_comes_out) {
  serve();
  heir_.on_each_frame = []() -> Next { throw DataError{{.name = "x"}, "its own"}; };
  EXPECT_THROW(run(), DataError);
}

TEST_F(SessionOfTwo, stops_from_another_thread_while_there_are_two) {
  serve();
  Session session{options_, std::mt19937{1}};
  std::thread stopper;
  heir_.on_each_frame = [&] {
    if (!stopper.joinable()) stopper = std::thread{[&] { session.stop(); }};
    return Next{};
  };
  session.run(log_);
  stopper.join();
  EXPECT_TRUE(log_.disconnects.empty());
}

/// The exchange is slow to answer the close of the first: the second goes on meanwhile.
TEST_F(SessionOfTwo, who_stops_hands_nothing_over) {
  serve();
  bool stops = false;
  std::size_t frames_after = 0;
  heir_.on_each_frame = [&]() -> Next {
    if (stops) ++frames_after;
    return {.step = stops ? Next::Step::hand_over : Next::Step::read_on};
  };
  log_.on_each_frame = [&]() -> Next {
    if (!heir_reads()) return {.step = Next::Step::succeed};
    if (!std::exchange(stops, true))
      server_->inject({.fault = exchange::Fault::stall, .connection = 0, .time = 300ms});
    return {.step = Next::Step::stop};
  };
  Session session{options_, std::mt19937{1}};
  session.run(log_, 30s);
  EXPECT_TRUE(stops);
  EXPECT_EQ(frames_after, 0U);
  EXPECT_TRUE(log_.disconnects.empty());
  EXPECT_EQ(heir_.disconnects.size(), 1U);
}

TEST_F(SessionOfTwo, who_stops_in_a_tick_hands_nothing_over) {
  serve();
  options_.tick = 1ms;
  bool stops = false;
  std::size_t frames_after = 0;
  heir_.on_each_frame = [&] {
    if (stops) ++frames_after;
    return Next{.step = stops ? Next::Step::hand_over : Next::Step::read_on};
  };
  log_.on_each_tick = [&]() -> Next {
    if (!heir_reads()) return {};
    if (!std::exchange(stops, true))
      server_->inject({.fault = exchange::Fault::stall, .connection = 0, .time = 300ms});
    return {.step = Next::Step::stop};
  };
  Session session{options_, std::mt19937{1}};
  session.run(log_, 30s);
  EXPECT_TRUE(stops);
  EXPECT_EQ(frames_after, 0U);
  EXPECT_TRUE(log_.disconnects.empty());
}

TEST_F(SessionOfTwo, who_reconnects_hands_nothing_over) {
  serve();
  bool reconnects = false;
  std::size_t frames_after = 0;
  heir_.on_each_frame = [&]() -> Next {
    if (reconnects) ++frames_after;
    return {.step = reconnects ? Next::Step::hand_over : Next::Step::read_on};
  };
  log_.on_each_frame = [&]() -> Next {
    if (log_.connections == 2) return {.step = Next::Step::stop};
    if (!heir_reads()) return {.step = Next::Step::succeed};
    if (!std::exchange(reconnects, true))
      server_->inject({.fault = exchange::Fault::stall, .connection = 0, .time = 300ms});
    return {.step = Next::Step::reconnect, .reason = "a book is lost"};
  };
  Session session{options_, std::mt19937{1}};
  session.run(log_, 30s);
  EXPECT_EQ(frames_after, 0U);
  EXPECT_EQ(log_.connections, 2U);
  ASSERT_EQ(log_.disconnects.size(), 1U);
  EXPECT_EQ(log_.disconnects[0].text, "a book is lost");
  EXPECT_EQ(heir_.disconnects.size(), 1U);
}

/// A connection for each of several observers.
class SessionOfMany : public SessionTest {
 protected:
  SessionOfMany() {
    for (SessionLog& log : logs_) {
      log.greeting = log_.greeting;
      log.disconnects_wanted = 1000;
      observers_.push_back(&log);
    }
  }
  void run_all() {
    Session session{options_, std::mt19937{1}};
    session.run(observers_);
  }
  /// Stops as soon as it is so, in a frame of the first.
  void run_until(const std::function<bool()>& is_enough) {
    logs_[0].on_each_frame = [=] {
      return Next{.step = is_enough() ? Next::Step::stop : Next::Step::read_on};
    };
    run_all();
  }
  [[nodiscard]] bool have_all(std::size_t frames) const {
    return std::all_of(logs_.begin(), logs_.end(),
                       [=](const SessionLog& log) { return log.frames.size() >= frames; });
  }

  /// Connections, by all of them.
  [[nodiscard]] std::size_t made() const {
    std::size_t sum = 0;
    for (const SessionLog& log : logs_) sum += log.connections;
    return sum;
  }

  std::array<SessionLog, 3> logs_;
  std::vector<SessionObserver*> observers_;
};

TEST_F(SessionOfMany, each_has_its_own_connection) {
  serve();
  run_until([&] { return have_all(20); });
  for (const SessionLog& log : logs_) {
    EXPECT_EQ(log.connections, 1U);
    EXPECT_THAT(log.frames[1], HasSubstr("subscribe"));
    EXPECT_TRUE(log.disconnects.empty());
  }
}

TEST_F(SessionOfMany, each_comes_back_by_itself) {
  serve();
  bool is_cut = false;
  run_until([&] {
    if (!is_cut && have_all(20)) {
      is_cut = true;
      server_->inject({.fault = exchange::Fault::cut, .connection = 1});
    }
    return made() == 4 && have_all(10);
  });
  std::vector<std::size_t> each;
  for (const SessionLog& log : logs_) each.push_back(log.connections);
  EXPECT_THAT(each, testing::UnorderedElementsAre(1, 1, 2));
}

TEST_F(SessionOfMany, what_one_throws_ends_all) {
  serve();
  logs_[1].on_each_frame = [&]() -> Next {
    if (have_all(5)) throw GaveUp{"enough"};
    return {};
  };
  EXPECT_THROW(run_all(), GaveUp);
}

TEST_F(SessionOfMany, one_that_stops_in_a_tick_stops_all) {
  serve();
  logs_[2].on_each_tick = [&] {
    return Next{.step = have_all(5) ? Next::Step::stop : Next::Step::read_on};
  };
  run_all();
  for (const SessionLog& log : logs_) EXPECT_EQ(log.connections, 1U);
}

/// As one does whose archive has ended.
TEST_F(SessionOfMany, one_that_wants_no_further_connection_leaves_the_others_alone) {
  serve();
  for (SessionLog& log : logs_) log.stops_when_disconnected = true;
  std::optional<std::size_t> at_the_close;
  logs_[0].on_each_tick = [&] {
    std::size_t gone = 0, others = 0;
    for (const SessionLog& log : logs_) {
      gone += log.disconnects.size();
      others +=
          log.disconnects.empty() && log.frames.size() >= at_the_close.value_or(0) + 50 ? 1 : 0;
    }
    if (!at_the_close && have_all(5)) {
      at_the_close =
          std::max({logs_[0].frames.size(), logs_[1].frames.size(), logs_[2].frames.size()});
      server_->inject({.fault = exchange::Fault::close, .connection = 2});
    }
    return Next{.step = gone == 1 && others == 2 ? Next::Step::stop : Next::Step::read_on};
  };
  run_all();
  EXPECT_EQ(made(), 3U);
}

TEST_F(SessionOfMany, is_stopped_from_another_thread) {
  serve();
  Session session{options_, std::mt19937{1}};
  std::atomic<bool> all_have = false;
  logs_[0].on_each_frame = [&] {
    all_have = have_all(5);
    return Next{};
  };
  std::thread stopper{[&] {
    while (!all_have) std::this_thread::sleep_for(1ms);
    session.stop();
  }};
  session.run(observers_);
  stopper.join();
}

TEST_F(SessionOfMany, connections_begin_one_after_another_at_their_pace) {
  serve();
  options_.connect_pace = 60ms;
  const auto begin = std::chrono::steady_clock::now();
  run_until([&] { return have_all(5); });
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 120ms);
  EXPECT_EQ(server_->statistics().connections, 3U);
}

TEST_F(SessionOfMany, stops_while_connections_wait_for_their_turn) {
  serve();
  options_.connect_pace = 1h;
  run_until([&] { return logs_[0].frames.size() >= 5; });
  EXPECT_EQ(server_->statistics().connections, 1U);
}

}  // namespace
}  // namespace obkit::net
