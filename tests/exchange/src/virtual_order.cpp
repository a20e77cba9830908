#include "obkit/exchange/virtual_order.hpp"

#include <algorithm>
#include <cassert>

namespace obkit::exchange {

VirtualOrder::VirtualOrder(Side side, Price price, std::int64_t ahead, std::int64_t size)
    : side_{side}, price_{price}, ahead_{ahead}, size_{size}, rest_{size} {
  assert(ahead >= 0 && size > 0);
}

void VirtualOrder::follow(const QueueEvent& event, Timestamp time) {
  using Kind = QueueEvent::Kind;
  const bool is_here = event.price == price_;
  if (event.side != side_) {
    const bool would_meet_it = is_here || is_worse(event.price);
    if (event.kind == Kind::joined && would_meet_it) fill(event.size, time);
  } else if (event.kind == Kind::traded && (is_worse(event.price) || (is_here && ahead_ == 0))) {
    fill(event.size, time);
  } else if (is_here && event.kind != Kind::joined && event.ahead < ahead_) {
    ahead_ -= event.size;
  }
}

/// For those who rest on its side.
bool VirtualOrder::is_worse(Price price) const {
  return side_ == Side::bid ? price < price_ : price > price_;
}

void VirtualOrder::fill(std::int64_t size, Timestamp time) {
  const std::int64_t filled = std::min(size, rest_);
  rest_ -= filled;
  if (filled > 0 && rest_ == 0) done_ = time;
}

}  // namespace obkit::exchange
