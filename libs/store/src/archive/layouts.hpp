#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/time.hpp"
#include "obkit/store/line_reader.hpp"

#include "archive/archive_file.hpp"

namespace obkit::store {

// Each layout of docs/formats.md that is no frames has a file of its own. `lines` stand before
// their first line. They throw DataError, IoError.

/// Tardis' incremental_book_L2.
[[nodiscard]] std::unique_ptr<ArchiveFile> open_change_table(LineReader lines);

/// Tardis' book_snapshot_N.
[[nodiscard]] bool is_snapshot_header(std::string_view header);
[[nodiscard]] std::unique_ptr<ArchiveFile> open_snapshot_table(LineReader lines);

/// Databento's MBP-10, or another number of levels that is more than one.
[[nodiscard]] bool is_databento_header(std::string_view header);
[[nodiscard]] std::unique_ptr<ArchiveFile> open_databento_table(LineReader lines);

/// OKX's daily books, of which `line` is the first.
[[nodiscard]] bool is_okx_line(std::string_view line);
[[nodiscard]] std::unique_ptr<ArchiveFile> open_okx_file(LineReader lines);

/// A table of trades: Tardis', Binance's, Bybit's or BitMEX's. `line` is its first one, a header or
/// not; `path` tells what rows without a header are, and the symbol where no column does.
[[nodiscard]] bool is_trade_table(std::string_view line, std::string_view path);
[[nodiscard]] std::unique_ptr<ArchiveFile> open_trade_table(LineReader lines,
                                                            const std::string& path,
                                                            std::string_view line);

/// What the name of one of LOBSTER's files tells:
/// `AAPL_2012-06-21_34200000_57600000_message_10.csv`.
struct LobsterName {
  std::string symbol;
  Timestamp midnight;       ///< of New York, before the day's trade
  std::string messages;     ///< path of the file that has the times
  std::string order_books;  ///< path of that which has the levels
};

/// Empty for any other name. Throws DataError for a day before 2007: LOBSTER has none.
[[nodiscard]] std::optional<LobsterName> parse_lobster_name(const std::string& path);
[[nodiscard]] std::unique_ptr<ArchiveFile> open_lobster_files(const LobsterName& name,
                                                              LineReader messages,
                                                              LineReader order_books);

/// Refuses by its name what is no archive of books. `first`: its first line; `table`: that is a
/// header.
void refuse_others(LineReader& lines, std::string_view first, bool table);

}  // namespace obkit::store
