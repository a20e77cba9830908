// Files of an archive, with a form feed between them. It is the same archive in blocks of any size.

#include <sstream>
#include <string>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/store/archive_reader.hpp"

#include "../store/memory_source.hpp"
#include "fuzz.hpp"

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
  out.append(std::to_string(static_cast<int>(event.kind))).append(event.text);
  out.append(std::to_string(event.received.time_since_epoch().count()));
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

/// All that the archive says, its error too.
std::string read(const std::vector<std::string>& files, std::size_t block) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < files.size(); ++i) names.push_back(std::to_string(i));
  store::ArchiveReader reader{std::move(names), [&](const std::string& name) {
                                return store::memory(files[std::stoul(name)], block);
                              }};
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
  fuzz::require(read(files, size + 1) == read(files, small));
  return 0;
}
