#include "obkit/feed/session.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/exchange/server.hpp"
#include "obkit/exchange/synthetic_source.hpp"
#include "obkit/feed/bitmex.hpp"

#include "watcher.hpp"

namespace obkit::feed {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

/// Sessions with the simulated exchange, which is as fast as they read.
class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    server_options_.speed = std::nullopt;
    watcher_.greeting = {R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Primary"]})"};
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
  /// Runs to the end that the watcher wants.
  void run() {
    Session session{options_, std::mt19937{1}};
    session.run(watcher_);
  }
  /// Runs until the watcher gives up; the loss it gave up for.
  Loss run_to_loss() {
    EXPECT_THROW(run(), GaveUp);
    return watcher_.losses.empty() ? Loss{} : watcher_.losses.back();
  }

  exchange::ServerOptions server_options_;
  std::optional<exchange::Server> server_;
  std::optional<TextFile> authority_;
  SessionOptions options_;
  Watcher watcher_;
};

TEST_F(SessionTest, sends_what_the_observer_wants_and_hands_over_each_message) {
  serve();
  watcher_.frames_wanted = 50;
  run();
  ASSERT_EQ(watcher_.frames.size(), 50U);
  EXPECT_THAT(watcher_.frames[0], HasSubstr("Welcome"));
  EXPECT_THAT(watcher_.frames[1], HasSubstr(R"("subscribe":"orderBookL2:XBTUSD")"));
  EXPECT_THAT(watcher_.frames[2], HasSubstr(R"("action":"partial")"));
  EXPECT_EQ(watcher_.times[49], Timestamp{50ns}) << "times are those of the clock that was given";
  EXPECT_EQ(watcher_.connections, 1U);
}

TEST_F(SessionTest, works_without_tls) {
  server_options_.transport = exchange::Transport::plain;
  serve();
  watcher_.frames_wanted = 10;
  run();
  EXPECT_EQ(watcher_.frames.size(), 10U);
}

TEST_F(SessionTest, refuses_a_certificate_for_another_host) {
  server_options_.certificate.host = "exchange.example";
  serve();
  const Loss loss = run_to_loss();
  EXPECT_EQ(loss.kind, Loss::Kind::certificate);
  EXPECT_THAT(loss.text, AllOf(HasSubstr("certificate of localhost:"), HasSubstr("refused"),
                               HasSubstr("hostname mismatch")));
  EXPECT_EQ(watcher_.connections, 0U);
}

TEST_F(SessionTest, refuses_a_certificate_for_another_address) {
  server_options_.certificate.host = "exchange.example";
  serve();
  options_.url.replace(options_.url.find("localhost"), 9, "127.0.0.1");
  const Loss loss = run_to_loss();
  EXPECT_EQ(loss.kind, Loss::Kind::certificate);
  EXPECT_THAT(loss.text, HasSubstr("IP address mismatch"));
}

TEST_F(SessionTest, accepts_a_certificate_for_its_address) {
  serve();
  options_.url.replace(options_.url.find("localhost"), 9, "127.0.0.1");
  watcher_.frames_wanted = 1;
  run();
  EXPECT_EQ(watcher_.connections, 1U);
}

TEST_F(SessionTest, refuses_an_issuer_that_it_does_not_know) {
  server_options_.certificate.unknown_issuer = true;
  serve();
  EXPECT_EQ(run_to_loss().kind, Loss::Kind::certificate);
  EXPECT_EQ(watcher_.connections, 0U);
}

TEST_F(SessionTest, knows_no_issuer_but_the_systems_unless_told) {
  serve();
  options_.ca_file.clear();
  EXPECT_EQ(run_to_loss().kind, Loss::Kind::certificate);
}

TEST_F(SessionTest, comes_back_after_a_cut_with_one_connection) {
  server_options_.drop_after = {20, 30};
  serve();
  watcher_.losses_wanted = 10;
  watcher_.frames_wanted = 40;
  run();
  EXPECT_EQ(watcher_.connections, 3U);
  ASSERT_EQ(watcher_.losses.size(), 2U);
  EXPECT_EQ(watcher_.losses[0].kind, Loss::Kind::cut);
  EXPECT_THAT(watcher_.losses[0].text, HasSubstr("cut without a close frame"));
  EXPECT_EQ(server_->statistics().connections, 3U);
}

TEST_F(SessionTest, finds_a_socket_that_does_not_answer_pings_dead) {
  server_options_.mute_after = {5};
  serve();
  options_.silence = 200ms;
  watcher_.losses_wanted = 2;
  watcher_.on_each_frame = [&] {
    return Next{.step = watcher_.connections == 2 ? Next::Step::stop : Next::Step::read_on};
  };
  run();
  ASSERT_EQ(watcher_.losses.size(), 1U);
  EXPECT_EQ(watcher_.losses[0].kind, Loss::Kind::dead);
}

