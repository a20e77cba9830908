#include "obkit/exchange/server.hpp"

#include "server_implementation.hpp"

namespace obkit::exchange {

Server::Server(std::unique_ptr<Source> source, ServerOptions options,
               std::function<void(const Truth&)> observer)
    : implementation_{std::make_unique<Implementation>(std::move(source), std::move(options),
                                                       std::move(observer))} {}
Server::~Server() = default;

void Server::start() { implementation_->start(); }
void Server::wait() { implementation_->wait(); }
void Server::stop() { implementation_->stop(); }
std::uint16_t Server::port() const { return implementation_->port(); }

std::string Server::url() const {
  const bool plain = implementation_->options().transport == Transport::plain;
  std::string out = (plain ? "ws://localhost:" : "wss://localhost:") + std::to_string(port());
  return out.append(protocol(implementation_->options().venue).path());
}

std::string Server::rest_url() const {
  const bool plain = implementation_->options().transport == Transport::plain;
  return (plain ? "http://localhost:" : "https://localhost:") + std::to_string(port()) + "/api/v1";
}

const std::string& Server::authority() const { return implementation_->authority(); }

std::pair<TrueBook, std::uint64_t> Server::true_book(std::size_t channel) {
  return implementation_->ask([this, channel] {
    const Exchange& exchange = implementation_->exchange();
    return std::pair{exchange.book(channel), exchange.frame_number(channel)};
  });
}

ServerStatistics Server::statistics() {
  return implementation_->ask([this] { return implementation_->counts(); });
}

std::size_t Server::inject(const Injection& injection) {
  return implementation_->ask([&] { return implementation_->inject(injection); });
}

void Server::drop_connections() { inject({.fault = Fault::cut}); }
void Server::mute_connections() { inject({.fault = Fault::half_open}); }
void Server::ping_clients() { inject({.fault = Fault::ping}); }
void Server::refuse_upgrades(unsigned status, std::uint64_t count) {
  inject({.fault = Fault::refuse_upgrade, .count = count, .status = status});
}

}  // namespace obkit::exchange
