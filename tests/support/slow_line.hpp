#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "obkit/core/error.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "support/memory_source.hpp"

namespace obkit {

/// The book of a line by way of JsonLine alone: a blank in front keeps it from the fast way. Empty
/// where it is refused.
inline std::optional<OrderBook> slow_book(const std::string& line, std::size_t depth = 0) {
  store::DayFileReader reader{memory(" " + line + "\n"), "slow", store::BadLine::refuse, depth};
  OrderBook book;
  try {
    if (reader.next(book)) return book;
  } catch (const DataError&) {
  }
  return std::nullopt;
}

/// Whether two books are the same to the bit, decimals of prices too.
inline bool same_bits(const OrderBook& a, const OrderBook& b) {
  if (a.time != b.time || a.recv != b.recv || a.gap != b.gap) return false;
  if (a.prices != b.prices || a.volumes.size() != b.volumes.size()) return false;
  for (std::size_t i = 0; i < a.prices.size(); ++i)
    if (a.prices[i].decimals() != b.prices[i].decimals()) return false;
  for (std::size_t i = 0; i < a.volumes.size(); ++i)
    if (std::bit_cast<std::uint64_t>(a.volumes[i]) != std::bit_cast<std::uint64_t>(b.volumes[i]))
      return false;
  return true;
}

}  // namespace obkit
