#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "obkit/feed/venue.hpp"

/// BitMEX's realtime protocol, topic orderBookL2, of all its eras: rows with and without price,
/// timestamp and pool.
///
/// Prices are exact; the time of an update is the latest timestamp of its rows. A frame that is
/// malformed anywhere has no updates.
namespace obkit::feed::bitmex {

/// What venues() lists.
[[nodiscard]] Venue venue();

[[nodiscard]] const Listing& listing();

/// What a signature is made of.
struct SignedRequest {
  std::string_view verb;
  std::string_view path;         ///< with the query string
  std::int64_t expires_seconds;  ///< since 1970
  std::string_view body;
};

/// The HMAC of verb + path + expires + body.
[[nodiscard]] std::string sign(std::string_view secret, const SignedRequest& request, Hmac hmac);

}  // namespace obkit::feed::bitmex
