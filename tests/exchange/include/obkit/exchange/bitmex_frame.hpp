#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// The frame as BitMEX wrote it in 2026: price, timestamp, transactTime and pool in every row, no
/// size in a delete. Pre: every row has a price and, but for a delete, a size; no `change`.
[[nodiscard]] std::string write_bitmex_frame(const BookFrame& frame, const Channel& channel);

/// One partial for several channels of one pool, as a subscription without a symbol gets it.
/// `filter_symbol` is empty there.
[[nodiscard]] std::string write_bitmex_partial(const std::vector<BookFrame>& images,
                                               const std::vector<Channel>& channels,
                                               std::string_view filter_symbol);

/// Rows as a JSON array.
[[nodiscard]] std::string write_bitmex_rows(const BookFrame& frame, const Channel& channel);

}  // namespace obkit::exchange
