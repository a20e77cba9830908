#pragma once

#include "obkit/feed/venue.hpp"

/// Deribit's JSON-RPC over WebSocket, channel book.{instrument}.100ms: whole books by price, whose
/// changes are chained by numbers. A level's id is made of its price and side.
///
/// The acknowledgement of a subscription has the channels in `text`, with commas between.
namespace obkit::feed::deribit {

/// What venues() lists.
[[nodiscard]] Venue venue();

[[nodiscard]] const Listing& listing();

}  // namespace obkit::feed::deribit
