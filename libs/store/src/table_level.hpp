#pragma once

#include "obkit/core/level_update.hpp"

namespace obkit::store {

/// What a table says of a level.
[[nodiscard]] inline LevelChange table_level(Side side, Price price, double amount) {
  return {.action = LevelChange::Action::set,
          .side = side,
          .id = level_id(side, price),
          .price = price,
          .size = amount};
}

}  // namespace obkit::store
