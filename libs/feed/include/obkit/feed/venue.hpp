#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/feed/instrument.hpp"
#include "obkit/feed/protocol.hpp"

namespace obkit::feed {

/// What proves who a client is.
struct Credentials {
  std::string key;
  std::string secret;
};

/// Lowercase hex of HMAC-SHA256(secret, message): net::hmac_sha256, or one of a test.
using Hmac = std::string (*)(std::string_view secret, std::string_view message);

/// What an exchange wants to hear again and again; its answer is a Frame::Kind::pong.
struct Keepalive {
  std::string_view text;  ///< empty: a ping of WebSocket
  std::chrono::seconds every;
};

/// How long an exchange may say nothing while all is well.
struct Silence {
  /// Of a connection, until it is asked by a ping whether it is alive; it has as long to answer.
  std::chrono::seconds connection{5};
  /// Of a symbol on a connection that is alive, until its book is fetched anew. What follows tells
  /// a quiet market from a lost subscription.
  std::chrono::seconds symbol{60};
};

/// What people should know of an exchange before they record it: a row of docs/venues.md.
struct VenueFacts {
  std::string_view channel;      ///< what is subscribed to
  std::string_view depth;        ///< levels a side
  std::string_view snapshot;     ///< how a book begins
  std::string_view proof;        ///< how a loss is noticed, and what else the book is held against
  std::string_view region;       ///< from where it is refused
  std::string_view archives;     ///< that --replay reads
  std::string_view trades = {};  ///< the channel of its trades; empty: they are not read
  std::string_view ends = {};    ///< that are planned and leave no gap; empty: there are none
};

/// An exchange that can be recorded.
struct Venue {
  std::string_view name;
  std::string_view live_url;
  std::string_view testnet_url = {};  ///< empty: it has none
  std::string_view live_http_url =
      {};  ///< of HttpGet: https://host[:port]; empty: it asks for none
  std::string_view testnet_http_url = {};
  std::string_view default_symbol;
  bool has_pools = false;                   ///< of liquidity, from which a subscription chooses
  std::size_t symbols_max = 0;              ///< that one connection may carry; 0: any number
  std::size_t symbols_with_trades_max = 0;  ///< that it may carry with trades; 0: symbols_max
  std::size_t connections_max = 0;          ///< that an address may have; 0: any number
  /// Levels a side that books of so many symbols can have; null: any number.
  std::size_t (*levels_max)(std::size_t symbols) = nullptr;
  /// Between the begins of two connections of an address, at least.
  std::chrono::milliseconds connect_pace{0};
  std::optional<Keepalive> keepalive = {};  ///< empty: it wants none
  Silence silence = {};
  /// The age of a connection at which another takes over, before the exchange ends it; 0: at none.
  /// A venue that has one, or announces ends (Frame::ends), gives its updates numbers that are the
  /// same on every connection, and its frames one symbol each.
  std::chrono::milliseconds renewal{0};
  /// Between two symbols of which Protocol::check() asks for a witness, at least.
  std::chrono::milliseconds check_pace{1000};
  VenueFacts facts = {};
  std::string_view note = {};  ///< what people should know who cannot reach it; may be empty

  std::unique_ptr<Protocol> (*make_protocol)(Subscription subscription);
  /// Whether a text can name an instrument there.
  bool (*is_symbol)(std::string_view text);
  /// Whether a frame of a capture looks like one of its own.
  bool (*recognizes)(std::string_view frame);
  /// Headers that authenticate the upgrade of a socket; null where the venue has none.
  std::vector<Header> (*auth_headers)(const Credentials& credentials, std::int64_t expires_seconds,
                                      Hmac hmac) = nullptr;
  const Listing* listing = nullptr;  ///< of its instruments; null: it has none

  /// That one connection may carry; 0: any number.
  [[nodiscard]] std::size_t most_symbols(bool with_trades) const {
    const bool is_less = symbols_with_trades_max > 0 && symbols_with_trades_max < symbols_max;
    return with_trades && is_less ? symbols_with_trades_max : symbols_max;
  }
};

/// For Venue::make_protocol of a venue whose class takes the subscription alone.
template <class VenueProtocol>
std::unique_ptr<Protocol> make_protocol(Subscription subscription) {
  return std::make_unique<VenueProtocol>(std::move(subscription));
}

/// All of them, the default first.
[[nodiscard]] std::span<const Venue> venues();
/// By its name, or the one that Tardis has for it. Null for a name that is none.
[[nodiscard]] const Venue* find_venue(std::string_view name);
/// Of a symbol there: what Tardis calls `bybit` is two.
[[nodiscard]] const Venue* find_venue(std::string_view name, std::string_view symbol);
/// The venue whose frame `frame` looks like; null when it looks like none's.
[[nodiscard]] const Venue* venue_of_frame(std::string_view frame);

}  // namespace obkit::feed
