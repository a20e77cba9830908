#pragma once

#include <cstdint>

#include "obkit/core/level_update.hpp"

namespace obkit::store {

/// A level of a feed that has no ids: it is what it costs, on its side. Pre: the price is in
/// range, so that the side finds room in the id.
[[nodiscard]] inline LevelChange table_level(Side side, Price price, double amount) {
  const auto id = static_cast<std::uint64_t>(price.units()) << 1U;
  return {.action = LevelChange::Action::set,
          .side = side,
          .id = id | static_cast<std::uint64_t>(side),
          .price = price,
          .size = amount};
}

}  // namespace obkit::store
