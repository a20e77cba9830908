#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/true_book.hpp"

/// What venues share whose levels are prices and sizes, of which a size of 0 leaves none.
namespace obkit::exchange {

/// A partial of a book, with the time of its last change.
[[nodiscard]] BookFrame ladder_image(std::size_t channel, const TrueBook& book);

/// The same of the best level of each side.
[[nodiscard]] BookFrame best_image(const TrueBook& book);

/// Bids first, on either side the best first.
void sort_rows(std::vector<Row>& rows);

/// The frame with one more row, in its place.
[[nodiscard]] BookFrame with_row(const BookFrame& frame, BookAction action, Row row);

/// 0 for a level that is removed.
[[nodiscard]] inline std::int64_t shown_size(const Row& row) {
  return row.action == BookAction::remove ? 0 : row.size.value();
}

/// Milliseconds since 1970.
[[nodiscard]] std::string milliseconds_text(Timestamp time);

/// A row of a capture: a level that comes replaces one that may be there, which to a true book is
/// an insert. Throws std::exception for a price that is none and a size that is no whole number.
[[nodiscard]] Row captured_row(Side side, const std::string& price, const std::string& size,
                               Timestamp time);

}  // namespace obkit::exchange
