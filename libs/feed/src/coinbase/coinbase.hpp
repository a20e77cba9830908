#pragma once

#include "obkit/feed/venue.hpp"

/// Coinbase Advanced Trade, channel level2 (whose frames are named l2_data): all levels by price,
/// sizes absolute. Each socket numbers its frames, whatever they are about: a hole in the numbers
/// costs the books of all symbols. An acknowledgement comes behind the first books and lists all
/// subscriptions. In replays also the older Exchange feed (`snapshot`, `l2update`), which has no
/// numbers. A level's id is made of its price and side.
namespace obkit::feed::coinbase {

/// What venues() lists.
[[nodiscard]] Venue venue();

[[nodiscard]] const Listing& listing();

}  // namespace obkit::feed::coinbase
