#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/time.hpp"
#include "obkit/core/trade.hpp"

namespace obkit::store {

/// One of an exchange's trades as a file holds it (docs/formats.md). Its `number` and `fills` are
/// not kept.
struct RecordedTrade {
  Trade trade;
  std::optional<Timestamp> recv = {};  ///< when it was received
  bool gap = false;                    ///< trades before it may be missing

  bool operator==(const RecordedTrade&) const = default;
};

/// Appends the trade as a line, with its `\n`. Its time is cut to microseconds; the price keeps its
/// decimals. Pre: the volume is finite.
void append_trade_line(std::string& out, const RecordedTrade& trade);

/// `buy` or `sell`: what the one who took did.
[[nodiscard]] std::string_view name_of(Aggressor aggressor);

}  // namespace obkit::store
