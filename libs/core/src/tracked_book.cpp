#include "obkit/core/tracked_book.hpp"

#include <atomic>
#include <cassert>
#include <utility>

namespace obkit {

std::uint64_t TrackedBook::next_identity() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

TrackedBook::TrackedBook(TrackedBook&& other) noexcept
    : book_{std::exchange(other.book_, {})},
      revision_{std::exchange(other.revision_, {.book = next_identity()})},
      change_{std::exchange(other.change_, {})} {}

TrackedBook& TrackedBook::operator=(TrackedBook&& other) noexcept {
  if (this == &other) return *this;
  book_ = std::exchange(other.book_, {});
  revision_ = std::exchange(other.revision_, {.book = next_identity()});
  change_ = std::exchange(other.change_, {});
  return *this;
}

TrackedBook::Renewal::Renewal(TrackedBook& book, std::size_t depth) : book_{book} {
  assert(depth % 2 == 0);
  if (book.book_.depth() == depth) return;
  book.book_.prices.resize(depth);
  book.book_.volumes.resize(depth);
  change_.parts = {{{0, depth / 2, true}, {depth / 2, depth, true}}};
  is_changed_ = true;
}

TrackedBook::Renewal::~Renewal() {
  const auto& [bids, asks] = change_.parts;
  if (change_.volume_count == 0 && bids.last == 0 && asks.last == 0) return;
  book_.change_ = change_;
  ++book_.revision_.number;
}

void TrackedBook::Renewal::widen(Side side, std::size_t first, std::size_t last, bool prices) {
  BookChange::Part& part = change_.parts[static_cast<std::size_t>(side)];
  part.first = part.last == 0 ? first : std::min(part.first, first);
  part.last = std::max(part.last, last);
  part.prices |= prices;
}

}  // namespace obkit
