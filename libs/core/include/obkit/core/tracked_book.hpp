#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "obkit/core/level_update.hpp"
#include "obkit/core/order_book.hpp"

namespace obkit {

/// Where a book may differ from what it was one revision before. Outside these positions nothing
/// differs, to the bit.
struct BookChange {
  /// Positions [first, last) of one side. Prices in it are as they were unless `prices`.
  struct Part {
    std::size_t first = 0, last = 0;
    bool prices = false;
  };
  static constexpr std::size_t most_volumes = 16;

  /// Positions whose volume alone may differ, in no order.
  [[nodiscard]] std::span<const std::uint32_t> single_volumes() const {
    return {volumes.data(), volume_count};
  }

  std::array<Part, 2> parts = {};  ///< bids, asks
  std::array<std::uint32_t, most_volumes> volumes = {};
  std::size_t volume_count = 0;  ///< the first so many of them
};

/// A book that one owner renews in place, and that knows where it changed. Whoever makes something
/// of each state (a line of text) then does over only what changed.
///
/// The levels change through a Renewal alone, which notes every difference itself. A reader keeps
/// the Revision that it saw last and trusts change() only where that is just before the book's.
/// Two books never have equal revisions, so a reader cannot mix them up.
class TrackedBook {
 public:
  class Renewal;

  /// One state of one book.
  struct Revision {
    std::uint64_t book = 0;    ///< no two books of a process have the same; 0 is none
    std::uint64_t number = 0;  ///< counts the states that differ

    /// Whether change() of the book at `later` tells all that differs from this state.
    [[nodiscard]] bool is_just_before(const Revision& later) const {
      return book == later.book && number + 1 == later.number;
    }
    bool operator==(const Revision&) const = default;
  };

  /// Empty, of depth 0.
  TrackedBook() : revision_{.book = next_identity()} {}
  TrackedBook(const TrackedBook&) = delete;
  TrackedBook& operator=(const TrackedBook&) = delete;
  /// The identity moves along. The book that was moved from is another one, and empty.
  TrackedBook(TrackedBook&& other) noexcept;
  TrackedBook& operator=(TrackedBook&& other) noexcept;
  ~TrackedBook() = default;

  /// Copy it to keep it: the copy is a book like any other.
  [[nodiscard]] const OrderBook& book() const { return book_; }
  [[nodiscard]] const Revision& revision() const { return revision_; }
  /// What the revision before was other than this.
  [[nodiscard]] const BookChange& change() const { return change_; }

  /// All but the levels. This makes no revision.
  void stamp(DateTime time, std::optional<Timestamp> recv, bool gap) {
    book_.time = time;
    book_.recv = recv;
    book_.gap = gap;
  }

 private:
  [[nodiscard]] static std::uint64_t next_identity() noexcept;

  OrderBook book_;
  Revision revision_;
  BookChange change_;
};

/// Writes levels of a TrackedBook and notes which of them differ. When it ends, the book has its
/// next revision if any does. One at a time for each book.
class TrackedBook::Renewal {
 public:
  /// Gives the book that depth. Where it had another, all of it counts as different, and its levels
  /// are unspecified until they are put. Pre: depth is even.
  Renewal(TrackedBook& book, std::size_t depth);
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;
  ~Renewal();

  /// Puts levels of one side, in a loop. It lives in registers as long as its address stays there.
  class Pass {
   public:
    void put(std::size_t position, Price price, double volume) {
      Price& old_price = prices_[position];
      double& old_volume = volumes_[position];
      const bool price_differs = old_price != price;
      const bool text_differs = price_differs || old_price.decimals() != price.decimals();
      if (!text_differs && is_same_bits(old_volume, volume)) return;
      in_price_ |= text_differs;
      in_value_ |= price_differs || old_volume != volume;
      first_ = std::min(first_, position);
      last_ = std::max(last_, position);
      old_price = price;
      old_volume = volume;
    }

   private:
    friend class Renewal;
    Pass(Price* prices, double* volumes) : prices_{prices}, volumes_{volumes} {}

    Price* prices_;
    double* volumes_;
    std::size_t first_ = std::numeric_limits<std::size_t>::max(), last_ = 0;
    bool in_price_ = false, in_value_ = false;
  };
  [[nodiscard]] Pass pass() { return Pass{book_.book_.prices.data(), book_.book_.volumes.data()}; }
  /// Takes down what differs. Pre: all of the pass was of that side.
  void end(const Pass& pass, Side side) {
    if (pass.first_ > pass.last_) return;
    widen(side, pass.first_, pass.last_ + 1, pass.in_price_);
    is_changed_ |= pass.in_value_;
  }

  /// Puts one volume. The price stays.
  void put_volume(std::size_t position, double volume) {
    double& old = book_.book_.volumes[position];
    if (is_same_bits(old, volume)) return;
    is_changed_ |= old != volume;
    old = volume;
    if (change_.volume_count < BookChange::most_volumes)
      change_.volumes[change_.volume_count++] = static_cast<std::uint32_t>(position);
    else
      widen(position < book_.book_.depth() / 2 ? Side::bid : Side::ask, position, position + 1,
            false);
  }

  /// Whether a price or volume has another value until now. More decimals, or a negative zero, are
  /// none; the depth is.
  [[nodiscard]] bool is_changed() const { return is_changed_; }

 private:
  [[nodiscard]] static bool is_same_bits(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  }
  void widen(Side side, std::size_t first, std::size_t last, bool prices);

  TrackedBook& book_;
  BookChange change_;
  bool is_changed_ = false;
};

/// A book to read. Of a TrackedBook it gives the revision and the change, too. It must not outlive
/// the book.
class BookView {
 public:
  BookView(const OrderBook& book) : book_{&book} {}  // NOLINT(*-explicit-*): all books can be read
  BookView(const TrackedBook& book)
      : book_{&book.book()}, tracked_{&book} {}  // NOLINT(*-explicit-*)

  const OrderBook& operator*() const { return *book_; }
  const OrderBook* operator->() const { return book_; }
  /// Null for a book that is not tracked.
  [[nodiscard]] const TrackedBook* tracked() const { return tracked_; }

 private:
  const OrderBook* book_;
  const TrackedBook* tracked_ = nullptr;
};

}  // namespace obkit
