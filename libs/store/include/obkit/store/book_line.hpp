#pragma once

#include <string>
#include <string_view>

#include "obkit/core/order_book.hpp"

namespace obkit::store {

/// What a writer decides about a line beyond its book.
struct BookLineHead {
  DateTime time;
  bool gap = false;
  std::string_view symbol = {};  ///< written where not empty: several symbols share a stream
};

/// Appends the book as a line of a day-file, with its `\n`; `head` stands for the book's own time
/// and gap. Prices keep their decimals. Pre: volumes are finite.
void append_book_line(std::string& out, const BookLineHead& head, const OrderBook& book);

}  // namespace obkit::store