TEST_F(SessionTest, a_quiet_market_that_answers_pings_is_not_dead) {
  serve();
  options_.silence = 400ms;
  watcher_.greeting.clear();  // nothing is subscribed to: after the welcome all is quiet
  Session session{options_, std::mt19937{1}};
  session.run(watcher_, 1s);
  EXPECT_TRUE(watcher_.losses.empty());
}

TEST_F(SessionTest, names_the_status_of_a_refused_upgrade_and_honours_retry_after) {
  serve();
  server_->refuse_upgrades(429, 1);
  const Loss loss = run_to_loss();
  EXPECT_EQ(loss.kind, Loss::Kind::upgrade);
  EXPECT_EQ(loss.http_status, 429);
  EXPECT_EQ(loss.retry_after, 1s);
  EXPECT_EQ(watcher_.pauses[0], 1s) << "not the few milliseconds of these tests";
  EXPECT_THAT(loss.text, HasSubstr("refused the upgrade: HTTP 429 Too Many Requests"));
}

TEST_F(SessionTest, survives_bad_gateways) {
  serve();
  server_->refuse_upgrades(502, 3);
  watcher_.losses_wanted = 10;
  watcher_.frames_wanted = 1;
  run();
  ASSERT_EQ(watcher_.losses.size(), 3U);
  EXPECT_EQ(watcher_.losses[2].http_status, 502);
  EXPECT_EQ(watcher_.losses[2].retry_after, std::nullopt);
}

