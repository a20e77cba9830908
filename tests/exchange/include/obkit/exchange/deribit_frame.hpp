#pragma once

#include <string>

#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

/// The notification of book.{symbol}.100ms as Deribit wrote it in 2026: `snapshot` for a partial,
/// else `change` with `prev_change_id` at the end. Rows come out in their order, bids and asks
/// apart. Pre: every row has a price; the action is partial or change.
[[nodiscard]] std::string write_deribit_frame(const BookFrame& frame, const Channel& channel);

/// "book.{symbol}.100ms"
[[nodiscard]] std::string deribit_channel(const std::string& symbol);

/// Appends a number as Erlang's float_to_binary(X, [short]) has it: the fewest digits that read
/// back to the same bits, always with a point, with an exponent where that is strictly shorter:
/// `83958.0`, `8.39e4`, `200.0`, `0.0`. Pre: finite, not negative, below 2^53.
void append_short_float(std::string& out, double value);

}  // namespace obkit::exchange
