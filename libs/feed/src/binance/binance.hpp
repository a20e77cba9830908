#pragma once

#include "obkit/feed/venue.hpp"

/// Binance: spot, USD-M and COIN-M futures. The stream SYMBOL@depth@100ms of a combined socket has
/// the changes; a book begins with a snapshot by HTTP, which is joined to them by their numbers.
///
/// A symbol that does not exist is acknowledged as any other. Its snapshot is refused, and that is
/// told as Frame::Kind::refused.
namespace obkit::feed::binance {

/// What venues() lists.
[[nodiscard]] Venue spot_venue();
[[nodiscard]] Venue usdm_venue();
[[nodiscard]] Venue coinm_venue();

[[nodiscard]] const Listing& spot_listing();
[[nodiscard]] const Listing& usdm_listing();
[[nodiscard]] const Listing& coinm_listing();

}  // namespace obkit::feed::binance
