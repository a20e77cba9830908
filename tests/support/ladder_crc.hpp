#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

#include <zlib.h>

#include "obkit/core/order_book.hpp"

namespace obkit {

/// CRC-32 of `price,size;` of the bids from worst to best, `|`, and of the asks from best to worst,
/// with so many decimals.
inline std::uint32_t ladder_crc(const OrderBook& book, int price_digits = 1, int size_digits = 0) {
  std::string text;
  std::array<char, 64> level{};
  for (std::size_t i = 0; i < book.depth(); ++i) {
    if (i == book.depth() / 2) text += '|';
    std::snprintf(level.data(), level.size(), "%.*f,%.*f;", price_digits, book.prices[i].value(),
                  size_digits, book.volumes[i]);
    text += level.data();
  }
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

}  // namespace obkit
