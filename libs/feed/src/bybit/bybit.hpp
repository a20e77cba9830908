#pragma once

#include <string_view>

#include "obkit/feed/venue.hpp"

/// Bybit's v5 public streams, topic orderbook.{levels}.{symbol}: a window of a fixed number of
/// levels a side, by price. Changes are counted: each number is one more than that before. A
/// level's id is made of its price and side.
///
/// Frames of books are the same on all three streams. An acknowledgement names no topic, and may
/// come behind the first books.
namespace obkit::feed::bybit {

/// What venues() lists.
[[nodiscard]] Venue spot();
[[nodiscard]] Venue linear();
[[nodiscard]] Venue inverse();

/// Of a symbol of derivatives: `BTCUSD` of a perpetual, or with the month that it ends in,
/// `BTCUSDZ26`.
[[nodiscard]] bool is_inverse(std::string_view symbol);

[[nodiscard]] const Listing& spot_listing();
[[nodiscard]] const Listing& linear_listing();
[[nodiscard]] const Listing& inverse_listing();

}  // namespace obkit::feed::bybit
