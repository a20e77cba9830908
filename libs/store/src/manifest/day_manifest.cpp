#include "manifest/day_manifest.hpp"

#include <chrono>
#include <filesystem>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"

#include "bytes/file_handle.hpp"
#include "bytes/sha256.hpp"
#include "day_file/day_file_name.hpp"

namespace obkit::store {

namespace {

void count(const OrderBook& book, Manifest& counted) {
  counted.depth = book.depth();
  const auto reason = book.gap ? std::optional<std::string>{"not known"} : std::nullopt;
  counted.add(book.time, reason, counted.last);
}

}  // namespace

DayScan scan_day(std::unique_ptr<ByteSource> source, const std::string& name, int date,
                 Manifest& counted) {
  DayScan scan;
  DayFileReader reader{std::move(source), name, BadLine::skip, counted.depth};
  try {
    for (OrderBook book; reader.next(book);) {
      if (book.time.date != date) ++scan.other_dates;
      count(book, counted);
    }
  } catch (const DataError& error) {
    scan.damage = error.what();
  }
  scan.report = reader.report();
  return scan;
}

namespace {

namespace fs = std::filesystem;

/// Counts what the file holds behind the manifest's bytes; whether all of it was good.
bool catch_up(const FileHandle& file, Manifest& manifest) {
  const std::uint64_t size = file.size();
  if (manifest.bytes > size) return false;
  const DayScan scan = scan_day(decompressed(open_range(file, manifest.bytes, size), file.path()),
                                file.path(), date_of_day_file(file.path()), manifest);
  manifest.bytes = size;
  // What opened the file healed its end: a torn line means that the bytes are no end of a line.
  return !scan.damage && !scan.report.torn && scan.report.skipped == 0;
}

/// The manifest beside the file, as it was when the file was written last; empty where there is
/// none, with a note where it cannot be used.
std::optional<Manifest> find_manifest(const std::string& day_file, const std::string& symbol,
                                      std::optional<std::string>& note) {
  const std::string path = manifest_path(day_file);
  if (std::error_code ignored; !fs::exists(path, ignored)) return std::nullopt;
  try {
    Manifest manifest = read_manifest(path);
    if (manifest.symbol == symbol && manifest.file == fs::path{day_file}.filename())
      return manifest;
    note = path + ": it is of another recording";
  } catch (const DataError& error) {
    note = error.what();
  }
  return std::nullopt;
}

}  // namespace

bool began_before(const std::string& day_file, const Manifest& manifest) {
  const bool begins_with_gap = !manifest.gaps.empty() && manifest.gaps.front().to == manifest.first;
  return manifest.books > 0 && !begins_with_gap &&
         earlier_day_file(folder_of(day_file), symbol_of_day_file(day_file),
                          date_of_day_file(day_file));
}

ContinuedManifest continue_manifest(const std::string& day_file, const RecordingOrigin& origin,
                                    const std::string& symbol) {
  ContinuedManifest taken;
  const FileHandle file{day_file, FileHandle::Access::read};
  auto found = find_manifest(day_file, symbol, taken.note);
  if (found && !catch_up(file, *found)) {
    found.reset();
    taken.note = manifest_path(day_file) + ": it does not fit the file";
  }
  if (!found) {
    found.emplace();
    found->file = fs::path{day_file}.filename();
    catch_up(file, *found);
    found->continues = began_before(day_file, *found);
  }
  taken.manifest = std::move(*found);
  taken.manifest.origin = origin;
  taken.manifest.symbol = symbol;
  taken.manifest.closed = false;
  taken.manifest.sha256.reset();
  if (taken.note) *taken.note += "; the file was counted anew";
  return taken;
}

void finish_manifest(const std::string& day_file, Manifest manifest) {
  // Whether the file is there is looked at in any case.
  const bool is_as_written =
      FileHandle{day_file, FileHandle::Access::read}.size() == manifest.bytes;
  if (!manifest.sha256 || !is_as_written) manifest.sha256 = sha256_of_file(day_file);
  manifest.closed = true;
  write_manifest(manifest_path(day_file), manifest);
}

std::optional<DateTime> last_book_of(const std::string& day_file) {
  try {
    return read_manifest(manifest_path(day_file)).last;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void ManifestFinisher::start(std::string day_file, Manifest manifest) {
  collect();
  running_ =
      std::async(std::launch::async, finish_manifest, std::move(day_file), std::move(manifest));
}

void ManifestFinisher::check() {
  if (running_.valid() && running_.wait_for(std::chrono::seconds{0}) == std::future_status::ready)
    collect();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ManifestFinisher::join() {
  collect();
  check();
}

void ManifestFinisher::collect() {
  if (!running_.valid()) return;
  try {
    running_.get();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

}  // namespace obkit::store
