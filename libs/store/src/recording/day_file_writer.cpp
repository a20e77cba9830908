#include "obkit/store/day_file_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/json_line.hpp"

#include "day_file/day_file_name.hpp"
#include "manifest/day_manifest.hpp"
#include "recording/gap_reasons.hpp"
#include "recording/line_store.hpp"
#include "recording/recording_folder.hpp"

namespace obkit::store {

std::string name_of_symbol(const std::string& symbol) {
  const bool is_plain = std::none_of(symbol.begin(), symbol.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
  });
  if (symbol.empty() || symbol.front() == '.' || !is_plain)
    throw DataError{{.name = "symbol " + shown(symbol)}, "no file can be named after it"};
  return file_safe(symbol);
}

/// What a DayFileWriter does: see there.
class DayFileWriter::Implementation {
 public:
  Implementation(DayFileOptions options, std::function<void(const OpenedDayFile&)> opened);
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation();

  void write(BookView book, std::string_view reason);
  void skip(std::string_view reason);
  void lose_end(DateTime until, std::string_view reason);
  void add(const FrameCounts& received) { received_.add(received); }
  void sync();
  void begin_sync();
  void check();
  void close();

  void set_venue(std::string venue) {
    if (options_.manifest) options_.manifest->venue = std::move(venue);
  }
  void describe(InstrumentTerms terms) {
    if (file_) file_->describe(terms);
    if (options_.manifest) options_.manifest->instrument = std::move(terms);
  }
  [[nodiscard]] const WriteTally& tally() const { return tally_; }
  [[nodiscard]] std::uint64_t gaps() const {
    const bool lost_last = tally_.kept() > 0 && !broken_.empty();  // no file could declare that
    return tally_.gaps() + (ends_in_loss_ || lost_last ? 1 : 0);
  }
  [[nodiscard]] std::uint64_t clamped() const { return time_.clamped(); }
  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  /// Where `work` throws an IoError, all that did not reach the file is lost, and the next book
  /// opens it afresh.
  template <class Work>
  void guard(Work work);

  void hand_to_disk();
  void check_disk();
  void append(BookView book, DateTime time);
  void flush();
  void settle();
  void close_file();
  void open(const OrderBook& book, DateTime time);
  [[nodiscard]] OpenFiles* open_files() const {
    return options_.pool ? &options_.pool->implementation().files() : nullptr;
  }
  [[nodiscard]] std::optional<std::string> earlier_file(int date) const {
    if (!options_.pool) return earlier_day_file(options_.folder, symbol_, date);
    return options_.pool->implementation().earlier_day_files().find(options_.folder, symbol_, date);
  }
  std::optional<std::string> join_on(int date);
  std::optional<std::string> finish(const std::string& earlier);

  DayFileOptions options_;
  std::string symbol_;  ///< as names of files bear it
  std::function<void(const OpenedDayFile&)> opened_;
  RecordingFolder place_;
  std::optional<RecordedDay> file_;
  int date_ = 0;  ///< of the file, or of the last one
  SteadyTime time_;
  std::unique_ptr<BookLines> lines_;
  std::string buffer_;         ///< lines for the file
  GapReasons broken_;          ///< why the next book will bear a gap
  bool ends_in_loss_ = false;  ///< that was declared, as no book follows
  WriteTally tally_;
  std::uint64_t files_ = 0;
  FrameCounts received_;  ///< that no manifest has yet
  DiskWork disk_;
};

DayFileWriter::Implementation::Implementation(DayFileOptions options,
                                              std::function<void(const OpenedDayFile&)> opened)
    : options_{std::move(options)},
      symbol_{name_of_symbol(options_.symbol)},
      opened_{std::move(opened)},
      place_{options_.folder, symbol_, options_.lock_holder, options_.pool.get()},
      lines_{options_.format->make_lines()},
      disk_{options_.pool.get()} {}

