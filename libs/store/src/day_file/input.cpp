#include "obkit/store/input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/archive_reader.hpp"
#include "obkit/store/book_format.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/json_line.hpp"

#include "archive/layouts.hpp"
#include "day_file/day_file_name.hpp"

namespace obkit::store {

namespace {

template <std::size_t Count>
bool ends_with_any(const std::string& name, const std::array<std::string_view, Count>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

/// What lies beside archives under names like theirs.
bool is_other_file(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 4> others{".ds", ".ds.zst", ".manifest.json", ".part"};
  const std::string name = path.filename().string();
  return name.starts_with('.') || ends_with_any(name, others) ||
         !symbol_of_day_file(name).empty() || !symbol_of_trade_file(name).empty();
}

bool is_named_like_archive(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 7> endings{".capture", ".csv", ".tsv", ".gz",
                                                    ".zst",     ".zip", ".tar"};
  return ends_with_any(path.filename().string(), endings);
}

/// Which archives are wanted.
struct ArchiveKind {
  const FrameTime& frame_time;
  TradeTables trades;
};

/// Empty for an archive without a line.
std::optional<Timestamp> first_time(const std::string& path, const ArchiveKind& kind) {
  constexpr int most = 100;
  ArchiveReader reader{{path}, open_archive_input, kind.frame_time, kind.trades};
  std::string first;
  for (int frames = 0; const auto event = reader.next();) {
    if (event->received) return event->received;
    if (event->kind == ArchiveEvent::Kind::disconnect) continue;
    if (frames++ == 0) first = shown(event->text);
    if (frames == most) break;
  }
  if (first.empty()) return std::nullopt;
  throw DataError{{.name = path, .line = 1},
                  "expected " + std::string{layouts_of_captures} +
                      ", or frames of a known venue that tell their time, found " + first};
}

std::optional<Timestamp> begin_of_archive(const std::filesystem::path& path,
                                          const ArchiveKind& kind) {
  std::error_code error;
  // A pipe would make us wait.
  if (is_other_file(path) || !std::filesystem::is_regular_file(path, error)) return std::nullopt;
  try {
    return first_time(path.string(), kind);
  } catch (const DataError&) {
    if (is_named_like_archive(path)) throw;
  }
  return std::nullopt;
}

namespace fs = std::filesystem;

/// A file of a folder, in the order that a reader wants.
struct Candidate {
  std::string series;  ///< symbol of a capture, whose days go on one in the other; else empty
  std::string date;    ///< YYYYMMDD, of an archive ISO 8601; empty sorts first
  std::string name;    ///< in the folder, without .zst (.gz) and the extension of its kind
  fs::path path;

  bool operator<(const Candidate& other) const {
    return std::tie(series, date, name, path) <
           std::tie(other.series, other.date, other.name, other.path);
  }
};

std::optional<Candidate> archive_candidate(const fs::path& path, const fs::path& folder,
                                           const ArchiveKind& kind) {
  const auto begin = begin_of_archive(path, kind);
  if (!begin) return std::nullopt;
  Candidate found{.series = {},
                  .date = format_iso(*begin, 9),
                  .name = path.lexically_relative(folder).string(),
                  .path = path};
  static_cast<void>(cut_suffix(found.name, ".zst") || cut_suffix(found.name, ".gz"));
  std::string stem = found.name;
  if (cut_suffix(stem, ".capture"))
    if (auto dated = parse_dated_name(stem)) found.series = std::move(dated->symbol);
  return found;
}

/// Those in its folders, too. Links to folders are not followed, which may lead in a circle.
std::vector<Candidate> archives_in(const fs::path& folder, const ArchiveKind& kind) {
  std::vector<Candidate> found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error)) {
    const bool is_folder = entry->is_directory() && !entry->is_symlink();
    if (is_folder && entry->path().filename().string().starts_with('.'))
      entry.disable_recursion_pending();
    else if (!is_folder)
      if (auto file = archive_candidate(entry->path(), folder, kind))
        found.push_back(std::move(*file));
  }
  if (error) throw IoError{IoError::During::open, folder.string(), error.value()};
  return found;
}

/// Of such a file that is not compressed. Pre: it is no archive.
std::string_view extension_of(FileKind kind, const std::string& name) {
  if (kind == FileKind::dataset) return ".ds";
  return kind == FileKind::trade_file ? trades_extension : format_of(name).extension;
}

std::optional<Candidate> candidate(const fs::path& path, FileKind kind) {
  Candidate found{.series = {}, .date = {}, .name = path.filename().string(), .path = path};
  cut_suffix(found.name, ".zst");
  if (!cut_suffix(found.name, extension_of(kind, found.name))) return std::nullopt;
  auto dated = parse_dated_name(found.name);
  if (kind != FileKind::dataset && !dated) return std::nullopt;
  if (dated) found.date = std::move(dated->date);
  return found;
}

std::vector<Candidate> files_in(const std::string& folder, FileKind kind) {
  std::vector<Candidate> found;
  std::error_code ignored;
  for (const fs::directory_entry& entry : entries_of(folder))
    if (!entry.is_directory(ignored))
      if (auto file = candidate(entry.path(), kind)) found.push_back(std::move(*file));
  return found;
}

void refuse_twins(const std::vector<Candidate>& files) {
  const auto twin = std::adjacent_find(
      files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twin != files.end())
    throw UsageError{"the same day twice: " + twin->path.string() + " and " +
                     std::next(twin)->path.string() + "; name the one to read"};
}

std::string_view nothing_of(FileKind kind) {
  switch (kind) {
    case FileKind::day_file:
      return "no day-file (SYMBOL_YYYYMMDD.txt) in this folder";
    case FileKind::dataset:
      return "no dataset (NAME.ds) in this folder";
    case FileKind::trade_file:
      return "no trades of an exchange (SYMBOL_YYYYMMDD.trades.txt) in this folder";
    case FileKind::archive:
      return "no capture or archive (NAME.capture.zst, NAME.csv.gz, …) in this folder";
  }
  return "";
}

void append_folder(std::vector<std::string>& inputs, const std::string& folder, FileKind kind,
                   const ArchiveKind& archives) {
  auto files = kind == FileKind::archive ? archives_in(folder, archives) : files_in(folder, kind);
  if (files.empty()) throw IoError{IoError::During::open, folder, nothing_of(kind)};
  std::sort(files.begin(), files.end());
  refuse_twins(files);
  for (const auto& file : files) inputs.push_back(file.path.string());
}

/// Each of the two files names both.
void leave_pairs_once(std::vector<std::string>& inputs) {
  std::set<std::string> known;
  const auto is_second = [&](const std::string& input) {
    const auto name = parse_lobster_name(input);
    return name && !known.insert(name->messages).second;
  };
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(), is_second), inputs.end());
}

}  // namespace

