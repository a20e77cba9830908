#include "manifest/day_manifest.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/input.hpp"

#include "bytes/file_handle.hpp"
#include "bytes/sha256.hpp"
#include "day_file/day_file_name.hpp"
#include "manifest/trade_record.hpp"
#include "recording/recording_folder.hpp"

namespace obkit::store {

namespace {

void count(const OrderBook& book, Manifest& counted) {
  counted.depth = book.depth();
  const auto reason = book.gap ? std::optional<std::string>{"not known"} : std::nullopt;
  counted.add(book.time, reason, counted.last);
}

}  // namespace

namespace {

/// Looks for times that stand still though receive times go on, and for a leap that receive times
/// know nothing of.
class TimeWatch {
 public:
  void add(const OrderBook& book);
  /// What was found, a line each; `counted` are the same books.
  [[nodiscard]] std::vector<std::string> findings(const Manifest& counted) const;

 private:
  /// Books between two times, or of one.
  struct Stretch {
    DateTime from, to;
    std::uint64_t books = 0;
    std::chrono::nanoseconds received{0};  ///< that passed by receive times

    [[nodiscard]] std::chrono::nanoseconds time() const {
      return to_timestamp(to).value_or(Timestamp{}) - to_timestamp(from).value_or(Timestamp{});
    }
  };

  Stretch run_;                   ///< books of the latest time
  Timestamp run_began_;           ///< receive time of the first of them
  Stretch still_, leap_;          ///< the longest
  std::optional<DateTime> last_;  ///< time of the book before
  Timestamp last_received_;
};

void TimeWatch::add(const OrderBook& book) {
  if (!book.recv) return;
  const bool goes_on = last_ && *last_ == book.time && !book.gap;
  if (!goes_on) {
    if (last_ && !book.gap) {
      const Stretch leap{*last_, book.time, 1, *book.recv - last_received_};
      if (leap.time() > leap_.time()) leap_ = leap;
    }
    run_ = {.from = book.time, .to = book.time};
    run_began_ = *book.recv;
  }
  ++run_.books;
  run_.received = *book.recv - run_began_;
  if (run_.received > still_.received) still_ = run_;
  last_ = book.time;
  last_received_ = *book.recv;
}

std::vector<std::string> TimeWatch::findings(const Manifest& counted) const {
  constexpr std::uint64_t many_books = 10;
  constexpr std::chrono::seconds long_still{2};
  constexpr std::chrono::minutes long_leap{10};
  constexpr int far_less = 100;
  std::vector<std::string> found;
  const auto seconds = [](std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::round<std::chrono::seconds>(time).count()) + " s";
  };
  if (still_.books >= many_books && still_.received >= long_still)
    found.push_back("the time stands still at " + format_iso(still_.from) + " for " +
                    obkit::counted(still_.books, "book") + ", received within " +
                    seconds(still_.received));
  const Stretch all{counted.first.value_or(DateTime{}), counted.last.value_or(DateTime{})};
  if (leap_.time() > long_leap && leap_.time() * 2 > all.time() &&
      leap_.received < leap_.time() / far_less)
    found.push_back("what is covered is not borne out: no book from " + format_iso(leap_.from) +
                    " to " + format_iso(leap_.to) + ", though they were received within " +
                    seconds(leap_.received));
  return found;
}

}  // namespace

DayScan scan_day(std::unique_ptr<ByteSource> source, const std::string& name, int date,
                 Manifest& counted, const BookObserver& observer) {
  DayScan scan;
  TimeWatch times;
  DayFileReader reader{std::move(source), name, BadLine::skip, counted.depth};
  try {
    for (OrderBook book; reader.next(book);) {
      if (book.time.date != date) ++scan.other_dates;
      count(book, counted);
      times.add(book);
      if (observer) observer(book);
    }
  } catch (const DataError& error) {
    scan.damage = error.what();
  }
  scan.report = reader.report();
  scan.doubtful_times = times.findings(counted);
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
  } catch (const Error& error) {  // not even readable: no reason not to record
    note = error.what();
  }
  return std::nullopt;
}

}  // namespace