DayFileWriter::Implementation::~Implementation() {
  try {
    close();
  } catch (const IoError&) {  // NOLINT(bugprone-empty-catch): only close() can tell
  }
}

template <class Work>
void DayFileWriter::Implementation::guard(Work work) {
  tally_.guard(work, [this](const IoError& error) {
    file_.reset();
    buffer_.clear();
    broken_.add(error);
  });
}

void DayFileWriter::Implementation::write(BookView book, std::string_view reason) {
  tally_.take();
  if (book->gap) broken_.add(reason);
  ends_in_loss_ = false;
  guard([&] {
    const DateTime time = time_.next(book->time);
    if (!file_ || time.date != date_) open(*book, time);
    // Opening may have raised the time to that of the last book of the file.
    append(book, time_.next(time));
    if (options_.flush == Flush::each_line || buffer_.size() > most_buffered) flush();
  });
  broken_.clear();
}

void DayFileWriter::Implementation::skip(std::string_view reason) {
  tally_.skip();
  broken_.add(reason);
}

void DayFileWriter::Implementation::lose_end(DateTime until, std::string_view reason) {
  broken_.add(reason);
  if (!file_) return;
  file_->lose_end(std::min(until, last_moment_of(date_)), *broken_.text());
  ends_in_loss_ = true;
}

void DayFileWriter::Implementation::sync() {
  disk_.wait();
  hand_to_disk();
  disk_.wait();
  check_disk();
}

void DayFileWriter::Implementation::begin_sync() {
  hand_to_disk();
  disk_.check_manifests();
}

void DayFileWriter::Implementation::hand_to_disk() {
  guard([&] { disk_.check_file(); });
  if (!file_) return;
  guard([&] {
    file_->check();
    settle();
  });
  if (!disk_.is_busy())
    disk_.sync(file_->path(),
               file_->snapshot(std::exchange(received_, {}), disk_.lacks_manifest()));
}

/// What the disk said meanwhile.
void DayFileWriter::Implementation::check_disk() {
  guard([&] { disk_.check_file(); });
  disk_.check_manifests();
}

void DayFileWriter::Implementation::check() {
  if (file_) guard([&] { file_->check(); });
}

void DayFileWriter::Implementation::close() {
  if (file_) guard([&] { close_file(); });
  disk_.wait();
  check_disk();
}

void DayFileWriter::Implementation::append(BookView book, DateTime time) {
  const bool gap = !broken_.empty();
  lines_->append(buffer_, {.time = time, .gap = gap}, book);
  file_->add(time, broken_.text(), tally_.last());
  tally_.pass_on(gap, time);
}

void DayFileWriter::Implementation::flush() {
  file_->write(buffer_);
  buffer_.clear();
  if (!file_->holds_back()) tally_.confirm();
}

void DayFileWriter::Implementation::settle() {
  flush();
  file_->hand_over();
  tally_.confirm();
}

void DayFileWriter::Implementation::close_file() {
  settle();
  const std::string path = file_->path();
  auto manifest = file_->close(std::exchange(received_, {}));
  if (manifest)
    disk_.finish(path, std::move(*manifest));
  else
    disk_.sync(path, std::nullopt);
  file_.reset();
}

void DayFileWriter::Implementation::open(const OrderBook& book, DateTime time) {
  if (file_ && !broken_.empty()) file_->lose_end(last_moment_of(date_), *broken_.text());
  if (file_) close_file();
  if (time.date == date_) disk_.wait();  // it may write that day's manifest
  place_.prepare();
  const Form wanted = options_.compress == Compress::yes ? Form::zstd : Form::plain;
  const auto [path, form] = choose_day_file(
      options_.folder,
      {.symbol = symbol_, .date = time.date, .extension = options_.format->extension}, wanted);
  file_.emplace(path, form, open_files());
  file_->check_follows(book, time, options_.overlap);
  OpenedDayFile found{.path = path,
                      .had_books = file_->had_lines(),
                      .cut_bytes = file_->cut_bytes(),
                      .compressed = form == Form::zstd};
  if (form != wanted)
    found.notes.push_back(path + ": that day is there already in this form, it goes on so");
  if (options_.manifest)
    if (auto note = file_->keep_manifest(*options_.manifest, options_.symbol, book.depth()))
      found.notes.push_back(std::move(*note));
  if (auto note = join_on(time.date)) found.notes.push_back(std::move(*note));
  disk_.sync(path, file_->snapshot({}, true), DiskWork::Entry::is_new);
  if (!options_.pool) disk_.wait();
  if (opened_) opened_(found);
}

