#pragma once

#include <optional>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"

namespace obkit::obbacktest {

/// What a result is of: "XBTUSD on bitmex, 2024-08-08 to 2024-08-21 (12 days)". Symbols and days
/// are those of day-files, the venue that of their manifests, where there are such. Else it is the
/// name of the first file, and the days from `first` to `last`, the earliest and the latest book.
[[nodiscard]] std::string market_name(const std::vector<std::string>& files,
                                      const std::optional<DateTime>& first,
                                      const std::optional<DateTime>& last);

}  // namespace obkit::obbacktest
