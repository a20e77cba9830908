#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

#include <zlib.h>

#include "obkit/core/order_book.hpp"

namespace obkit::obsave {

/// CRC-32 of `price,size;` of the bids from worst to best, `|`, and of the asks from best to worst.
inline std::uint32_t ladder_crc(const OrderBook& book) {
  std::string text;
  std::array<char, 64> level{};
  for (std::size_t i = 0; i < book.depth(); ++i) {
    if (i == book.depth() / 2) text += '|';
    std::snprintf(level.data(), level.size(), "%.1f,%lld;", book.prices[i].value(),
                  static_cast<long long>(book.volumes[i]));
    text += level.data();
  }
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

}  // namespace obkit::obsave
