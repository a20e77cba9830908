#include "obkit/store/verify.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/book_format.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/manifest.hpp"

#include "bytes/compression.hpp"
#include "bytes/sha256.hpp"
#include "day_file/day_file_name.hpp"
#include "manifest/day_manifest.hpp"
#include "manifest/verify_parts.hpp"

namespace obkit::store {

namespace fs = std::filesystem;

namespace {

/// What a day-file itself tells, and what its manifest says.
struct VerifiedDay {
  Manifest counted;  ///< of the file: books, times, gaps, depth, bytes
  DayScan scan;
  std::string sha256;            ///< empty where not all of the file could be read
  std::uint64_t torn_bytes = 0;  ///< behind the last whole zstd frame
  std::optional<Manifest> manifest;
};

std::string shown_time(const std::optional<DateTime>& time) {
  return time ? format_iso(*time) : "none";
}

class ProblemFinder {
 public:
  ProblemFinder(const VerifiedDay& day, std::span<const std::string_view> crossing_pools,
                DayReport& report)
      : day_{day}, crossing_pools_{crossing_pools}, report_{report} {}

  void find() {
    check_lines();
    check_end();
    if (!day_.manifest) return;
    check_identity();
    check_figures();
  }

 private:
  void problem(std::string text) { report_.problems.push_back(std::move(text)); }
  void note(std::string text) { report_.notes.push_back(std::move(text)); }

  [[nodiscard]] bool may_cross(std::string_view pool) const {
    return std::find(crossing_pools_.begin(), crossing_pools_.end(), pool) != crossing_pools_.end();
  }

  void check_lines() {
    const ReadReport& read = day_.scan.report;
    if (day_.scan.damage) problem(*day_.scan.damage);
    if (read.skipped > 0)
      problem(counted(read.skipped, "malformed line") + ", the first: " + read.first_skipped);
    if (day_.scan.other_dates > 0)
      problem(counted(day_.scan.other_dates, "book") + " of another day");
    if (read.time_went_back > 0)
      problem(counted(read.time_went_back, "book") + " older than the one before");
    for (const std::string& doubt : day_.scan.doubtful_times) problem(doubt);
    const std::string pool = day_.manifest ? day_.manifest->origin.pool : "";
    if (read.crossed > 0 && !pool.empty() && !may_cross(pool))
      problem(counted(read.crossed, "book") + " crossed: best bid at or above best ask in pool " +
              pool);
    if (read.books == 0 && !day_.scan.damage) note("it holds no book");
  }

  void check_end() {
    tell_of_end(day_.torn_bytes, day_.scan.report.torn, day_.manifest && !day_.manifest->closed,
                report_);
  }

  void check_identity() {
    const Manifest& said = *day_.manifest;
    const std::string name = std::filesystem::path{report_.path}.filename();
    if (said.file != name) problem("the manifest is of the file " + said.file);
    if (file_safe(said.symbol) != symbol_of_day_file(report_.path))
      problem("the manifest is of the symbol " + said.symbol);
    if (day_.counted.books > 0 && said.depth != day_.counted.depth)
      problem("the manifest says depth " + std::to_string(said.depth) + ", found " +
              std::to_string(day_.counted.depth));
  }

  void check_figures() {
    const Manifest &said = *day_.manifest, &found = day_.counted;
    const ComparedFile file{.said = said,
                            .found = found,
                            .lines = "book",
                            .sha256 = day_.sha256,
                            .is_closed = said.closed};
    if (!compare_bytes(file, report_)) return;
    if (said.books != found.books) problem(count_problem("book", said.books, found.books));
    compare_figures(file, report_);
    check_covered();
    check_trades();
  }

  void check_trades() {
    const auto& trades = day_.manifest->trades;
    if (trades && !exists(fs::path{report_.path}.replace_filename(trades->file).string()))
      problem("its trades are missing: " + trades->file);
  }

  void check_covered() {
    constexpr double rounding = 2e-6;
    const double found = covered_share(day_.counted);
    const auto& said = day_.manifest->covered;
    if (said && std::abs(*said - found) > rounding)
      problem("the manifest says covered " + to_text(*said) + ", its books bear out " +
              to_text(found));
  }

