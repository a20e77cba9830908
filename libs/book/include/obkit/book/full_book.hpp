#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "obkit/book/ladder.hpp"
#include "obkit/core/level_update.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/core/tracked_book.hpp"

namespace obkit::book {

/// What became of an update.
enum class Outcome {
  applied,
  dropped,         ///< changes without an image to apply them to
  unknown_id,      ///< update or removal of a level that is not there
  contradiction,   ///< a known level with another side or price
  incomplete,      ///< a new level without price or size, an update without size
  endless_size,    ///< a size that could not be added to others at its price
  wrong_checksum,  ///< the book after the update is not what its checksum says
  told_lost,       ///< the update itself says that the book is lost
};

/// Whether the book no longer is the exchange's.
[[nodiscard]] constexpr bool is_loss(Outcome outcome) {
  return outcome != Outcome::applied && outcome != Outcome::dropped;
}

/// Completes "the book is lost: ...".
[[nodiscard]] std::string_view describe(Outcome outcome);

struct Applied {
  Outcome outcome = Outcome::applied;
  /// The level that a loss was noticed at; of a wrong checksum, the one of the update.
  std::uint64_t id = 0;
};

/// What a look at the best levels finds.
enum class Look {
  thin,     ///< fewer than depth/2 prices on a side
  same,     ///< prices and sizes are those of the look before
  changed,  ///< they are not
};

/// One symbol's whole book, kept by level id. Memory is reused: a book that keeps its size does not
/// allocate.
///
/// A price is taken from the row that brings a level and remembered by id; it is never computed
/// from the id. Several levels may share a price (a union of pools): their sizes are shown as one
/// sum.
///
/// A loss drops the book: it has no image until the next one, and changes are dropped till then.
class FullBook {
 public:
  FullBook() = default;
  FullBook(const FullBook&) = delete;
  FullBook& operator=(const FullBook&) = delete;
  FullBook(FullBook&&) = default;
  FullBook& operator=(FullBook&&) = default;
  ~FullBook() = default;

  /// Near the best levels O(log rank) a row; at most O(levels) a row, O(levels · log levels) all.
  [[nodiscard]] Applied apply(const BookUpdate& update);

  /// Forgets everything: continuity was lost.
  void drop();

  /// Whether the book stands (it may be empty).
  [[nodiscard]] bool has_image() const { return has_image_; }
  /// Whether the best bid is at or above the best ask.
  [[nodiscard]] bool is_crossed() const;
  /// Prices of the side that has fewer of them, `most` where both have more.
  [[nodiscard]] std::size_t levels_a_side(std::size_t most) const;
  /// Whether the best prices are those of a witness, size by size, as far as it goes.
  [[nodiscard]] bool agrees_with(const BookUpdate& witness);
  /// The best price of a side and the size that stands there; empty where it has none.
  [[nodiscard]] std::optional<PriceLevel> best(Side side);
  /// Of the level that so many better ones stand before; empty: the side has no more than those.
  [[nodiscard]] std::optional<Price> price_at(Side side, std::size_t rank) const;
  /// Levels on both sides, by id.
  [[nodiscard]] std::size_t levels() const { return levels_.size(); }

  /// Fills prices and volumes with the best depth/2 prices of each side; false (and `book` is then
  /// unspecified) where a side has fewer. Pre: depth is even and >= 2.
  [[nodiscard]] bool top(std::size_t depth, OrderBook& book) const;
  /// The same for whoever looks again and again. Renews only what was touched since the look before
  /// where `book` is as that look left it, else all of it. Leaves it as it was where this is thin.
  [[nodiscard]] Look look(std::size_t depth, TrackedBook& book);

 private:
  struct Half {
    explicit Half(Side side) : ladder{side} {}
    /// Whether ranks of levels are those of prices, as the last look of so many prices found.
    [[nodiscard]] bool is_one_each(std::size_t count) const { return seen == count; }
    void move_from(std::size_t rank) { first_moved = std::min(first_moved, rank); }
    void move_all() { first_moved = 0, seen = 0; }

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    Ladder ladder;
    std::size_t seen = 0;  ///< levels that the last look summed
    /// Rank from the best, from which on levels may have come or gone since the last look.
    std::size_t first_moved = 0;
  };
  /// A level that only has another size since the last look, unless its side moved from there on.
  struct Resized {
    Side side;
    std::size_t rank;
  };
  [[nodiscard]] Applied apply_levels(const BookUpdate& update);
  [[nodiscard]] bool has_checksum_of(const BookUpdate& update);
  [[nodiscard]] Outcome change(const LevelChange& row);
  [[nodiscard]] Outcome insert(const LevelChange& row);
  [[nodiscard]] Outcome set(const LevelChange& row);
  void resize(LevelTable::Level& level, double size);
  void note_resized(Side side, std::size_t rank);
  void remove(const LevelTable::Level& level);
  [[nodiscard]] Half& half_of(Side side) { return halves_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Half& half_of(Side side) const {
    return halves_[static_cast<std::size_t>(side)];
  }
  void make_ladders();
  void move_all();
  [[nodiscard]] bool renew(TrackedBook& book, std::size_t depth);
  void renew_sizes(TrackedBook::Renewal& renewal, std::size_t count);
  void renew_moved(TrackedBook::Renewal& renewal, Side side, std::size_t count);
  void cut(Half& half, std::size_t kept);

  std::array<Half, 2> halves_{Half{Side::bid}, Half{Side::ask}};
  std::array<Resized, BookChange::most_volumes> resized_{};
  std::size_t resized_count_ = 0;
  TrackedBook::Revision looked_;  ///< what the last look left
  LevelTable levels_;
  bool is_bulk_ = false;  ///< ladders are left alone, make_ladders() follows
  bool has_image_ = false;
  std::array<std::vector<PriceLevel>, 2> best_;  ///< for checksums and witnesses
};

}  // namespace obkit::book
