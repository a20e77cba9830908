#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"

namespace obkit::dataset {

/// The CRC-32 of a ZIP archive; `before` is that of the bytes before these.
[[nodiscard]] std::uint32_t crc32_of(std::string_view bytes, std::uint32_t before = 0);
/// That of a first and a second part of `second_size` bytes.
[[nodiscard]] std::uint32_t joined_crc32(std::uint32_t first, std::uint32_t second,
                                         std::uint64_t second_size);

/// A ZIP archive of entries that are not compressed, in one pass without going back: a pipe can
/// take it. Always with the 64-bit fields, so any size is written in the one same way. No time of
/// day and nothing of the machine is in it.
/// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3.
class ZipWriter {
 public:
  /// `sink` must outlive it. Throws IoError, as do the others.
  explicit ZipWriter(ByteSink& sink) : sink_{sink} {}

  /// `size` bytes with this checksum follow; whoever calls writes them to the sink.
  void begin_entry(const std::string& name, std::uint64_t size, std::uint32_t crc);
  /// The directory at the end.
  void finish();

 private:
  struct Entry {
    std::string name;
    std::uint64_t size;
    std::uint32_t crc;
    std::uint64_t offset;
  };

  ByteSink& sink_;
  std::uint64_t written_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace obkit::dataset