  const VerifiedDay& day_;
  std::span<const std::string_view> crossing_pools_;
  DayReport& report_;
};

constexpr std::string_view manifest_suffix = ".manifest.json";

/// The day-file that a manifest's name stands for, plain, in `format`.
std::string day_file_of(const std::string& manifest,
                        const BookFormat& format = book_formats().front()) {
  return manifest.substr(0, manifest.size() - manifest_suffix.size()).append(format.extension);
}

/// Of a day of which trades were recorded, but no book.
bool is_of_trades_alone(const std::string& path) {
  try {
    const Manifest manifest = read_manifest(path);
    return manifest.books == 0 && manifest.trades;
  } catch (const Error&) {
    return false;
  }
}

/// A manifest beside which a day-file should stand, and does not.
bool stands_alone(const std::string& path) {
  if (!path.ends_with(manifest_suffix) || symbol_of_day_file(day_file_of(path)).empty())
    return false;
  const auto formats = book_formats();
  const bool has_none = std::none_of(formats.begin(), formats.end(), [&](const auto& format) {
    const std::string day_file = day_file_of(path, format);
    return exists(day_file) || exists(day_file + ".zst");
  });
  return has_none && !is_of_trades_alone(path);
}

std::vector<std::string> days_in(const std::string& folder) {
  std::vector<std::tuple<std::string, int, DayKind, std::string>> found;
  for (const fs::directory_entry& entry : entries_of(folder)) {
    const std::string path = entry.path().string();
    const std::string named = stands_alone(path) ? day_file_of(path) : path;
    const auto add = [&](std::optional<DatedName> name, DayKind kind) {
      if (name) found.emplace_back(std::move(name->symbol), std::stoi(name->date), kind, path);
    };
    add(parse_day_file_name(named), DayKind::books);
    add(parse_trade_file_name(path), DayKind::trades);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> days;
  days.reserve(found.size());
  for (auto& [symbol, date, kind, path] : found) days.push_back(std::move(path));
  return days;
}

VerifiedDay read_day(const std::string& path, const BookObserver& observer) {
  VerifiedDay day;
  Sha256 hash;
  auto source = decompressed(hashed(open_source(path), hash, day.counted.bytes), path);
  day.scan = scan_day(std::move(source), path, date_of_day_file(path), day.counted, observer);
  if (!day.scan.damage) day.sha256 = hash.hex();
  day.torn_bytes = torn_bytes(path);
  return day;
}

}  // namespace

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string count_problem(std::string_view what, std::uint64_t said, std::uint64_t found) {
  return "the manifest says " + counted(said, what) + ", found " + std::to_string(found);
}

bool compare_bytes(const ComparedFile& file, DayReport& report) {
  const auto problem = [&](std::string text) { report.problems.push_back(std::move(text)); };
  const FileRecord &said = file.said, &found = file.found;
  if (file.is_closed) {
    if (said.bytes != found.bytes)
      problem(count_problem("byte", said.bytes, found.bytes));
    else if (!file.sha256.empty() && said.sha256 != file.sha256)
      problem("the SHA-256 is " + file.sha256 + ", the manifest says " +
              said.sha256.value_or("none"));
    return true;
  }
  if (said.sha256) problem("the manifest has a SHA-256 though it is open");
  if (said.bytes > found.bytes) {
    problem(count_problem("byte", said.bytes, found.bytes));
    return false;
  }
  report.notes.emplace_back("the manifest is open: a recorder writes this file, or was killed");
  return said.bytes == found.bytes;
}

void compare_figures(const ComparedFile& file, DayReport& report) {
  const FileRecord &said = file.said, &found = file.found;
  const std::uint64_t borne = said.gap_count() - (said.ends_in_loss() ? 1 : 0);
  if (borne != found.gap_count())
    report.problems.push_back(count_problem("gap", borne, found.gap_count()));
  if (said.ends_in_loss() && said.last == found.last) {
    ++report.gaps;
    report.notes.push_back(std::string{file.lines} + "s are missing behind the last one, until " +
                           format_iso(said.gaps.back().to) + ": " + said.gaps.back().reason);
  }
  if (said.first != found.first || said.last != found.last)
    report.problems.push_back("the manifest says " + std::string{file.lines} + "s from " +
                              shown_time(said.first) + " to " + shown_time(said.last) + ", found " +
                              shown_time(found.first) + " to " + shown_time(found.last));
}

std::uint64_t torn_bytes(const std::string& path) {
  const FileHandle file{path, FileHandle::Access::read};
  if (compression_of(head_of(file)) != Compression::zstd) return 0;
  const FrameList frames = list_frames(file);
  return file.size() - frames.end;
}

void tell_of_end(std::uint64_t torn_bytes, const std::optional<std::string>& torn, bool is_open,
                 DayReport& report) {
  auto& told = is_open ? report.notes : report.problems;
  if (torn_bytes > 0)
    told.push_back(counted(torn_bytes, "byte") + " behind the last whole zstd frame");
  else if (torn)
    told.push_back(*torn);
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
void check_twin(DayReport& report) {
  const bool compressed = report.path.ends_with(".zst");
  const std::string twin =
      compressed ? report.path.substr(0, report.path.size() - 4) : report.path + ".zst";
  if (exists(twin)) report.problems.push_back("the same day stands in " + twin + " too");
}

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

Verifier::Verifier(std::span<const std::string_view> crossing_pools)
    : crossing_pools_{crossing_pools}, earlier_{std::make_unique<EarlierDayFiles>()} {}
Verifier::~Verifier() = default;

DayReport verify_day(const std::string& path, std::span<const std::string_view> crossing_pools) {
  return Verifier{crossing_pools}.verify(path);
}

DayReport Verifier::verify(const std::string& path, const BookObserver& observer) {
  if (!symbol_of_trade_file(path).empty()) return verify_trades(path);
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
  VerifiedDay day = read_day(path, observer);
  day.manifest = manifest_of(report);
  if (day.manifest) {
    day.counted.continues = day.manifest->continues;
  } else {
    const std::lock_guard lock{mutex_};
    day.counted.continues = began_before(path, day.counted, *earlier_);
  }
  if (day.manifest) report.symbol = day.manifest->symbol;
  if (day.manifest) report.checks = day.manifest->received.verified;
  if (report.checks.checks > 0)
    report.verified =
        static_cast<double>(report.checks.agreed) / static_cast<double>(report.checks.checks);
  report.first = day.counted.first;
  report.last = day.counted.last;
  // Of a file that is damaged more gaps are found than were told.
  const bool is_told = day.manifest && day.manifest->gaps.size() >= day.counted.gaps.size();
  report.gap_list = is_told ? day.manifest->gaps : day.counted.gaps;
  report.books = day.counted.books;
  report.gaps = day.counted.gap_count();
  report.crossed = day.scan.report.crossed;
  report.covered = covered_share(day.counted);
  check_twin(report);
  ProblemFinder{day, crossing_pools_, report}.find();
  return report;
}

}  // namespace obkit::store
