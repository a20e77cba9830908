#pragma once

#include "obkit/feed/venue.hpp"

/// Kraken's public WebSocket v2, channel book, and that of Kraken Futures, feed book. A level's id
/// is made of its price and side.
///
/// spot: the best N levels a side, cut here: Kraken does not tell of a level that leaves the window
/// by being pushed out. Each message has a checksum of the best ten; there are no numbers.
/// Captures of WebSocket v1 are read, too (first_version.hpp).
/// futures: all levels, one change a message, each with a number that is one more than that before.
namespace obkit::feed::kraken {

/// What venues() lists.
[[nodiscard]] Venue spot();
[[nodiscard]] Venue futures();

[[nodiscard]] const Listing& spot_listing();
[[nodiscard]] const Listing& futures_listing();

}  // namespace obkit::feed::kraken
