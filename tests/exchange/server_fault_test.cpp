#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <random>
#include <thread>

#include "obkit/exchange/source.hpp"

#include "naive_book.hpp"
#include "served.hpp"
#include "support/test_name.hpp"

namespace obkit::exchange {

namespace {

using namespace std::chrono_literals;
using boost::beast::websocket::error;
using testing::HasSubstr;

/// A frozen market, and a client that has the welcome, the ack and the partial.
class Faulty : public Served {
 protected:
  std::unique_ptr<TestClient> follow(ServerOptions options = frozen()) {
    serve(std::move(options));
    auto client = join(by_url);
    (void)client->read();
    (void)client->read();
    return client;
  }
  /// What a fault of the connection ends it with; nothing more comes before.
  boost::beast::error_code end_of(const Injection& injection) {
    const auto client = follow();
    EXPECT_EQ(server->inject(injection), 1U);
    const auto end = client->read_to_end();
    EXPECT_EQ(client->frames, 0);
    return end;
  }
  /// The connection still talks.
  static void expect_alive(TestClient& client) {
    client.send("ping");
    EXPECT_EQ(client.read(), "pong");
  }
};

TEST_F(Faulty, a_cut_is_no_goodbye) { EXPECT_NE(end_of({.fault = Fault::cut}), error::closed); }

TEST_F(Faulty, a_cut_in_mid_frame_gives_no_message) {
  EXPECT_NE(end_of({.fault = Fault::cut_in_frame}), error::closed);
}

TEST_F(Faulty, garbage_bytes_are_no_message_and_no_goodbye) {
  EXPECT_NE(end_of({.fault = Fault::garbage_bytes}), error::closed);
}

TEST_F(Faulty, a_close_frame_has_the_code_and_reason_that_were_given) {
  const auto client = follow();
  server->inject({.fault = Fault::close, .code = 4000, .reason = "heartbeat close"});
  EXPECT_EQ(client->read_to_end(), error::closed);
  EXPECT_EQ(client->close_reason().code, 4000);
  EXPECT_EQ(client->close_reason().reason, "heartbeat close");
}

TEST_F(Faulty, garbage_text_binary_and_large_messages_come_whole_and_all_goes_on) {
  const auto client = follow();
  server->inject({.fault = Fault::garbage_text});
  EXPECT_FALSE(nlohmann::json::accept(client->read()));
  server->inject({.fault = Fault::binary_message});
  EXPECT_EQ(client->read().size(), 256U);
  EXPECT_TRUE(client->got_binary());
  server->inject({.fault = Fault::large_message});
  const std::string large = client->read();
  EXPECT_FALSE(client->got_binary());
  EXPECT_GE(large.size(), 20U << 20U);
  EXPECT_TRUE(nlohmann::json::accept(large));
  EXPECT_EQ(large.find("orderBookL2"), std::string::npos);
  expect_alive(*client);
}

TEST_F(Faulty, errors_of_the_venue_leave_a_bitmex_connection_open) {
  const auto client = follow();
  server->inject({.fault = Fault::too_many_requests});
  EXPECT_THAT(client->read(), HasSubstr(R"("status":429)"));
  server->inject({.fault = Fault::maintenance});
  EXPECT_THAT(client->read(), HasSubstr(R"("status":503)"));
  expect_alive(*client);
}

TEST_F(Faulty, a_ping_is_answered) {
  const auto client = follow();
  server->inject({.fault = Fault::ping});
  expect_alive(*client);
  expect_alive(*client);
  EXPECT_EQ(client->pings(), 1);
  EXPECT_EQ(server->statistics().pongs, 1U);
}

TEST_F(Faulty, a_half_open_connection_neither_reads_nor_ends) {
  const auto client = follow();
  server->inject({.fault = Fault::half_open});
  client->send("ping");
  const auto other = join("/realtime");  // the server is there for others
  EXPECT_EQ(client->socket().available(), 0U);
  EXPECT_EQ(server->inject({.fault = Fault::cut}), 1U);
  EXPECT_EQ(client->socket().available(), 0U);
}

TEST_F(Faulty, nothing_is_lost_by_a_stall) {
  ServerOptions options = at_full_speed(60s);
  options.plan = {{20, {.fault = Fault::stall, .time = 300ms}}};
  serve(std::move(options));
  const auto client = join(by_url);
  (void)client->read();
  NaiveBook naive;
  EXPECT_THROW(read_on(naive, *client), boost::system::system_error);
  server->wait();
  EXPECT_EQ(server->statistics().faults, 1U);
  EXPECT_EQ(plain(server->true_book(0).first.levels(Side::bid, 500)), naive.levels(Side::bid, 500));
}

TEST_F(Faulty, a_stalled_connection_says_nothing_even_to_pings) {
  const auto client = follow();
  server->inject({.fault = Fault::stall, .time = 1h});
  client->ping();
  client->send("ping");
  expect_alive(*join("/realtime"));
  constexpr std::size_t shortest_tls_record = 22;  // Beast lets a byte through from time to time
  EXPECT_LT(client->socket().available(), shortest_tls_record);
  EXPECT_EQ(server->inject({.fault = Fault::cut, .connection = 0}), 1U);
}

TEST_F(Faulty, a_fault_hits_the_connection_that_is_named) {
  const auto first = follow();
  const auto second = join(by_url);
  EXPECT_EQ(server->inject({.fault = Fault::cut, .connection = 1}), 1U);
  EXPECT_EQ(server->inject({.fault = Fault::cut, .connection = 7}), 0U);
  EXPECT_EQ(server->inject({.fault = Fault::silence, .connection = 7}), 0U);
  EXPECT_EQ(server->inject({.fault = Fault::silence, .connection = 0}), 1U);
  expect_alive(*first);
  EXPECT_NE(second->read_to_end(), error::closed);
}

TEST_F(Faulty, without_anybody_there_is_nobody_to_hit) {
  serve(frozen());
  EXPECT_EQ(server->inject({.fault = Fault::cut}), 0U);
  EXPECT_EQ(server->inject({.fault = Fault::crossing}), 0U);
  EXPECT_EQ(server->statistics().faults, 0U);
}

TEST_F(Faulty, upgrades_are_refused_as_a_proxy_does) {
  serve(frozen());
  for (const unsigned status : {403U, 502U, 503U}) {
    EXPECT_EQ(server->inject({.fault = Fault::refuse_upgrade, .status = status}), 1U);
    const auto client = connect();
    EXPECT_EQ(client->upgrade("/realtime"), status);
    EXPECT_THAT(client->body, HasSubstr("<h1>" + std::to_string(status)));
  }
  server->inject({.fault = Fault::refuse_upgrade, .status = 429, .retry_after = 17s});
  const auto client = connect();
  EXPECT_EQ(client->upgrade("/realtime"), 429U);
  EXPECT_EQ(client->retry_after, "17");
  EXPECT_EQ(client->body, R"({"error":{"message":"Rate limit exceeded, retry in 17 seconds.",)"
                          R"("name":"RateLimitError"}})");
  EXPECT_EQ(connect()->upgrade("/realtime"), 101U);
}

TEST_F(Faulty, bad_certificates_are_shown_as_often_as_asked_for_and_then_the_good_one) {
  serve(frozen());
  for (const Fault fault :
       {Fault::expired_certificate, Fault::unknown_issuer, Fault::foreign_certificate}) {
    EXPECT_EQ(server->inject({.fault = fault, .count = 2}), 2U);
    EXPECT_THROW((void)connect(), boost::system::system_error);
    EXPECT_THROW((void)connect(), boost::system::system_error);
    EXPECT_EQ(connect()->upgrade("/realtime"), 101U);
  }
}

/// It asks again and again, and does not listen.
TEST_F(Faulty, a_deaf_connection_that_ended_is_forgotten) {
  ServerOptions options = frozen();
  options.venue = Venue::deribit;
  serve(std::move(options));
  for (const Fault fault : {Fault::close, Fault::cut_in_frame, Fault::too_many_requests}) {
    const auto client = connect();
    EXPECT_EQ(client->upgrade(std::string{protocol(Venue::deribit).path()}), 101U);
    const auto be_heard = [&] {
      client->send(R"({"jsonrpc":"2.0","id":7,"method":"public/test"})");
      while (client->read().find(R"("id":7)") == std::string::npos) continue;
    };
    be_heard();
    EXPECT_EQ(server->inject({.fault = Fault::questions}), 1U);
    be_heard();  // and is the last that it hears
    EXPECT_EQ(server->statistics().open, 1U);
    EXPECT_EQ(server->inject({.fault = fault}), 1U);
    (void)client->read_to_end();
    while (server->statistics().open > 0) std::this_thread::yield();
  }
}

TEST_F(Faulty, a_restart_cuts_all_refuses_connections_and_comes_back_on_its_port) {
  const auto client = follow();
  EXPECT_EQ(server->inject({.fault = Fault::restart, .time = 1h}), 1U);
  EXPECT_NE(client->read_to_end(), error::closed);
  try {
    (void)connect();
    FAIL() << "nobody listens";
  } catch (const boost::system::system_error& refused) {
    EXPECT_EQ(refused.code(), boost::asio::error::connection_refused);
  }
  server->inject({.fault = Fault::restart, .time = 1ms});
  const auto reconnect = [this]() -> std::unique_ptr<TestClient> {
    try {
      return connect();
    } catch (const boost::system::system_error&) {
      return nullptr;
    }
  };
  std::unique_ptr<TestClient> again;
  while (!again) again = reconnect();
  EXPECT_EQ(again->upgrade("/realtime"), 101U);
}

TEST_F(Faulty, a_book_fault_is_cured_by_subscribing_again_on_the_same_connection) {
  ServerOptions options = at_full_speed(3600s);
  options.plan = {{50, {.fault = Fault::unknown_delete}}};
  serve(std::move(options));
  const auto client = join(by_url);
  (void)client->read();
  NaiveBook naive;
  EXPECT_THROW(read_on(naive, *client), std::runtime_error);
  client->send(R"({"op":"unsubscribe","args":["orderBookL2:XBTUSD:Primary"]})");
  client->send(R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Primary"]})");
  std::string frame = client->read();
  while (frame.find(R"("action":"partial")") == std::string::npos) frame = client->read();
  naive.read(frame);
  EXPECT_THROW(read_on(naive, *client), boost::system::system_error);
  server->wait();
  EXPECT_EQ(plain(server->true_book(0).first.levels(Side::ask, 500)), naive.levels(Side::ask, 500));
}

TEST_F(Faulty, credentials_of_an_upgrade_are_echoed_if_asked_for) {
  ServerOptions options = frozen();
  options.credentials = {"key", "secret"};
  options.auth_ack = AuthAck::echo;
  serve(std::move(options));
  const std::string expires = "4102444800", signature = sign_realtime("secret", expires);
  const auto client = connect();
  client->upgrade("/realtime",
                  {{"api-key", "key"}, {"api-expires", expires}, {"api-signature", signature}});
  (void)client->read();
  EXPECT_EQ(client->read(), R"({"success":true,"request":{"op":"authKeyExpires","args":["key",)" +
                                expires + ",\"" + signature + "\"]}}");
  expect_alive(*join("/realtime"));
}

TEST_F(Faulty, an_archive_is_played_to_its_end_without_pings_and_with_answers_to_them) {
  const std::string path = testing::TempDir() + "obkit_server_archive";
  std::ofstream{path}
      << "1.0\t"
      << R"({"table":"orderBookL2","action":"partial","filter":{"symbol":"XBTUSD"},)"
      << R"("data":[]})"
      << "\n";
  ServerOptions options = at_full_speed(1h);
  options.keep_alive = KeepAlive::none;
  serve(std::move(options), make_capture_source(path));
  const auto client = join("/realtime");
  client->ping();
  expect_alive(*client);
  EXPECT_EQ(client->pongs(), 1);
  client->send(R"({"op":"subscribe","args":["orderBookL2:XBTUSD"]})");
  EXPECT_EQ(client->read_to_end(), error::closed);
  EXPECT_EQ(client->frames, 2);
  EXPECT_EQ(client->close_reason().code, boost::beast::websocket::close_code::normal);
  EXPECT_EQ(client->pings(), 0);
  std::filesystem::remove(path);
}

using namespace std::chrono_literals;

/// Reads until the connection ends or what comes cannot be; returns how many frames were good.
int follow_once(TestClient& client, Venue venue) {
  NaiveBook book;
  NaiveLadder ladder;
  int frames = 0;
  try {
    if (client.upgrade(std::string{protocol(venue).path()}) != 101) return 0;
    client.send(protocol(venue).subscribe_request({"XBTUSD", "Primary"}));
    for (bool has_book = false;;) {
      const std::string frame = client.read();
      has_book = has_book || frame.find(venue == Venue::bitmex ? "\"partial\"" : "\"snapshot\"") !=
                                 std::string::npos;
      const bool is_book =
          frame.find(venue == Venue::bitmex ? "\"orderBookL2\"" : "book") < frame.size() &&
          frame.find("\"data\"") < frame.size();
      if (!has_book || !is_book) continue;
      venue == Venue::bitmex ? book.read(frame) : ladder.read(frame);
      ++frames;
    }
  } catch (const std::exception&) {
    return frames;
  }
}

/// Faults that a client which blocks gets over; every 20 book frames one.
std::vector<PlannedFault> storm(Venue venue, std::size_t count) {
  std::vector<Fault> faults = faults_of(venue);
  std::erase_if(faults, [](Fault one) {
    return one == Fault::half_open || one == Fault::stall || one == Fault::silence;
  });
  std::mt19937 random{7};
  std::vector<PlannedFault> plan;
  for (std::size_t i = 0; i < count; ++i)
    plan.push_back(
        {20 * (i + 1), {.fault = faults[random() % faults.size()], .time = 2ms, .size = 100'000}});
  return plan;
}

class Storm : public Served, public testing::WithParamInterface<Venue> {};

TEST_P(Storm, the_server_serves_to_the_end_through_faults_drawn_from_a_seed) {
  constexpr std::size_t faults = 150;
  ServerOptions options = at_full_speed(2700s);
  options.venue = GetParam();
  options.plan = storm(GetParam(), faults);
  serve(std::move(options));
  const auto over = std::async(std::launch::async, [this] { server->wait(); });
  int good_frames = 0;
  while (over.wait_for(0s) != std::future_status::ready) {
    try {
      good_frames += follow_once(*connect(), GetParam());
    } catch (const boost::system::system_error&) {  // refused, or a certificate that is not good
    }
  }
  EXPECT_GT(server->statistics().faults, faults / 2);
  EXPECT_GT(server->statistics().connections, 1U);
  EXPECT_GT(good_frames, 300);
}

INSTANTIATE_TEST_SUITE_P(All, Storm,
                         testing::Values(Venue::bitmex, Venue::deribit, Venue::bybit_spot,
                                         Venue::okx, Venue::kraken),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

}  // namespace

}  // namespace obkit::exchange
