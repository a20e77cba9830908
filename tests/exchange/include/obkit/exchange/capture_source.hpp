#pragma once

#include <memory>
#include <string>

#include "obkit/exchange/source.hpp"

namespace obkit::exchange {

/// Replays the book frames (orderBookL2 of BitMEX, book of Deribit) of a capture (plain, gzip or
/// zstd; both layouts) as they stand, due at the times they were received. All other frames
/// (welcome, acks, errors) are left out. An empty line is a disconnect.
///
/// A capture has one channel: the symbol and pool of its first partial, whose venue it is of.
/// Whoever subscribes to the symbol gets that channel, whichever pool they name. Frames of another
/// symbol are left out.
///
/// Throws IoError, and DataError for a damaged file, a line that is no capture line, or a capture
/// without a partial that names its symbol.
[[nodiscard]] std::unique_ptr<Source> make_capture_source(const std::string& path);

}  // namespace obkit::exchange
