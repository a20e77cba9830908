#pragma once

#include <cstdint>
#include <string_view>

#include <simdjson.h>

#include "obkit/core/level_update.hpp"

namespace obkit::feed::deribit {

/// Since 1970; in nanoseconds they must fit 63 bits.
inline constexpr std::uint64_t latest_milliseconds = 9'000'000'000'000;

/// The instrument of `book.INSTRUMENT.INTERVAL`; empty for any other channel.
[[nodiscard]] std::string_view instrument_of(std::string_view channel);

/// Reads `params.data` of such a channel into `update`, whose memory is reused. Throws BadFrame and
/// simdjson_error.
void read_book(simdjson::ondemand::value data, std::string_view instrument, BookUpdate& update);

}  // namespace obkit::feed::deribit
