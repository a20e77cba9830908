#include "obkit/store/verify.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/manifest.hpp"

#include "compression.hpp"
#include "day_file_name.hpp"
#include "day_judge.hpp"
#include "day_scan.hpp"
#include "sha256.hpp"
#include "take_up.hpp"
#include "zstd_frames.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view manifest_suffix = ".manifest.json";

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// The day-file that a manifest's name stands for, plain.
std::string day_file_of(const std::string& manifest) {
  return manifest.substr(0, manifest.size() - manifest_suffix.size()) + ".txt";
}

/// A manifest beside which no day-file stands.
bool stands_alone(const std::string& path) {
  return path.ends_with(manifest_suffix) && !symbol_of_day_file(day_file_of(path)).empty() &&
         !exists(day_file_of(path)) && !exists(day_file_of(path) + ".zst");
}

std::vector<std::string> days_in(const std::string& folder) {
  std::vector<std::tuple<std::string, int, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = entry->path().string();
    const std::string named = stands_alone(path) ? day_file_of(path) : path;
    if (const std::string symbol = symbol_of_day_file(named); !symbol.empty())
      found.emplace_back(symbol, date_of_day_file(named), path);
  }
  if (error) throw IoError{IoError::During::open, folder, error.value()};
  std::sort(found.begin(), found.end());
  std::vector<std::string> days;
  days.reserve(found.size());
  for (auto& [symbol, date, path] : found) days.push_back(std::move(path));
  return days;
}

/// Bytes behind the last whole frame, which a reader of lines may not even see.
std::uint64_t torn_bytes(const std::string& path) {
  const FileHandle file{path, FileHandle::Access::read};
  if (compression_of(head_of(file)) != Compression::zstd) return 0;
  const FrameList frames = list_frames(file);
  return file.size() - frames.end;
}

VerifiedDay read_day(const std::string& path) {
  VerifiedDay day;
  Sha256 hash;
  auto source = decompressed(hashed(open_source(path), hash, day.counted.bytes), path);
  day.scan = scan_day(std::move(source), path, date_of_day_file(path), day.counted);
  if (!day.scan.damage) day.sha256 = hash.hex();
  day.torn_bytes = torn_bytes(path);
  return day;
}

/// The manifest beside the file; empty where there is none or it cannot be read.
std::optional<Manifest> manifest_of(DayReport& report) {
  const std::string path = manifest_path(report.path);
  if (!exists(path)) {
    report.notes.emplace_back("it has no manifest");
    return std::nullopt;
  }
  try {
    return read_manifest(path);
  } catch (const DataError& error) {
    report.problems.emplace_back(error.what());
    return std::nullopt;
  }
}

/// A day that stands both plain and compressed: no reader knows which one is meant.
void judge_twin(DayReport& report) {
  const bool compressed = report.path.ends_with(".zst");
  const std::string twin =
      compressed ? report.path.substr(0, report.path.size() - 4) : report.path + ".zst";
  if (exists(twin)) report.problems.push_back("the same day stands in " + twin + " too");
}

}  // namespace

std::vector<std::string> days_of(std::span<const std::string> paths) {
  std::vector<std::string> days;
  for (const std::string& path : paths) {
    if (!exists(path)) throw IoError{IoError::During::open, path, ENOENT};
    if (!fs::is_directory(path)) {
      days.push_back(path);
      continue;
    }
    auto found = days_in(path);
    std::move(found.begin(), found.end(), std::back_inserter(days));
  }
  return days;
}

DayReport verify_day(const std::string& path) {
  DayReport report;
  report.path = path;
  const bool alone = stands_alone(path);
  const std::string named = alone ? day_file_of(path) : path;
  report.symbol = symbol_of_day_file(named);
  report.date = date_of_day_file(named);
  if (alone) {
    report.problems.emplace_back("the day-file of this manifest is missing");
    return report;
  }
  if (report.symbol.empty()) {
    report.problems.emplace_back("its name is not that of a day-file (SYMBOL_YYYYMMDD.txt)");
    return report;
  }
  VerifiedDay day = read_day(path);
  day.manifest = manifest_of(report);
  day.counted.continues = day.manifest ? day.manifest->continues : began_before(path, day.counted);
  if (day.manifest) report.symbol = day.manifest->symbol;
  report.books = day.counted.books;
  report.gaps = day.counted.gaps.size();
  report.crossed = day.scan.report.crossed;
  report.covered = covered_share(day.counted);
  judge_twin(report);
  judge(day, report);
  return report;
}

}  // namespace obkit::store
