#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "obkit/core/level_update.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/core/price.hpp"

namespace obkit::book {

/// What became of an update.
enum class Outcome {
  applied,
  dropped,        ///< changes without an image to apply them to
  unknown_id,     ///< update or removal of a level that is not there
  contradiction,  ///< a known level with another side or price
  incomplete,     ///< a new level without price or size, an update without size
  out_of_order,   ///< changes that do not follow the update before them
};

/// Whether the book no longer is the exchange's.
[[nodiscard]] constexpr bool is_loss(Outcome outcome) {
  return outcome != Outcome::applied && outcome != Outcome::dropped;
}

/// Completes "the book is lost: ...".
[[nodiscard]] std::string_view describe(Outcome outcome);

struct Applied {
  Outcome outcome = Outcome::applied;
  /// The level that a loss was noticed at; of changes out of order, the number they follow.
  std::uint64_t id = 0;
};

/// One symbol's whole book, kept by level id.
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

  /// O(log levels) a row.
  [[nodiscard]] Applied apply(const BookUpdate& update);

  /// Forgets everything: continuity was lost.
  void drop();

  /// Whether the book stands (it may be empty).
  [[nodiscard]] bool has_image() const { return has_image_; }
  /// Whether the best bid is at or above the best ask.
  [[nodiscard]] bool is_crossed() const;
  /// Levels on both sides, by id.
  [[nodiscard]] std::size_t levels() const { return levels_.size(); }

  /// Fills prices and volumes with the best depth/2 prices of each side; false (and `book` is then
  /// unspecified) where a side has fewer. Pre: depth is even and >= 2.
  [[nodiscard]] bool top(std::size_t depth, OrderBook& book) const;

 private:
  /// Levels of one price lie beside each other, so that a walk can sum them.
  struct Place {
    Price price;
    std::uint64_t id;
    bool operator<(const Place& other) const {
      return price == other.price ? id < other.id : price < other.price;
    }
  };
  using Ladder = std::map<Place, double>;  // sizes
  struct Level {
    Side side;
    Ladder::iterator at;
  };

  [[nodiscard]] Outcome change(const LevelChange& row);
  [[nodiscard]] Outcome insert(const LevelChange& row);
  [[nodiscard]] Outcome set(const LevelChange& row);
  [[nodiscard]] Ladder& ladder(Side side) { return side == Side::bid ? bids_ : asks_; }

  Ladder bids_, asks_;
  std::unordered_map<std::uint64_t, Level> levels_;
  bool has_image_ = false;
  std::optional<std::uint64_t> last_number_;  // of the updates, where the feed numbers them
};

}  // namespace obkit::book
