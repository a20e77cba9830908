#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/feed/protocol.hpp"

namespace obkit::feed {

/// What proves who a client is.
struct Credentials {
  std::string key;
  std::string secret;
};

/// Lowercase hex of HMAC-SHA256(secret, message): net::hmac_sha256, or one of a test.
using Hmac = std::string (*)(std::string_view secret, std::string_view message);

/// An exchange that can be recorded.
struct Venue {
  std::string_view name;
  std::string_view live_url;
  std::string_view testnet_url;
  std::string_view live_http_url;  ///< of HttpGet: https://host[:port]; empty: it asks for none
  std::string_view testnet_http_url;
  std::string_view default_symbol;
  bool has_pools = false;  ///< of liquidity, from which a subscription chooses
  std::string_view note;   ///< what people should know who cannot reach it; may be empty

  std::unique_ptr<Protocol> (*make_protocol)(Subscription subscription);
  /// Whether a text can name an instrument there.
  bool (*is_symbol)(std::string_view text);
  /// Whether a frame of a capture looks like one of its own.
  bool (*recognizes)(std::string_view frame);
  /// Headers that authenticate the upgrade of a socket; null where the venue has none.
  std::vector<Header> (*auth_headers)(const Credentials& credentials, std::int64_t expires_seconds,
                                      Hmac hmac);
};

/// All of them, the default first.
[[nodiscard]] std::span<const Venue> venues();
/// Null for a name that is none.
[[nodiscard]] const Venue* find_venue(std::string_view name);
/// The venue whose frame `frame` looks like; null when it looks like none's.
[[nodiscard]] const Venue* venue_of_frame(std::string_view frame);

}  // namespace obkit::feed