TEST_F(SessionTest, makes_its_secret_headers_anew_for_each_upgrade) {
  server_options_.credentials = {"key", "secret"};
  server_options_.drop_after = {1};
  serve();
  int made = 0;
  options_.secret_headers = [&] {
    ++made;
    return bitmex::auth_headers({"key", "secret"}, std::int64_t{4'000'000'000} + made);
  };
  watcher_.losses_wanted = 2;
  watcher_.frames_wanted = 10;
  run();
  EXPECT_EQ(made, 2);
}

TEST_F(SessionTest, a_wrong_signature_is_a_refused_upgrade) {
  server_options_.credentials = {"key", "secret"};
  serve();
  options_.secret_headers = [] { return bitmex::auth_headers({"key", "other"}, 4'000'000'000); };
  EXPECT_EQ(run_to_loss().http_status, 401);
}

TEST_F(SessionTest, never_sends_secrets_in_the_clear) {
  server_options_.transport = exchange::Transport::plain;
  serve();
  options_.secret_headers = []() -> std::vector<Header> {
    ADD_FAILURE() << "asked for secrets";
    return {};
  };
  watcher_.frames_wanted = 1;
  run();
}

TEST_F(SessionTest, a_new_connection_can_be_asked_for) {
  serve();
  watcher_.on_each_frame = [&]() -> Next {
    if (watcher_.connections == 2) return {.step = Next::Step::stop};
    return {.step = Next::Step::reconnect, .reason = "lost", .retry_after = 1s};
  };
  watcher_.losses_wanted = 2;
  run();
  ASSERT_EQ(watcher_.losses.size(), 1U);
  EXPECT_EQ(watcher_.losses[0].kind, Loss::Kind::asked);
  EXPECT_EQ(watcher_.losses[0].text, "lost");
  EXPECT_GE(watcher_.pauses[0], 1s);
}

TEST_F(SessionTest, a_proper_close_is_named_with_its_code) {
  serve();
  watcher_.on_each_frame = [&] {
    if (watcher_.frames.size() == 10) std::thread{[&] { server_->stop(); }}.join();
    return Next{};
  };
  const Loss loss = run_to_loss();
  EXPECT_EQ(loss.kind, Loss::Kind::closed);
  EXPECT_GE(loss.close_code, 1000);
  EXPECT_THAT(loss.text, HasSubstr("closed the connection, code 1"));
}

TEST_F(SessionTest, a_message_that_is_too_long_is_not_read) {
  serve();
  options_.read_message_max = 1000;
  const Loss loss = run_to_loss();
  EXPECT_EQ(loss.kind, Loss::Kind::protocol);
  EXPECT_EQ(watcher_.frames.size(), 2U) << "up to the image";
}

TEST_F(SessionTest, stops_from_another_thread_while_it_reads) {
  serve();
  Session session{options_, std::mt19937{1}};
  std::thread stopper;
  watcher_.on_each_frame = [&] {
    if (!stopper.joinable()) stopper = std::thread{[&] { session.stop(); }};
    return Next{};
  };
  session.run(watcher_);
  stopper.join();
  EXPECT_TRUE(watcher_.losses.empty()) << "it is no loss";
}

TEST_F(SessionTest, stops_before_it_began_and_while_it_waits_to_come_back) {
  serve();
  {
    Session session{options_, std::mt19937{1}};
    session.stop();
    session.run(watcher_);
    EXPECT_EQ(watcher_.connections, 0U);
  }
  server_->refuse_upgrades(502, 1);
  options_.backoff.first = options_.backoff.longest = 1h;
  Session session{options_, std::mt19937{1}};
  watcher_.losses_wanted = 2;
  session.run(watcher_, 200ms);
  EXPECT_EQ(watcher_.losses.size(), 1U);
  EXPECT_GE(watcher_.pauses[0], 30min);
}

TEST_F(SessionTest, looks_at_the_connection_from_time_to_time_and_may_speak_then) {
  serve();
  watcher_.greeting = {};  // nothing comes but the welcome, until a tick subscribes
  options_.tick = 1ms;
  bool asked = false;
  watcher_.on_each_tick = [&]() -> Next {
    if (asked || !watcher_.ticks.back().is_connected || watcher_.frames.empty()) return {};
    asked = true;
    return {.send = {R"({"op":"subscribe","args":["orderBookL2:XBTUSD"]})", "ping"}};
  };
  watcher_.frames_wanted = 20;
  run();
  EXPECT_TRUE(asked);
  EXPECT_THAT(watcher_.frames[1], HasSubstr("success"));
}

TEST_F(SessionTest, a_frame_can_be_answered) {
  serve();
  watcher_.greeting = {};
  watcher_.on_each_frame = [&]() -> Next {
    if (watcher_.frames.size() == 1) return {.send = {"ping", "ping"}};
    return {};
  };
  watcher_.frames_wanted = 3;
  run();
  EXPECT_EQ(watcher_.frames[1], "pong");
  EXPECT_EQ(watcher_.frames[2], "pong");
}

TEST_F(SessionTest, a_tick_can_ask_for_a_new_connection_and_for_the_end) {
  serve();
  options_.tick = 1ms;
  watcher_.losses_wanted = 2;
  watcher_.on_each_tick = [&]() -> Next {
    if (!watcher_.ticks.back().is_connected || watcher_.frames.empty()) return {};
    if (watcher_.connections == 2) return {.step = Next::Step::stop};
    return {.step = Next::Step::reconnect, .reason = "nothing comes"};
  };
  run();
  ASSERT_EQ(watcher_.losses.size(), 1U);
  EXPECT_EQ(watcher_.losses[0].kind, Loss::Kind::asked);
  EXPECT_EQ(watcher_.losses[0].text, "nothing comes");
  EXPECT_EQ(watcher_.connections, 2U);
}

TEST_F(SessionTest, goes_on_ticking_while_there_is_no_connection) {
  serve();
  server_->refuse_upgrades(502, 1);
  options_.backoff.first = options_.backoff.longest = 1h;
  options_.tick = 1ms;
  watcher_.losses_wanted = 2;
  watcher_.on_each_tick = [&]() -> Next {
    const bool waits = !watcher_.losses.empty() && !watcher_.ticks.back().is_connected;
    return {.step = waits ? Next::Step::stop : Next::Step::read_on};
  };
  run();
  EXPECT_EQ(watcher_.connections, 0U);
}

TEST_F(SessionTest, a_loss_can_be_the_end) {
  serve();
  server_options_.drop_after = {5};
  server_->refuse_upgrades(503, 1);
  watcher_.stops_when_lost = true;
  watcher_.losses_wanted = 9;
  run();
  EXPECT_EQ(watcher_.losses.size(), 1U);
}

TEST_F(SessionTest, a_tick_that_is_due_at_the_end_is_the_last) {
  serve();
  options_.tick = 0ms;  // one is always due
  watcher_.stops_when_lost = true;
  watcher_.losses_wanted = 99;
  for (int i = 0; i < 20; ++i) {
    server_->refuse_upgrades(503, 1);
    run();
  }
  EXPECT_EQ(watcher_.losses.size(), 20U);
}

TEST_F(SessionTest, a_forbidden_upgrade_is_not_tried_again_soon) {
  serve();
  server_->refuse_upgrades(403, 1);
  options_.forbidden_pause = 7min;
  run_to_loss();
  EXPECT_EQ(watcher_.losses[0].http_status, 403);
  EXPECT_GE(watcher_.pauses[0], 7min);
}

TEST_F(SessionTest, what_the_observer_throws_comes_out) {
  serve();
  watcher_.on_each_frame = []() -> Next { throw DataError{{.name = "x"}, "mine"}; };
  EXPECT_THROW(run(), DataError);
}

}  // namespace
}  // namespace obkit::feed