std::vector<std::string> expand_inputs(std::span<const std::string> paths, FileKind kind,
                                       const FrameTime& frame_time, TradeTables trades) {
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::error_code error;
    const auto status =
        path == "-" ? fs::file_status{fs::file_type::fifo} : fs::status(path, error);
    if (!fs::exists(status))
      throw IoError{IoError::During::open, path, error ? error.value() : ENOENT};
    if (fs::is_directory(status))
      append_folder(inputs, path, kind, {.frame_time = frame_time, .trades = trades});
    else
      inputs.push_back(path);
  }
  if (kind == FileKind::archive) leave_pairs_once(inputs);
  return inputs;
}

std::optional<std::string> days_out_of_order(std::span<const std::string> files, FileKind kind) {
  std::map<std::string, std::pair<std::string, std::string>> latest;  // of a symbol: day, file
  for (const auto& file : files) {
    const std::string symbol =
        kind == FileKind::day_file ? symbol_of_day_file(file) : symbol_of_dataset(file);
    if (symbol.empty()) continue;
    const auto name = fs::path{file}.filename().string();
    const std::string day = name.substr(symbol.size() + 1, std::string_view{"YYYYMMDD"}.size());
    const auto [before, is_first] = latest.try_emplace(symbol, day, file);
    if (!is_first && day <= before->second.first)
      return "days out of order: " + file + " comes behind " + before->second.second;
    before->second = {day, file};
  }
  return std::nullopt;
}

std::string symbol_of_day_file(const std::string& path) {
  auto name = parse_day_file_name(path);
  return name ? std::move(name->symbol) : std::string{};
}

std::string symbol_of_trade_file(const std::string& path) {
  auto name = parse_trade_file_name(path);
  return name ? std::move(name->symbol) : std::string{};
}

std::string symbol_of_dataset(const std::string& path) {
  std::string name = fs::path{path}.filename().string();
  static_cast<void>(cut_suffix(name, ".zst") || cut_suffix(name, ".gz"));
  if (!cut_suffix(name, ".ds") && !cut_suffix(name, ".npz")) return {};
  auto dated = parse_dated_name(name);
  return dated ? std::move(dated->symbol) : std::string{};
}

}  // namespace obkit::store
