#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"

namespace obkit {

enum class Side : std::uint8_t { bid, ask };

/// An id for a level of a feed that has none: it is its price on its side, so that both sides may
/// have one at the same price. Different for all prices within ±4,611,686,018.
[[nodiscard]] constexpr std::uint64_t level_id(Side side, Price price) {
  return static_cast<std::uint64_t>(price.units()) << 1U | static_cast<std::uint64_t>(side);
}

/// One row of a feed: what happened to one level.
struct LevelChange {
  enum class Action : std::uint8_t {
    insert,
    update,
    remove,
    set,  ///< whatever was there before; size 0 leaves no level
  };

  Action action = Action::insert;
  Side side = Side::bid;
  std::uint64_t id = 0;        ///< opaque; names the level together with nothing else
  std::optional<Price> price;  ///< absent where the feed leaves it to be remembered by id
  std::optional<double> size;  ///< contracts; absent in a removal

  bool operator==(const LevelChange&) const = default;
};

/// A price of a book and the size that stands there.
struct PriceLevel {
  Price price;
  double size = 0;

  bool operator==(const PriceLevel&) const = default;
};

/// How an exchange makes the checksum of a book that it sends with its updates. A protocol has one;
/// the book asks it after each update. Knows no clock and does no I/O.
class ChecksumRule {
 public:
  ChecksumRule() = default;
  ChecksumRule(const ChecksumRule&) = delete;
  ChecksumRule& operator=(const ChecksumRule&) = delete;
  virtual ~ChecksumRule() = default;

  /// How many prices of each side go into it.
  [[nodiscard]] virtual std::size_t levels() const = 0;
  /// Both sides from the best price on: levels() of them, fewer where the book has fewer.
  [[nodiscard]] virtual std::uint32_t checksum(std::span<const PriceLevel> bids,
                                               std::span<const PriceLevel> asks) const = 0;
};

/// What one frame says of one symbol's book.
struct BookUpdate {
  enum class Kind : std::uint8_t {
    image,    ///< replaces the whole book; may be empty
    changes,  ///< applies to the book as it stands
    old,      ///< changes that the book's image has already: nothing is to be done
    witness,  ///< the best levels at `number`, from another source: to hold the book against
  };

  Kind kind = Kind::changes;
  std::string symbol = {};
  std::string pool = {};               ///< of liquidity, where the frame tells it
  std::optional<Timestamp> time = {};  ///< the exchange's event time, where it carries one
  /// The exchange's number of the book as it is after the update.
  std::optional<std::uint64_t> number = {};
  /// Of a witness without a number: the book has these best levels at some moment before or behind.
  bool is_passing = false;
  bool continues = false;  ///< of an image: nothing was missed before it
  /// Whether the exchange's number of these changes follows that of the update before.
  enum class Order : std::uint8_t { untold, follows, breaks } order = Order::untold;
  /// Why the book of this symbol is lost, for people; then the levels mean nothing. Empty: it is
  /// not. So a protocol tells that a sequence of numbers has a hole.
  std::string lost = {};
  /// Of an image that the exchange cut: the worst bid and the worst ask that it tells, where there
  /// may be worse ones. Empty: it tells all.
  struct Edges {
    std::optional<Price> bid = {}, ask = {};
  } edges = {};
  /// Levels of each side that the feed keeps; the worse ones go after the update. 0: all stay.
  std::size_t kept_levels = 0;
  /// Where the update has a checksum: who can tell it of the book as it then is. As long-lived as
  /// the protocol.
  const ChecksumRule* checksum_rule = nullptr;
  std::uint32_t checksum = 0;
  std::vector<LevelChange> levels = {};
};

}  // namespace obkit
