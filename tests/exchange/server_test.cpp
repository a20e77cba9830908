#include "obkit/exchange/server.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "obkit/core/error.hpp"
#include "obkit/exchange/source.hpp"

#include "naive_book.hpp"
#include "served.hpp"

namespace obkit::exchange {

namespace {

using namespace std::chrono_literals;
using boost::beast::websocket::close_code;
using boost::beast::websocket::error;
using testing::HasSubstr;

TEST_F(Served, welcomes_then_acks_then_sends_the_partial) {
  serve(frozen());
  const auto client = join(by_url);
  EXPECT_THAT(client->read(), HasSubstr(R"("success":true,"subscribe":"orderBookL2:XBTUSD")"));
  NaiveBook naive;
  naive.read(client->read());
  const auto [book, number] = server->true_book(0);
  EXPECT_EQ(number, 0U);
  EXPECT_EQ(plain(book.levels(Side::bid, 50)), naive.levels(Side::bid, 50));
}

TEST_F(Served, subscribes_by_op_and_answers_text_pings) {
  serve(frozen());
  const auto client = join("/realtime");
  client->send("ping");
  EXPECT_EQ(client->read(), "pong");
  client->send(R"({"op":"subscribe","args":["orderBookL2:XBTUSD","orderBookL2:NOPE"]})");
  EXPECT_THAT(client->read(), HasSubstr(R"("success":true)"));
  EXPECT_THAT(client->read(), HasSubstr("Unknown or expired symbol"));
  EXPECT_THAT(client->read(), HasSubstr(R"("filter":{"pool":"Aggregated","symbol":"XBTUSD"})"));
}

TEST_F(Served, pings_and_pongs_go_both_ways) {
  serve(frozen());
  const auto client = join("/realtime");
  client->ping();
  server->ping_clients();
  client->send("ping");
  EXPECT_EQ(client->read(), "pong");  // by now both control frames are through
  EXPECT_EQ(client->pings(), 1);
  EXPECT_EQ(client->pongs(), 1);
  client->send("help");
  EXPECT_THAT(client->read(), HasSubstr("subscriptionSubjects"));
  EXPECT_EQ(server->statistics().pongs, 1U);
}

TEST_F(Served, frames_make_the_true_book_and_the_end_is_a_proper_close) {
  serve(at_full_speed(600s));
  const auto client = join(by_url);
  (void)client->read();
  NaiveBook naive;
  std::size_t frames = 0;
  try {
    for (;; ++frames) naive.read(client->read());
  } catch (const boost::system::system_error& end) {
    EXPECT_EQ(end.code(), error::closed);
  }
  EXPECT_EQ(client->close_reason().code, close_code::normal);
  server->wait();
  EXPECT_GT(frames, 5'000U);
  const auto [book, number] = server->true_book(0);
  EXPECT_EQ(number + 1, frames);
  for (const Side side : {Side::bid, Side::ask})
    EXPECT_EQ(plain(book.levels(side, 500)), naive.levels(side, 500));
  EXPECT_EQ(server->statistics().book_frames, frames);
}

TEST_F(Served, a_replayed_capture_arrives_as_it_stands) {
  const std::string path = testing::TempDir() + "obkit_server_replay";
  const std::string partial =
      R"({"table":"orderBookL2","action":"partial","filter":{"symbol":"XBTUSD"},"data":[ )"
      R"({"symbol":"XBTUSD","id":1,"side":"Buy","size":30,"price":101.0}]})";
  const std::string update =
      R"({"table":"orderBookL2","action":"update","data":[{"symbol":"XBTUSD","id":1,"side":"Buy","size":4}]})";
  std::ofstream{path} << "1.0\t" << partial << "\n2.0\t" << update << "\n";
  serve(at_full_speed(1h), make_capture_source(path));
  const auto client = join(by_url);
  (void)client->read();
  EXPECT_EQ(client->read(), partial);
  EXPECT_EQ(client->read(), update);
  EXPECT_EQ(client->read_to_end(), error::closed);
  std::filesystem::remove(path);
}

TEST_F(Served, the_partial_may_come_late_and_deltas_before_it) {
  ServerOptions options = at_full_speed(3600s);
  options.partial_delay = 5ms;
  options.early_deltas = EarlyDeltas::send;
  serve(std::move(options));
  const auto client = join(by_url);
  EXPECT_THAT(client->read(), HasSubstr(R"("success":true)"));
  EXPECT_THAT(client->read(), testing::Not(HasSubstr("partial")));
  std::string frame = client->read();
  while (frame.find(R"("action":"partial")") == std::string::npos) frame = client->read();
}

TEST_F(Served, late_partials_alone_keep_deltas_back) {
  ServerOptions options = at_full_speed(3600s);
  options.partial_delay = 5ms;
  serve(std::move(options));
  const auto client = join(by_url);
  (void)client->read();
  EXPECT_THAT(client->read(), HasSubstr(R"("action":"partial")"));
}

TEST_F(Served, signatures_in_header_query_or_message_are_verified) {
  ServerOptions options = frozen();
  options.credentials = {"key", "secret"};
  serve(std::move(options));
  const std::string expires = "4102444800";
  const std::string signature = sign_realtime("secret", expires);
  const TestClient::Headers good{
      {"api-key", "key"}, {"api-expires", expires}, {"api-signature", signature}};
  EXPECT_EQ(connect()->upgrade("/realtime", good), 101U);
  const std::string query = "/realtime?api-key=key&api-expires=" + expires + "&api-signature=";
  EXPECT_EQ(connect()->upgrade(query + signature), 101U);
  const auto refused = connect();
  EXPECT_EQ(refused->upgrade(query + "00"), 401U);
  EXPECT_EQ(refused->body, R"({"error":{"message":"Signature not valid.","name":"HTTPError"}})");
  const auto client = join("/realtime");
  client->send(R"({"op":"authKeyExpires","args":["key",4102444800,"00"]})");
  EXPECT_THAT(client->read(), HasSubstr(R"("status":401)"));
  EXPECT_EQ(client->read_to_end(), error::closed);
}

TEST_F(Served, upgrades_elsewhere_and_requests_on_the_socket_path_are_refused) {
  serve(frozen());
  EXPECT_EQ(connect()->upgrade("/realtimemd"), 404U);
  EXPECT_EQ(connect()->request(boost::beast::http::verb::get, "/realtime"), 400U);
  EXPECT_EQ(connect()->request(boost::beast::http::verb::post, "/api/v1/instrument"), 404U);
}

TEST_F(Served, answers_rest_requests_and_an_upgrade_on_one_connection) {
  serve(frozen());
  const auto client = connect();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client->request(boost::beast::http::verb::get, "/api/v1/instrument"), 200U);
    EXPECT_THAT(client->body, HasSubstr(R"("symbol":"XBTUSD")"));
  }
  EXPECT_EQ(client->upgrade("/realtime"), 101U);
}

TEST_F(Served, can_refuse_upgrades_for_a_while) {
  serve(frozen());
  server->refuse_upgrades(429, 1);
  const auto client = connect();
  EXPECT_EQ(client->upgrade("/realtime"), 429U);
  EXPECT_EQ(client->retry_after, "1");
  EXPECT_EQ(connect()->upgrade("/realtime"), 101U);
  EXPECT_EQ(server->statistics().refused, 1U);
}

TEST_F(Served, cuts_the_first_connection_after_so_many_frames_and_not_the_second) {
  ServerOptions options = at_full_speed(60s);
  options.drop_after = {10};
  serve(std::move(options));
  const auto first = join(by_url);
  (void)first->read();
  EXPECT_NE(first->read_to_end(), error::closed);
  EXPECT_EQ(first->frames, 10);
  const auto second = join(by_url);
  (void)second->read();
  EXPECT_EQ(second->read_to_end(), error::closed);
  EXPECT_GT(second->frames, 100);
}

/// At full speed the market waits for whoever reads slowest.
TEST_F(Served, goes_on_when_one_that_it_waited_for_is_gone) {
  ServerOptions options;
  options.speed.reset();
  serve(std::move(options));
  auto idle = join(by_url);
  std::atomic<std::uint64_t> read = 0;
  std::thread reader{[&] {
    const auto client = join(by_url);
    try {
      for (;; ++read) (void)client->read();
    } catch (const boost::system::system_error&) {  // the end
    }
  }};
  std::uint64_t before = 0;
  do {
    before = read;
    std::this_thread::sleep_for(200ms);
  } while (read != before || before == 0);
  idle.reset();
  for (int i = 0; i < 6000 && read == before; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_GT(read, before);
  server->stop();
  reader.join();
}

TEST_F(Served, drops_all_connections_at_once_and_takes_new_ones) {
  serve(frozen());
  const auto client = join("/realtime");
  server->drop_connections();
  EXPECT_NE(client->read_to_end(), error::closed);
  (void)join("/realtime");
}

TEST_F(Served, a_muted_connection_stays_and_says_nothing_more) {
  ServerOptions options = at_full_speed(60s);
  options.mute_after = {5};
  serve(std::move(options));
  const auto client = join(by_url);
  for (int i = 0; i < 1 + 5; ++i) (void)client->read();
  (void)join("/realtime?subscribe=orderBookL2:XBTUSD")->read_to_end();
  server->wait();  // the market has gone on to its end meanwhile
  client->ping();
  EXPECT_TRUE(client->socket().is_open());
  EXPECT_EQ(client->socket().available(), 0U);
}

TEST_F(Served, certificates_are_verified_by_an_honest_client) {
  ServerOptions options = frozen();
  options.certificate.host = "elsewhere.example";
  serve(std::move(options));
  EXPECT_THROW(connect(), boost::system::system_error);
  options = frozen();
  options.certificate.unknown_issuer = true;
  serve(std::move(options));
  EXPECT_THROW(connect(), boost::system::system_error);
}

TEST_F(Served, stop_says_goodbye_to_everyone) {
  serve(frozen());
  const auto client = join(by_url);
  server->stop();
  EXPECT_EQ(client->read_to_end(), error::closed);
  server->wait();
}

TEST_F(Served, an_error_of_the_source_reaches_who_waits) {
  const std::string path = testing::TempDir() + "obkit_server_damaged";
  std::ofstream{path}
      << "1.0\t"
      << R"({"table":"orderBookL2","action":"partial","filter":{"symbol":"XBTUSD"},)"
      << R"("data":[]})"
      << "\n2.0\t"
      << R"({"table":"orderBookL2","action":"update","data":[]})"
      << "\nnonsense\n";
  serve(at_full_speed(1h), make_capture_source(path));
  const auto client = join(by_url);
  EXPECT_THROW(server->wait(), DataError);
  std::filesystem::remove(path);
}

TEST_F(Served, plain_mode_speaks_without_tls) {
  ServerOptions options = frozen();
  options.transport = Transport::plain;
  serve(std::move(options));
  EXPECT_THAT(server->url(), testing::StartsWith("ws://localhost:"));
  EXPECT_THAT(first_message_without_tls(server->port()), HasSubstr("Welcome"));
}

TEST_F(Served, a_port_that_is_taken_is_named) {
  serve(frozen());
  ServerOptions options = frozen();
  options.port = server->port();
  EXPECT_THROW((Server{market(), options}), NetworkError);
}

using namespace std::chrono_literals;
using boost::beast::websocket::error;
using testing::HasSubstr;

constexpr auto path = "/ws/api/v2";
constexpr auto subscribe =
    R"({"jsonrpc":"2.0","id":2,"method":"public/subscribe","params":{"channels":["book.XBTUSD.100ms"]}})";

class Deribit : public Served {
 protected:
  /// Upgraded, and the server knows it: Deribit says nothing by itself.
  std::unique_ptr<TestClient> open(ServerOptions options) {
    options.venue = Venue::deribit;
    serve(std::move(options));
    auto client = connect();
    EXPECT_EQ(client->upgrade(path), 101U);
    client->send(R"({"jsonrpc":"2.0","id":1,"method":"public/test","params":{}})");
    EXPECT_THAT(client->read(), HasSubstr("version"));
    return client;
  }
};

TEST_F(Deribit, lives_at_a_path_of_its_own_and_has_no_rest) {
  const auto client = open(frozen());
  EXPECT_THAT(server->url(), testing::EndsWith("/ws/api/v2"));
  EXPECT_EQ(connect()->upgrade("/realtime"), 404U);
  EXPECT_EQ(connect()->request(boost::beast::http::verb::get, "/api/v1/instrument"), 404U);
}

TEST_F(Deribit, frames_make_the_true_book_and_the_end_is_a_proper_close) {
  const auto client = open(at_full_speed(600s));
  client->send(subscribe);
  EXPECT_THAT(client->read(), HasSubstr(R"("id":2,"result":["book.XBTUSD.100ms"])"));
  NaiveLadder naive;
  int frames = 0;
  try {
    for (;; ++frames) naive.read(client->read());
  } catch (const boost::system::system_error& end) {
    EXPECT_EQ(end.code(), error::closed);
  }
  server->wait();
  EXPECT_GT(frames, 2'000);
  for (const Side side : {Side::bid, Side::ask})
    EXPECT_EQ(plain(server->true_book(0).first.levels(side, 500)), naive.levels(side, 500));
}

TEST_F(Deribit, subscribing_twice_gives_one_snapshot_and_again_after_unsubscribing) {
  const auto client = open(frozen());
  client->send(subscribe);
  (void)client->read();
  EXPECT_THAT(client->read(), HasSubstr(R"("type":"snapshot")"));
  client->send(subscribe);
  EXPECT_THAT(client->read(), HasSubstr(R"("id":2,"result":["book.XBTUSD.100ms"])"));
  client->send(
      R"({"jsonrpc":"2.0","id":3,"method":"public/unsubscribe","params":{"channels":["book.XBTUSD.100ms"]}})");
  EXPECT_THAT(client->read(), HasSubstr(R"("id":3)"));
  client->send(subscribe);
  (void)client->read();
  EXPECT_THAT(client->read(), HasSubstr(R"("type":"snapshot")"));
}

TEST_F(Deribit, asks_who_wants_heartbeats_for_a_test_and_closes_when_none_comes) {
  ServerOptions options = frozen();
  options.heartbeat_second = 1ms;
  const auto client = open(std::move(options));
  client->send(
      R"({"jsonrpc":"2.0","id":1,"method":"public/set_heartbeat","params":{"interval":10}})");
  EXPECT_THAT(client->read(), HasSubstr(R"("id":1,"result":"ok")"));
  EXPECT_EQ(client->read(),
            R"({"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"})");
  EXPECT_EQ(client->read_to_end(), error::closed);
  EXPECT_EQ(client->close_reason().code, 4000);
  EXPECT_EQ(client->close_reason().reason, "heartbeat close");
}

TEST_F(Deribit, too_many_requests_end_the_session) {
  const auto client = open(frozen());
  server->inject({.fault = Fault::too_many_requests});
  EXPECT_THAT(client->read(), HasSubstr(R"("code":10028)"));
  EXPECT_EQ(client->read_to_end(), error::closed);
}

TEST_F(Deribit, maintenance_is_told_and_a_large_message_is_not_about_books) {
  const auto client = open(frozen());
  server->inject({.fault = Fault::maintenance});
  EXPECT_THAT(client->read(), HasSubstr(R"("code":11051)"));
  server->inject({.fault = Fault::large_message, .size = 100'000});
  const std::string large = client->read();
  EXPECT_GE(large.size(), 100'000U);
  EXPECT_TRUE(nlohmann::json::accept(large));
  EXPECT_EQ(large.find("book."), std::string::npos);
}

TEST_F(Deribit, a_lost_change_breaks_the_chain_and_a_new_subscription_mends_it) {
  ServerOptions options = at_full_speed(3600s);  // more than sockets hold: it must not end before
  options.plan = {{50, {.fault = Fault::lost_delta}}};
  const auto client = open(std::move(options));
  client->send(subscribe);
  (void)client->read();
  NaiveLadder naive;
  EXPECT_THROW(read_on(naive, *client), std::runtime_error);
  client->send(
      R"({"jsonrpc":"2.0","id":3,"method":"public/unsubscribe","params":{"channels":["book.XBTUSD.100ms"]}})");
  client->send(subscribe);
  std::string frame = client->read();
  while (frame.find("snapshot") == std::string::npos) frame = client->read();
  naive.read(frame);
  EXPECT_THROW(read_on(naive, *client), boost::system::system_error);
  server->wait();
  EXPECT_EQ(plain(server->true_book(0).first.levels(Side::bid, 500)), naive.levels(Side::bid, 500));
}

}  // namespace

}  // namespace obkit::exchange
