#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/time.hpp"

namespace obkit::backtest {

/// What one who has bought pays to one who has sold, at a moment.
struct FundingRate {
  /// One is 10^15: the rate 0.0001, a basis point, is 10^11.
  static constexpr std::int64_t per_one = 1'000'000'000'000'000;

  Timestamp time;
  std::int64_t rate = 0;  ///< of the notional; negative: one who has sold pays

  bool operator==(const FundingRate&) const = default;
};

/// Reads lines of `time,rate`: the time as ISO 8601 with Z or as integer nanoseconds since 1970
/// (from 2001 on, so that milliseconds are not taken for them), the rate as a share of the notional
/// from -1 to 1. A first line that begins with a letter is a header; times ascend. `name` is for
/// messages. Throws DataError with the line.
[[nodiscard]] std::vector<FundingRate> parse_funding(std::string_view text,
                                                     const std::string& name);

}  // namespace obkit::backtest
