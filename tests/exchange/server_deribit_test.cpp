#include "naive_book.hpp"
#include "served.hpp"

namespace obkit::exchange {
namespace {

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
  ServerOptions options = at_full_speed(600s);
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
