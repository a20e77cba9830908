#pragma once

#include <cstdint>
#include <optional>
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

/// What one frame says of one symbol's book.
struct BookUpdate {
  enum class Kind : std::uint8_t {
    image,    ///< replaces the whole book; may be empty
    changes,  ///< applies to the book as it stands
  };

  Kind kind = Kind::changes;
  std::string symbol = {};
  std::string pool = {};                       ///< of liquidity, where the frame tells it
  std::optional<Timestamp> time = {};          ///< the exchange's event time, where it carries one
  std::optional<std::uint64_t> number = {};    ///< where the feed numbers its updates
  std::optional<std::uint64_t> previous = {};  ///< number of the update that this one follows
  bool continues = false;                      ///< of an image: nothing was missed before it
  std::vector<LevelChange> levels = {};
};

}  // namespace obkit