bool began_before(const std::string& day_file, const Manifest& manifest, EarlierDayFiles& earlier) {
  const bool begins_with_gap = !manifest.gaps.empty() && manifest.gaps.front().to == manifest.first;
  return manifest.books > 0 && !begins_with_gap &&
         earlier.find(folder_of(day_file), symbol_of_day_file(day_file),
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
    EarlierDayFiles earlier;
    found->continues = began_before(day_file, *found, earlier);
  }
  taken.manifest = std::move(*found);
  const InstrumentTerms known = taken.manifest.origin.instrument;
  taken.manifest.origin = origin;
  // Whoever recorded it before may have asked for them.
  if (origin.instrument == InstrumentTerms{}) taken.manifest.origin.instrument = known;
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
  replace_books(manifest_path(day_file), std::move(manifest));
}

std::optional<DateTime> last_book_of(const std::string& day_file) {
  try {
    return read_manifest(manifest_path(day_file)).last;
  } catch (const Error&) {
    return std::nullopt;
  }
}

namespace {

/// Whether it is there: a file that was taken away is found by its writer.
bool bring_to_disk(const std::string& path, DiskWork::Entry entry) {
  try {
    const FileHandle file{path, FileHandle::Access::again};
    file.sync();
  } catch (const IoError& error) {
    if (error.error_number() == ENOENT || error.error_number() == ENOTDIR) return false;
    throw;
  }
  if (entry == DiskWork::Entry::is_new) sync_folder(folder_of(path));
  return true;
}

}  // namespace

template <class Work>
bool DiskWork::Outcome::attempt(std::optional<IoError>& failure, Work work) {
  try {
    work();
    return true;
  } catch (const IoError& error) {
    const std::lock_guard lock{mutex};
    failure = error;
    return false;
  }
}

void DiskWork::Outcome::manifest_is_well() {
  const std::lock_guard lock{mutex};
  manifest.reset();
}

bool DiskWork::is_busy() const {
  return running_.valid() &&
         running_.wait_for(std::chrono::seconds{0}) != std::future_status::ready;
}

void DiskWork::wait() const {
  if (running_.valid()) running_.wait();
}

void DiskWork::start(std::function<void()> work) {
  auto in_turn = [before = running_, work = std::move(work)]() mutable {
    if (before.valid()) before.wait();  // it was taken by a thread earlier, so it will be done
    // A future keeps its work: each would keep the one before, and the manifests of all.
    before = {};
    std::exchange(work, nullptr)();
  };
  running_ = pool_ != nullptr ? pool_->implementation().worker().post(std::move(in_turn)).share()
                              : std::async(std::launch::async, std::move(in_turn)).share();
}

void DiskWork::sync(std::string path, std::optional<Manifest> manifest, Entry entry) {
  std::function<void()> describe;
  if (manifest)
    describe = [to = manifest_path(path), made = std::move(*manifest)] { replace_books(to, made); };
  sync(std::move(path), std::move(describe), entry);
}

void DiskWork::sync(std::string path, std::function<void()> describe, Entry entry) {
  start([outcome = outcome_, file = std::move(path), describe = std::move(describe), entry] {
    bool is_there = false;
    const bool is_safe =
        outcome->attempt(outcome->file, [&] { is_there = bring_to_disk(file, entry); });
    if (!is_safe || !is_there || !describe) return;
    outcome->attempt(outcome->manifest, [&] {
      describe();
      outcome->manifest_is_well();
    });
  });
}

void DiskWork::finish(std::string day_file, Manifest manifest) {
  auto describe = [day_file, made = std::move(manifest)] { finish_manifest(day_file, made); };
  finish(std::move(day_file), std::move(describe));
}

void DiskWork::finish(std::string file, std::function<void()> describe) {
  start([outcome = outcome_, file = std::move(file), describe = std::move(describe)] {
    outcome->attempt(outcome->finish, [&] {
      FileHandle{file, FileHandle::Access::again}.sync();
      describe();
      outcome->manifest_is_well();
    });
  });
}

bool DiskWork::lacks_manifest() const {
  const std::lock_guard lock{outcome_->mutex};
  return outcome_->manifest.has_value();
}

void DiskWork::check_file() {
  const std::lock_guard lock{outcome_->mutex};
  if (const auto failure = std::exchange(outcome_->file, std::nullopt)) throw IoError{*failure};
}

void DiskWork::check_manifests() {
  const std::lock_guard lock{outcome_->mutex};
  if (const auto failure = std::exchange(outcome_->finish, std::nullopt))
    throw ManifestError{*failure};
  if (outcome_->manifest) throw ManifestError{*outcome_->manifest};
}

}  // namespace obkit::store
