#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "obkit/book/full_book.hpp"

namespace obkit::book {

/// Brings one side of a visible book up to date.
class FullBook::Renewal {
 public:
  /// Pre: the side has half that depth in prices, and the book that depth.
  Renewal(const Half& half, Side side, OrderBook& book)
      : half_{half}, side_{side}, book_{book}, count_{book.depth() / 2} {}

  /// From rank `first` on, where all levels before have a price of their own. Returns how many
  /// levels are summed. Sums are taken anew each time, so they do not drift.
  std::size_t renew_from(std::size_t first) {
    const auto& levels = half_.ladder.levels();
    auto level = levels.rbegin() + static_cast<std::ptrdiff_t>(first);
    for (std::size_t i = first; i < count_; ++i) {
      const auto& best = *level;
      double size = best.size;
      for (++level; level != levels.rend() && level->key == best.key; ++level) size += level->size;
      if (put(i, half_.ladder.price_of(best), size)) {
        first_ = std::min(first_, i);
        last_ = i;
      }
    }
    return static_cast<std::size_t>(level - levels.rbegin());
  }

  /// Whatever moved, where only what is in `book` was seen. Returns as renew_from().
  std::size_t renew_moved() {
    if (!is_one_each()) return renew_from(0);
    if (half_.first_moved > count_) return count_;
    // A level that came may share the price of the one before it.
    return renew_from(half_.first_moved - std::min<std::size_t>(half_.first_moved, 1));
  }

  /// Whether ranks of levels are those of prices.
  [[nodiscard]] bool is_one_each() const { return half_.seen == count_; }

  /// One level, whose price is as it was. Returns whether the book differs now. Pre: is_one_each().
  bool renew_size(std::size_t rank) {
    const auto& levels = half_.ladder.levels();
    double& shown = book_.volumes[position(rank)];
    const double size = levels[levels.size() - 1 - rank].size;
    const bool differs = std::bit_cast<std::uint64_t>(shown) != std::bit_cast<std::uint64_t>(size);
    is_changed_ |= shown != size;
    shown = size;
    return differs;
  }

  [[nodiscard]] std::size_t position(std::size_t rank) const {
    return side_ == Side::bid ? count_ - 1 - rank : count_ + rank;
  }
  /// By value: more decimals, say, are none.
  [[nodiscard]] bool is_changed() const { return is_changed_; }
  /// What differs, to the bit, but for single sizes.
  [[nodiscard]] BookChange::Part part() const {
    if (first_ > last_) return {};
    const std::size_t first = position(side_ == Side::bid ? last_ : first_);
    return {first, first + (last_ - first_) + 1, prices_differ_};
  }

 private:
  /// Whether it differs from what is there.
  bool put(std::size_t rank, Price price, double size) {
    const std::size_t at = position(rank);
    Price& shown_price = book_.prices[at];
    double& shown_size = book_.volumes[at];
    const bool price_differs = shown_price != price || shown_price.decimals() != price.decimals();
    if (!price_differs &&
        std::bit_cast<std::uint64_t>(shown_size) == std::bit_cast<std::uint64_t>(size))
      return false;
    prices_differ_ |= price_differs;
    is_changed_ |= shown_price != price || shown_size != size;
    shown_price = price;
    shown_size = size;
    return true;
  }

  const Half& half_;
  Side side_;
  OrderBook& book_;
  std::size_t count_;
  std::size_t first_ = Half::none, last_ = 0;  ///< ranks that differ
  bool prices_differ_ = false, is_changed_ = false;
};

}  // namespace obkit::book
