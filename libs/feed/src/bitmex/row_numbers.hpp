#pragma once

#include <cstdint>

#include "obkit/core/level_update.hpp"

#include "../plain_cursor.hpp"

namespace obkit::feed::bitmex {

/// A whole number of so many digits is a double exactly.
inline constexpr int exact_digits = 15;
inline constexpr int id_digits = 18;

inline constexpr PlainWords side_texts{"Buy\"", "Sell\""};  // in the order of Side

/// What a row tells beside its texts.
struct RowNumbers {
  std::uint64_t id = 0;
  Side side = Side::bid;
  double size = 0;
  std::int64_t price_units = 0;
  int price_decimals = 0;
  bool has_id = false, has_side = false, has_size = false, has_price = false;

  // Each false where what comes is not plain.
  [[gnu::always_inline]] bool read_id(PlainCursor& cursor) {
    const auto number = cursor.whole_number(id_digits);
    if (number) id = *number;
    return has_id = number.has_value();
  }
  [[gnu::always_inline]] bool read_side(PlainCursor& cursor) {
    const auto which = cursor.take_one_of(side_texts);
    if (which) side = static_cast<Side>(*which);
    return has_side = which.has_value();
  }
  [[gnu::always_inline]] bool read_size(PlainCursor& cursor) {
    const auto number = cursor.whole_number(exact_digits);
    if (number) size = static_cast<double>(static_cast<std::int64_t>(*number));
    return has_size = number.has_value();
  }
  [[gnu::always_inline]] bool read_price(PlainCursor& cursor) {
    const auto number = cursor.price();
    if (number) price_units = number->units(), price_decimals = number->decimals();
    return has_price = number.has_value();
  }
  /// The id and those that follow it in the order of the exchange.
  [[gnu::always_inline]] bool read(PlainCursor& cursor) {
    if (!read_id(cursor)) return false;
    if (cursor.take(R"(,"side":")") && !read_side(cursor)) return false;
    if (cursor.take(R"(,"size":)") && !read_size(cursor)) return false;
    return !cursor.take(R"(,"price":)") || read_price(cursor);
  }

  void write(LevelChange& level) const {
    level.side = side;
    level.id = id;
    if (has_price) level.price = Price::from_units(price_units, price_decimals);
    if (has_size) level.size = size;
  }
};

}  // namespace obkit::feed::bitmex
