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
    Differences differences{.first = first_, .last = last_};
    const Shown shown{.prices = book_.prices.data(), .volumes = book_.volumes.data()};
    const std::size_t step = side_ == Side::bid ? ~std::size_t{0} : 1;  // modulo 2^64
    std::size_t left = levels.size() - first;
    for (std::size_t i = first, at = position(first); i < count_; ++i, at += step) {
      const Ladder::Level& best = levels[--left];
      double size = best.size;
      for (; left > 0 && levels[left - 1].key == best.key; --left) size += levels[left - 1].size;
      if (shown.put(at, half_.ladder.price_of(best), size, differences)) {
        differences.first = std::min(differences.first, i);
        differences.last = i;
      }
    }
    take(differences);
    return levels.size() - left;
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
  struct Differences {
    std::size_t first = Half::none, last = 0;  ///< ranks
    bool in_price = false, in_value = false;
  };

  /// The visible book.
  struct Shown {
    /// Whether it differs from what was there.
    bool put(std::size_t at, Price price, double size, Differences& differences) const {
      Price& shown_price = prices[at];
      double& shown_size = volumes[at];
      const bool value_differs = shown_price != price;
      const bool price_differs = value_differs || shown_price.decimals() != price.decimals();
      if (!price_differs &&
          std::bit_cast<std::uint64_t>(shown_size) == std::bit_cast<std::uint64_t>(size))
        return false;
      differences.in_price |= price_differs;
      differences.in_value |= value_differs || shown_size != size;
      shown_price = price;
      shown_size = size;
      return true;
    }

    Price* prices;
    double* volumes;
  };

  void take(const Differences& differences) {
    first_ = differences.first;
    last_ = differences.last;
    prices_differ_ |= differences.in_price;
    is_changed_ |= differences.in_value;
  }

  const Half& half_;
  Side side_;
  OrderBook& book_;
  std::size_t count_;
  std::size_t first_ = Half::none, last_ = 0;  ///< ranks that differ
  bool prices_differ_ = false, is_changed_ = false;
};

}  // namespace obkit::book
