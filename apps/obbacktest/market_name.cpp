#include "obbacktest/market_name.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/manifest.hpp"

namespace obkit::obbacktest {
namespace {

constexpr std::size_t date_length = 10;  // of 2024-08-08T00:00:00.000Z

/// Whose books files hold, and of which days.
struct Market {
  /// Of file names, each as the venue writes it, where a manifest tells.
  std::map<std::string, std::string> symbols;
  std::set<std::string> venues;
  std::set<int> days;
};

/// A manifest that cannot be read tells no venue: a result needs none.
void add_manifest(Market& market, const std::string& symbol, const std::string& file) {
  const std::string path = store::manifest_path(file);
  std::error_code absent;
  if (!std::filesystem::exists(path, absent)) return;
  try {
    const store::Manifest manifest = store::read_manifest(path);
    if (!manifest.symbol.empty()) market.symbols[symbol] = manifest.symbol;
    if (!manifest.origin.venue.empty()) market.venues.insert(manifest.origin.venue);
  } catch (const Error&) {
    return;
  }
}

Market market_of(const std::vector<std::string>& files) {
  Market market;
  for (const std::string& file : files) {
    const std::string symbol = store::symbol_of_day_file(file);
    if (symbol.empty()) return {};
    market.symbols.emplace(symbol, symbol);
    const std::string name = std::filesystem::path{file}.filename().string();
    int day = 0;
    std::from_chars(name.data() + symbol.size() + 1, name.data() + name.size(), day);
    market.days.insert(day);
    add_manifest(market, symbol, file);
  }
  return market;
}

std::string day_text(DateTime time) { return format_iso(time).substr(0, date_length); }

/// How many days lie from the first to the last, both included.
std::size_t span_of(const std::set<int>& days) {
  const auto first = to_timestamp({.date = *days.begin(), .time = 0});
  const auto last = to_timestamp({.date = *days.rbegin(), .time = 0});
  if (!first || !last) return days.size();
  return static_cast<std::size_t>(std::chrono::floor<std::chrono::days>(*last - *first).count()) +
         1;
}

std::string days_text(const std::set<int>& days) {
  const std::string first = day_text({.date = *days.begin(), .time = 0});
  if (days.size() == 1) return first;
  const std::string text = first + " to " + day_text({.date = *days.rbegin(), .time = 0});
  return span_of(days) == days.size() ? text : text + " (" + counted(days.size(), "day") + ")";
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// "XBT.txt and 2 more"
std::string name_of_files(const std::vector<std::string>& files) {
  const std::string& file = files.front();
  const std::string name =
      file == "-" ? display_name(file) : std::filesystem::path{file}.filename().string();
  return files.size() == 1 ? name : name + " and " + std::to_string(files.size() - 1) + " more";
}

}  // namespace

std::string market_name(const std::vector<std::string>& files, const std::optional<DateTime>& first,
                        const std::optional<DateTime>& last) {
  const Market market = market_of(files);
  if (!market.symbols.empty()) {
    std::set<std::string> symbols;
    for (const auto& [name, written] : market.symbols) symbols.insert(written);
    const std::string venue = market.venues.empty() ? "" : " on " + joined(market.venues);
    return joined(symbols) + venue + ", " + days_text(market.days);
  }
  std::string text = name_of_files(files);
  if (!first || !last) return text;
  text += ", " + day_text(*first);
  return first->date == last->date ? text : text + " to " + day_text(*last);
}

}  // namespace obkit::obbacktest
