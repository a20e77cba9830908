#pragma once

#include <string_view>

#include "rows.hpp"

namespace obkit::feed::bitmex {

/// Reads a message of changes the fast way, without a copy and without a tree, where it is written
/// as the exchange writes it: table, action (insert, update or delete), data, and rows of symbol,
/// id, side, size, price, timestamp, transactTime and pool in any order; plain numbers, texts
/// without escapes, no white space.
///
/// False for anything else, be it legal or not: the message is then simdjson's to read or refuse,
/// and `rows` are to be cleared. What is taken gives the rows that simdjson's way gives.
[[nodiscard]] bool read_compact_book(std::string_view text, Rows& rows);

}  // namespace obkit::feed::bitmex
