#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "obkit/store/manifest.hpp"
#include "obkit/store/verify.hpp"

#include "day_scan.hpp"

namespace obkit::store {

/// What a day-file itself tells, and what its manifest says.
struct VerifiedDay {
  Manifest counted;  ///< of the file: books, times, gaps, depth, bytes
  DayScan scan;
  std::string sha256;            ///< empty where not all of the file could be read
  std::uint64_t torn_bytes = 0;  ///< behind the last whole zstd frame
  std::optional<Manifest> manifest;
};

/// Adds to the problems and notes of `report`, whose path is that of the day-file.
void judge(const VerifiedDay& day, DayReport& report);

}  // namespace obkit::store
