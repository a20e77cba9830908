#pragma once

#include "obkit/core/order_book.hpp"

namespace obkit::obsave {

/// A bid of 3 at 1 and an ask of 4 at 2.
inline OrderBook book_at(int time, bool gap = false) {
  OrderBook book;
  book.time = {20210722, time};
  book.prices = {parse_price("1").value(), parse_price("2").value()};
  book.volumes = {3, 4};
  book.gap = gap;
  return book;
}

}  // namespace obkit::obsave
