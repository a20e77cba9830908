#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/exchange/server.hpp"
#include "obkit/exchange/source.hpp"

#include "test_client.hpp"

namespace obkit::exchange {

constexpr auto by_url = "/realtime?subscribe=orderBookL2:XBTUSD:Primary";

inline std::unique_ptr<Source> market() {
  return make_synthetic_source({.symbols = {"XBTUSD"},
                                .seed = 1,
                                .start = *parse_iso("2026-01-01T00:00:00Z"),
                                .rate = 10,
                                .first_price = 60000});
}

inline ServerOptions at_full_speed(std::chrono::nanoseconds duration) {
  ServerOptions options;
  options.speed.reset();
  options.duration = duration;
  return options;
}

/// A market that stands still for the length of a test.
inline ServerOptions frozen() {
  ServerOptions options;
  options.speed = 1e-9;
  return options;
}

/// Reads book frames until the connection ends or one cannot be: by what is thrown.
template <class Book>
void read_on(Book& book, TestClient& client) {
  for (;;) book.read(client.read());
}

/// A market behind a real server, and clients that verify it.
class Served : public testing::Test {
 protected:
  void serve(ServerOptions options, std::unique_ptr<Source> source = market()) {
    server = std::make_unique<Server>(std::move(source), std::move(options));
    server->start();
  }
  [[nodiscard]] std::unique_ptr<TestClient> connect() const {
    return std::make_unique<TestClient>(server->port(), server->authority());
  }
  /// Upgraded, and the welcome read.
  [[nodiscard]] std::unique_ptr<TestClient> join(const std::string& target) const {
    auto client = connect();
    EXPECT_EQ(client->upgrade(target), 101U);
    EXPECT_THAT(client->read(), testing::HasSubstr("Welcome to the BitMEX Realtime API."));
    return client;
  }

  std::unique_ptr<Server> server;
};

}  // namespace obkit::exchange
