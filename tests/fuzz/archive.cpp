// Files of an archive, with a form feed between them. It is the same archive in blocks of any size.
// Behind a file "LOBSTER" come the two of a pair.

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/archive_reader.hpp"

#include "fuzz.hpp"
#include "support/memory_source.hpp"

namespace {

using namespace obkit;

/// Few, so that no time is spent on thousands of empty ones.
std::vector<std::string> files_of(const std::string& text) {
  constexpr std::size_t most = 4;
  std::vector<std::string> files;
  std::istringstream rest{text};
  for (std::string file; files.size() < most && std::getline(rest, file, '\f');)
    files.push_back(std::move(file));
  return files;
}

void describe(const store::ArchiveEvent& event, std::string& out) {
  fuzz::require(event.updates.empty() == (event.kind != store::ArchiveEvent::Kind::updates));
  fuzz::require(event.trades.empty() == (event.kind != store::ArchiveEvent::Kind::trades));
  for (const TradeUpdate& update : event.trades)
    for (const Trade& trade : update.trades)
      out.append(update.symbol).append(format_iso(trade.time, 9)).append(to_string(trade.price));
  out.append(std::to_string(static_cast<int>(event.kind))).append(event.text);
  if (event.received) out.append(std::to_string(event.received->time_since_epoch().count()));
  for (const BookUpdate& update : event.updates) {
    fuzz::require(!update.symbol.empty() && update.time);
    out.append(update.kind == BookUpdate::Kind::image ? "i" : "c").append(update.symbol);
    out.append(update.continues ? "+" : "-").append(std::to_string(update.levels.size()));
    for (const LevelChange& level : update.levels) {
      fuzz::require(level.action == LevelChange::Action::set && *level.size >= 0);
      fuzz::require((level.id & 1U) == static_cast<std::uint64_t>(level.side));
      out.append(to_string(*level.price));
    }
  }
}

/// Of a frame without a time in front: seconds.
std::optional<Timestamp> time_of(std::string_view frame) {
  constexpr std::string_view key = "\"ts\":";
  if (frame.find(key) == std::string_view::npos) return std::nullopt;
  const std::size_t at = frame.find(key) + key.size();
  return parse_epoch_seconds(frame.substr(at, frame.find_first_not_of("0123456789", at) - at));
}

/// Files by their names, of which the first is to be read.
std::map<std::string, std::string> named(const std::vector<std::string>& files) {
  std::map<std::string, std::string> all;
  for (const std::string& file : files) all.emplace(std::to_string(all.size()), file);
  if (files.size() == 3 && files[0] == "LOBSTER")
    all = {{"A_2012-06-21_1_2_message_1.csv", files[1]},
           {"A_2012-06-21_1_2_orderbook_1.csv", files[2]}};
  return all;
}

/// All that the archive says, its error too.
std::string read(const std::vector<std::string>& files, std::size_t block,
                 store::TradeTables trades) {
  const auto texts = named(files);
  std::vector<std::string> names;
  for (const auto& [name, text] : texts) names.push_back(name);
  store::ArchiveReader reader{
      std::move(names), [&](const std::string& name) { return memory(texts.at(name), block); },
      time_of, trades};
  std::string all;
  try {
    while (const auto event = reader.next()) describe(*event, all);
  } catch (const DataError& error) {
    all += error.what();
  }
  for (const std::string& torn : reader.torn()) all += torn;
  return all + to_string(reader.place());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto files = files_of(fuzz::to_text(data, size));
  constexpr std::size_t small = 61;
  for (const auto trades : {store::TradeTables::refuse, store::TradeTables::read})
    fuzz::require(read(files, size + 1, trades) == read(files, small, trades));
  return 0;
}
