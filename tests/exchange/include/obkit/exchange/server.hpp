#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "obkit/exchange/certificate.hpp"
#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/signature.hpp"

namespace obkit::exchange {

enum class MarketStart { at_first_subscription, at_once };
enum class Transport { tls, plain };
/// Whether silent clients are pinged by websocket frames, and cut when they do not answer.
enum class KeepAlive { ping, none };
/// Whether credentials of an upgrade are acked by a message, which has them, as BitMEX does.
enum class AuthAck { none, echo };

/// A fault at a certain moment.
struct PlannedFault {
  std::uint64_t after = 0;  ///< book frames handed to connections
  Injection injection;
};

struct ServerOptions {
  Venue venue = Venue::bitmex;
  std::uint16_t port = 0;  ///< 0: any that is free
  Transport transport = Transport::tls;
  CertificateOptions certificate;
  Credentials credentials;  ///< an empty key: every signature is refused
  AuthAck auth_ack = AuthAck::none;
  KeepAlive keep_alive = KeepAlive::ping;
  /// How long a second of heartbeats, or of a client's silence, takes.
  std::chrono::milliseconds heartbeat_second{1000};

  /// How many times faster than real time; empty: as fast as all clients read.
  std::optional<double> speed = 1;
  /// Market time after which connections are closed; empty: when the source ends.
  std::optional<std::chrono::nanoseconds> duration;
  MarketStart market_start = MarketStart::at_first_subscription;

  /// Wall time between ack and partial, and whether deltas come in between.
  std::chrono::milliseconds partial_delay{0};
  EarlyDeltas early_deltas = EarlyDeltas::keep_back;

  /// The n-th websocket connection is cut without a word after as many book frames as the n-th
  /// number says; 0 and those beyond the list: never.
  std::vector<std::uint64_t> drop_after;
  /// The same for falling silent: the TCP connection stays, nothing is read or written any more.
  std::vector<std::uint64_t> mute_after;
  /// Of every trade, in the server's thread, see Exchange::observe_trades.
  std::function<void(const MarketTrade&, const Channel&)> on_trade;
  /// Faults that happen by themselves, in order.
  std::vector<PlannedFault> plan;
};

struct ServerStatistics {
  std::uint64_t connections = 0;  ///< websocket connections accepted
  std::uint64_t refused = 0;      ///< upgrades answered with an HTTP error
  std::uint64_t requests = 0;     ///< REST requests answered
  std::uint64_t book_frames = 0;  ///< handed to connections
  std::uint64_t book_bytes = 0;
  std::uint64_t pongs = 0;   ///< answers to ping_clients()
  std::uint64_t pings = 0;   ///< of clients
  std::uint64_t faults = 0;  ///< what inject() returned, summed
  std::uint64_t open = 0;    ///< connections that are there now, whatever is spoken on them
};

/// The exchange on a loopback port, TLS 1.2 or later: the path of the venue, and BitMEX's
/// REST under /api/v1. Runs in a thread of its own between start() and the end. All functions may
/// be called from any thread.
class Server {
 public:
  /// Binds, so url() holds. Throws NetworkError when the port is taken, UsageError for a source of
  /// another venue. `observer` is called in the
  /// server's thread, see Exchange::observe.
  Server(std::unique_ptr<Source> source, ServerOptions options,
         std::function<void(const Truth&)> observer = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops.
  ~Server();

  void start();
  /// Until the market ended and its clients were told, or stop(). Throws what the source or the
  /// observer threw.
  void wait();
  /// Closes all connections properly, in at most a second, and ends.
  void stop();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;       ///< wss://localhost:PORT/realtime
  [[nodiscard]] std::string rest_url() const;  ///< https://localhost:PORT/api/v1
  /// PEM of the authority to trust; empty without TLS.
  [[nodiscard]] const std::string& authority() const;

  /// The true book of a channel now and its frame number.
  [[nodiscard]] std::pair<TrueBook, std::uint64_t> true_book(std::size_t channel);
  [[nodiscard]] ServerStatistics statistics();

  /// Makes something go wrong, now or with what comes next. Returns how many connections, books of
  /// subscribers, or connections and subscriptions to come it hits: 0 when there is nobody.
  std::size_t inject(const Injection& injection);

  /// Cuts every websocket connection: no close frame, no TLS goodbye.
  void drop_connections();
  /// Every websocket connection falls silent but stays.
  void mute_connections();
  /// Sends each client a websocket ping.
  void ping_clients();
  /// Answers the next `count` upgrades with this HTTP status (429 with Retry-After: 1).
  void refuse_upgrades(unsigned status, std::uint64_t count);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::exchange
