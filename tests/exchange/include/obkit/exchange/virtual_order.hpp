#pragma once

#include <cstdint>
#include <optional>

#include "obkit/core/level_update.hpp"
#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"
#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// An order of which its market knows nothing. It stands at a place in a queue, and is followed
/// order by order: what would an order there have got?
///
/// It takes nothing away. What fills it is what others traded behind it, with the same takers, and
/// what came to the other side at its price, which would have met it. So the market is the same
/// with it and without. Of an order of one lot that is the whole truth, until its fill; a larger
/// one would have left less to those behind it.
class VirtualOrder {
 public:
  /// Behind `ahead` contracts, all that stands at the price. Pre: ahead >= 0, size > 0.
  VirtualOrder(Side side, Price price, std::int64_t ahead, std::int64_t size);

  /// The next thing that happened in its market. Pre: all since it was placed are given, in order.
  void follow(const QueueEvent& event, Timestamp time);

  [[nodiscard]] std::int64_t filled() const { return size_ - rest_; }
  /// Contracts before it.
  [[nodiscard]] std::int64_t ahead() const { return ahead_; }
  /// When all of it was filled; empty: it rests.
  [[nodiscard]] std::optional<Timestamp> done() const { return done_; }

 private:
  [[nodiscard]] bool is_worse(Price price) const;
  void fill(std::int64_t size, Timestamp time);

  Side side_;
  Price price_;
  std::int64_t ahead_, size_, rest_;
  std::optional<Timestamp> done_;
};

}  // namespace obkit::exchange
