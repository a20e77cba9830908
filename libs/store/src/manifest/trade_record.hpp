#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/line_reader.hpp"
#include "obkit/store/manifest.hpp"

namespace obkit::store {

/// What was met while a file of trades was counted.
struct TradeScan {
  ReadReport report;
  std::uint64_t other_dates = 0;      ///< trades of another day than the file's
  std::optional<std::string> damage;  ///< why the rest of it could not be read
};

/// Adds the trades of `source` (decompressed) to `counted`. `date` is the one that the file's name
/// bears. Throws IoError.
[[nodiscard]] TradeScan scan_trades(std::unique_ptr<ByteSource> source, const std::string& name,
                                    int date, TradeRecord& counted);

/// What is known of a file of trades that grows.
struct ContinuedTrades {
  TradeRecord record;
  std::optional<std::string> note;  ///< why the file had to be read as a whole
};

/// What the manifest says of the trades in `file`, with what that holds behind; where it says
/// nothing that fits, made of the whole file. Throws IoError.
[[nodiscard]] ContinuedTrades continue_trades(const std::string& file);

/// Has the manifest beside `file` say this of the trades, and what `base` knows of the instrument;
/// what it says of books stays. Where none is there that can be read, `base` is. Throws IoError.
void replace_trades(const std::string& file, const TradeRecord& trades, const Manifest& base);

/// The same for a file that is complete; it is hashed where that was not done while it was written.
void finish_trades(const std::string& file, TradeRecord trades, const Manifest& base);

/// Writes a manifest; what the one that was there says of trades stays. Throws IoError.
void replace_books(const std::string& path, Manifest manifest);

}  // namespace obkit::store