/// How the first book to come follows what is there; a note about the day before.
std::optional<std::string> DayFileWriter::Implementation::join_on(int date) {
  const bool first_file = files_ == 0;
  if (date_ != date) ++files_;
  date_ = date;
  if (const auto& last = file_->last_book()) {
    time_.raise_to(last->time);
    tally_.set_last(last->time);
  }
  const auto earlier = first_file ? earlier_file(date) : std::nullopt;
  if (earlier && !tally_.last()) tally_.set_last(last_book_of(*earlier));
  if (broken_.empty() && (file_->had_lines() || earlier)) broken_.add("restart");
  file_->begin(!first_file && broken_.empty());
  return earlier && options_.manifest ? finish(*earlier) : std::nullopt;
}

/// Heals a day that a killed recorder left behind, and finishes its manifest; why it cannot be.
std::optional<std::string> DayFileWriter::Implementation::finish(const std::string& earlier) {
  try {
    const Manifest left = read_manifest(manifest_path(earlier));
    if (left.closed) return std::nullopt;
    RecordedDay file{earlier, form_of(earlier), open_files()};
    auto note = file.keep_manifest(left.origin, left.symbol, left.depth);
    if (auto manifest = file.close({})) disk_.finish(earlier, std::move(*manifest));
    return note;
  } catch (const DataError& error) {
    return error.what();
  } catch (const IoError& error) {  // without a manifest there is nothing to finish
    return error.error_number() == ENOENT ? std::nullopt : std::optional<std::string>{error.what()};
  }
}

DayFileWriter::DayFileWriter(DayFileOptions options,
                             std::function<void(const OpenedDayFile&)> opened)
    : implementation_{std::make_unique<Implementation>(std::move(options), std::move(opened))} {}
DayFileWriter::DayFileWriter(DayFileWriter&&) noexcept = default;
DayFileWriter& DayFileWriter::operator=(DayFileWriter&&) noexcept = default;
DayFileWriter::~DayFileWriter() = default;

void DayFileWriter::set_venue(std::string venue) { implementation_->set_venue(std::move(venue)); }
void DayFileWriter::describe(InstrumentTerms terms) { implementation_->describe(std::move(terms)); }
void DayFileWriter::write(BookView book, std::string_view reason) {
  implementation_->write(book, reason);
}
void DayFileWriter::skip(std::string_view reason) { implementation_->skip(reason); }
void DayFileWriter::lose_end(DateTime until, std::string_view reason) {
  implementation_->lose_end(until, reason);
}
void DayFileWriter::add(const FrameCounts& received) { implementation_->add(received); }
void DayFileWriter::sync() { implementation_->sync(); }
void DayFileWriter::begin_sync() { implementation_->begin_sync(); }
void DayFileWriter::check() { implementation_->check(); }
void DayFileWriter::close() { implementation_->close(); }
std::uint64_t DayFileWriter::books() const { return implementation_->tally().kept(); }
std::uint64_t DayFileWriter::lost() const { return implementation_->tally().lost(); }
std::uint64_t DayFileWriter::gaps() const { return implementation_->gaps(); }
std::uint64_t DayFileWriter::clamped() const { return implementation_->clamped(); }
std::uint64_t DayFileWriter::files() const { return implementation_->files(); }

}  // namespace obkit::store
