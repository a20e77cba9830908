#pragma once

#include <compare>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/core/time.hpp"

#include "recording/line_store.hpp"

namespace obkit::store {

/// A symbol as names of files bear it: a `/` becomes `_`.
[[nodiscard]] std::string file_safe(std::string symbol);

/// Cuts `suffix` off; whether it was there.
bool cut_suffix(std::string& text, std::string_view suffix);

/// What is in a folder, in no order. Throws IoError.
[[nodiscard]] std::vector<std::filesystem::directory_entry> entries_of(const std::string& folder);

/// A name `SYMBOL_YYYYMMDD`, taken apart.
struct DatedName {
  std::string symbol, date;
};

/// Empty for any other name, and where there is no such day.
[[nodiscard]] std::optional<DatedName> parse_dated_name(std::string_view name);

/// The same of the path of a day-file, `…/SYMBOL_YYYYMMDD.txt[.zst]`.
[[nodiscard]] std::optional<DatedName> parse_day_file_name(const std::string& path);

/// Of files of an exchange's trades that are not compressed.
inline constexpr std::string_view trades_extension = ".trades.txt";

/// The same of such a file, `…/SYMBOL_YYYYMMDD.trades.txt[.zst]`.
[[nodiscard]] std::optional<DatedName> parse_trade_file_name(const std::string& path);

/// The date in the name of a day-file; 0 for any other name.
[[nodiscard]] int date_of_day_file(const std::string& path);

/// The same of a file of trades.
[[nodiscard]] int date_of_trade_file(const std::string& path);

/// The last moment of a day.
[[nodiscard]] constexpr DateTime last_moment_of(int date) {
  return {.date = date, .time = 235959999};
}

/// As the name of a day-file says.
[[nodiscard]] Form form_of(const std::string& path);

/// What a day-file's name says.
struct DayFileName {
  std::string symbol;  ///< as names bear it
  int date = 0;
  std::string_view extension = ".txt";  ///< of its BookFormat
};

/// `SYMBOL_YYYYMMDD.txt[.zst]`.
[[nodiscard]] std::string file_name_of(const DayFileName& name, Form form);

/// Where a day is to be written.
struct DayFileChoice {
  std::string path;
  Form form = Form::plain;
};

/// The wanted form, unless the day stands in the other one only: then it goes on in that.
[[nodiscard]] DayFileChoice choose_day_file(const std::string& folder, const DayFileName& name,
                                            Form wanted);

/// What is kept of a day, a file of each kind.
enum class DayKind { books, trades };

/// A day-file that is there.
struct FoundDayFile {
  int date = 0;
  std::string symbol;  ///< as names bear it
  std::string path;

  auto operator<=>(const FoundDayFile&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Those in `folder`, by date, then by symbol. Throws IoError.
[[nodiscard]] std::vector<FoundDayFile> day_files_in(const std::string& folder,
                                                     DayKind kind = DayKind::books);

/// The latest day-file in `folder` of `symbol` (as names bear it) that is older than `date`.
/// Throws IoError.
[[nodiscard]] std::optional<std::string> earlier_day_file(const std::string& folder,
                                                          const std::string& symbol, int date,
                                                          DayKind kind = DayKind::books);

/// Finds earlier day-files of many: a folder is looked through once for all its files.
class EarlierDayFiles {
 public:
  /// As earlier_day_file(). A day-file that came since the folder was looked through is not seen.
  [[nodiscard]] std::optional<std::string> find(const std::string& folder,
                                                const std::string& symbol, int date,
                                                DayKind kind = DayKind::books);

 private:
  using Days = std::map<int, std::string>;  ///< paths by date

  /// By folder and kind, by symbol.
  std::map<std::pair<std::string, DayKind>, std::map<std::string, Days>> known_;
};

}  // namespace obkit::store
