#pragma once

#include "obkit/core/price.hpp"

namespace obkit::store {

/// Half of what a Price holds, so that the sum of two, as in a mid price, does not overflow.
inline constexpr Price max_price = Price::from_units(4'611'686'018 * Price::units_per_one, 0);

/// Whether a book may have this price.
[[nodiscard]] constexpr bool is_in_range(Price price) {
  return price <= max_price && price >= -max_price;
}

}  // namespace obkit::store
