#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <zlib.h>

#include "obkit/core/byte_stream.hpp"

#include "support/memory_source.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::store {

inline std::string all_of(ByteSource& source) {
  std::string text, block(1000, '\0');
  while (const std::size_t count = source.read(block)) text.append(block, 0, count);
  return text;
}

/// As the first bytes of a file that gzip made, of which the end never came.
inline std::string cut_gzip(std::string text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// The day of the books below, and the next.
inline constexpr int day = 20190823, last_day = day, next_day = 20190824;
/// Times of day.
inline constexpr int before_midnight = 235959500, after_midnight = 500;

/// A book line of depth 4 with mid price 100.5, as obkit writes it.
inline std::string book_line(int time, std::string_view further = "", int date = 20190823) {
  return "{\"date\":" + std::to_string(date) + ",\"time\":" + std::to_string(time) +
         R"(,"prices":[99,100,101,102.5],"volumes":[1,2.5,3,4])" + std::string{further} + "}\n";
}

}  // namespace obkit::store
