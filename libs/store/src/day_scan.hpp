#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/read_report.hpp"

namespace obkit::store {

/// What was met while a day-file was counted.
struct DayScan {
  ReadReport report;
  std::uint64_t other_dates = 0;      ///< books of another day than the file's
  std::optional<std::string> damage;  ///< why the rest of it could not be read
};

/// Adds the books of `source` (decompressed) to `counted`: depth (where it is 0), books, first,
/// last, gaps. `date` is the one that the file's name bears. Throws IoError.
[[nodiscard]] DayScan scan_day(std::unique_ptr<ByteSource> source, const std::string& name,
                               int date, Manifest& counted);

}  // namespace obkit::store
