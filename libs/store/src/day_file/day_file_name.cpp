#include "day_file/day_file_name.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <tuple>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/book_format.hpp"

namespace obkit::store {

namespace fs = std::filesystem;

std::string file_safe(std::string symbol) {
  std::replace(symbol.begin(), symbol.end(), '/', '_');
  return symbol;
}

bool cut_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.resize(text.size() - suffix.size());
  return true;
}

std::vector<fs::directory_entry> entries_of(const std::string& folder) {
  std::vector<fs::directory_entry> entries;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error))
    entries.push_back(*entry);
  if (error) throw IoError{IoError::During::open, folder, error.value()};
  return entries;
}

std::optional<DatedName> parse_dated_name(std::string_view name) {
  constexpr std::size_t digits = 8;
  if (name.size() <= digits + 1 || name[name.size() - digits - 1] != '_') return std::nullopt;
  std::string date{name.substr(name.size() - digits)};
  if (date.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  if (!to_timestamp({.date = std::stoi(date), .time = 0})) return std::nullopt;
  return DatedName{.symbol = std::string{name.substr(0, name.size() - digits - 1)},
                   .date = std::move(date)};
}

std::optional<DatedName> parse_day_file_name(const std::string& path) {
  std::string name = fs::path{path}.filename().string();
  cut_suffix(name, ".zst");
  for (const BookFormat& format : book_formats())
    if (cut_suffix(name, format.extension)) return parse_dated_name(name);
  return std::nullopt;
}

std::optional<DatedName> parse_trade_file_name(const std::string& path) {
  std::string name = fs::path{path}.filename().string();
  cut_suffix(name, ".zst");
  return cut_suffix(name, trades_extension) ? parse_dated_name(name) : std::nullopt;
}

int date_of_day_file(const std::string& path) {
  const auto name = parse_day_file_name(path);
  return name ? std::stoi(name->date) : 0;
}

int date_of_trade_file(const std::string& path) {
  const auto name = parse_trade_file_name(path);
  return name ? std::stoi(name->date) : 0;
}

Form form_of(const std::string& path) { return path.ends_with(".zst") ? Form::zstd : Form::plain; }

std::string file_name_of(const DayFileName& name, Form form) {
  std::string text = name.symbol + "_" + std::to_string(name.date);
  return text.append(name.extension).append(form == Form::zstd ? ".zst" : "");
}

DayFileChoice choose_day_file(const std::string& folder, const DayFileName& name, Form wanted) {
  const std::string plain = (fs::path{folder} / file_name_of(name, Form::plain)).string();
  const DayFileChoice as_plain{plain, Form::plain}, as_zstd{plain + ".zst", Form::zstd};
  const auto& [first, second] =
      wanted == Form::plain ? std::tie(as_plain, as_zstd) : std::tie(as_zstd, as_plain);
  std::error_code ignored;
  return !fs::exists(first.path, ignored) && fs::exists(second.path, ignored) ? second : first;
}

std::vector<FoundDayFile> day_files_in(const std::string& folder, DayKind kind) {
  const auto parse = kind == DayKind::books ? parse_day_file_name : parse_trade_file_name;
  std::vector<FoundDayFile> found;
  for (const fs::directory_entry& entry : entries_of(folder))
    if (auto name = parse(entry.path().string()))
      found.push_back({.date = std::stoi(name->date),
                       .symbol = std::move(name->symbol),
                       .path = entry.path().string()});
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::string> earlier_day_file(const std::string& folder, const std::string& symbol,
                                            int date, DayKind kind) {
  std::optional<std::string> latest;
  for (FoundDayFile& file : day_files_in(folder, kind))
    if (file.symbol == symbol && file.date < date) latest = std::move(file.path);
  return latest;
}

std::optional<std::string> EarlierDayFiles::find(const std::string& folder,
                                                 const std::string& symbol, int date,
                                                 DayKind kind) {
  const std::pair place{folder, kind};
  auto known = known_.find(place);
  if (known == known_.end()) {
    std::map<std::string, Days> symbols;
    for (FoundDayFile& file : day_files_in(folder, kind))
      symbols[file.symbol][file.date] = std::move(file.path);
    known = known_.emplace(place, std::move(symbols)).first;
  }
  const auto days = known->second.find(symbol);
  if (days == known->second.end()) return std::nullopt;
  const auto later = days->second.lower_bound(date);
  if (later == days->second.begin()) return std::nullopt;
  const std::string& path = std::prev(later)->second;
  if (std::error_code ignored; fs::exists(path, ignored)) return path;
  known_.erase(known);  // somebody took files away
  return earlier_day_file(folder, symbol, date, kind);
}

}  // namespace obkit::store
