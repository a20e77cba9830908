#pragma once

#include "obkit/feed/venue.hpp"

/// OKX's v5 public streams, channel books: the best 400 levels a side, by price. Each change names
/// the number of the update that it follows; numbers begin anew at a maintenance, the chain does
/// not. A level's id is made of its price and side.
///
/// In captures there is books-l2-tbt, too, and before 2022 no numbers. Until June 2026 each frame
/// had a checksum of the best 25 levels; since then it is 0.
namespace obkit::feed::okx {

/// What venues() lists.
[[nodiscard]] Venue venue();

[[nodiscard]] const Listing& listing();

}  // namespace obkit::feed::okx
