#include "obkit/store/day_file_writer.hpp"

#include <cstddef>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/steady_time.hpp"

#include "day_file.hpp"
#include "day_file_name.hpp"
#include "gap_reasons.hpp"
#include "manifest_finisher.hpp"
#include "recording_place.hpp"
#include "take_up.hpp"

namespace obkit::store {
namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;

}  // namespace

class DayFileWriter::Implementation {
 public:
  Implementation(DayFileOptions options, std::function<void(const OpenedDayFile&)> opened)
      : options_{std::move(options)},
        symbol_{file_safe(options_.symbol)},
        opened_{std::move(opened)},
        place_{options_.folder, symbol_, options_.lock_holder} {}
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() {
    try {
      close();
    } catch (const IoError&) {  // NOLINT(bugprone-empty-catch): only close() can tell
    }
  }

  void write(const OrderBook& book, std::string_view reason) {
    ++taken_;
    if (book.gap) broken_.add(reason);
    guard([&] {
      const DateTime time = time_.next(book.time);
      if (!file_ || time.date != date_) open(book, time);
      // Opening may have raised the time to that of the last book of the file.
      append(book, time_.next(time));
      if (options_.flush == Flush::each_line || buffer_.size() > block_size) flush();
    });
    broken_.clear();
  }

  void add_frames(std::uint64_t count) { frames_ += count; }

  void sync() {
    if (file_) {
      guard([&] {
        file_->check();
        settle();
      });
    }
    finisher_.check();
  }

  void check() {
    if (file_) guard([&] { file_->check(); });
  }

  void close() {
    if (file_) guard([&] { close_file(); });
    finisher_.join();
  }

  [[nodiscard]] std::uint64_t books() const { return taken_ - lost_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t gaps() const { return now_.gaps; }
  [[nodiscard]] std::uint64_t clamped() const { return time_.clamped(); }
  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  /// What was written up to a moment.
  struct Progress {
    std::uint64_t books = 0, gaps = 0;
    std::optional<DateTime> last;
  };

  /// Where `work` throws, all that did not reach the file is lost, and it is opened afresh.
  template <class Work>
  void guard(Work work) {
    try {
      work();
    } catch (const IoError& error) {
      file_.reset();
      buffer_.clear();
      now_ = safe_;
      lost_ = taken_ - safe_.books;
      broken_.add(error);
      throw;
    }
  }

  void append(const OrderBook& book, DateTime time) {
    const bool gap = !broken_.empty();
    append_book_line(buffer_, {.time = time, .gap = gap}, book);
    file_->add(time, broken_.text(), now_.last);
    now_ = {.books = now_.books + 1, .gaps = now_.gaps + (gap ? 1 : 0), .last = time};
  }

  void flush() {
    file_->write(buffer_);
    buffer_.clear();
    if (!file_->holds_back()) safe_ = now_;
  }

  void settle() {
    flush();
    file_->hand_over();
    safe_ = now_;
    file_->sync(frames_);
    frames_ = 0;
  }

  void close_file() {
    settle();
    if (auto manifest = file_->close()) finisher_.start(file_->path(), std::move(*manifest));
    file_.reset();
  }

  void open(const OrderBook& book, DateTime time) {
    if (file_) close_file();
    place_.prepare();
    const Form wanted = options_.compress == Compress::yes ? Form::zstd : Form::plain;
    const DayFileChoice choice =
        choose_day_file(options_.folder, {.symbol = symbol_, .date = time.date}, wanted);
    file_.emplace(choice.path, choice.form);
    file_->check_follows(book, time, options_.overlap);
    OpenedDayFile found{.path = choice.path, .compressed = choice.form == Form::zstd};
    if (choice.form != wanted)
      found.notes.push_back(choice.path +
                            ": that day is there already in this form, it goes on so");
    if (options_.manifest)
      if (auto note = file_->keep_manifest(*options_.manifest, options_.symbol, book.depth()))
        found.notes.push_back(std::move(*note));
    join_on(time.date);
    found.had_books = file_->had_lines();
    found.cut_bytes = file_->cut_bytes();
    if (opened_) opened_(found);
  }

  /// How the first book to come follows what is there.
  void join_on(int date) {
    const bool first_file = files_ == 0;
    if (date_ != date) ++files_;
    date_ = date;
    if (const auto& last = file_->last_book()) {
      time_.raise_to(last->time);
      now_.last = last->time;
    }
    const auto earlier =
        first_file ? earlier_day_file(options_.folder, symbol_, date) : std::nullopt;
    if (earlier && !now_.last) now_.last = last_book_of(*earlier);
    if (broken_.empty() && (file_->had_lines() || earlier)) broken_.add("restart");
    file_->begin(!first_file && broken_.empty());
    safe_ = now_;
  }

  DayFileOptions options_;
  std::string symbol_;
  std::function<void(const OpenedDayFile&)> opened_;
  RecordingPlace place_;
  std::optional<DayFile> file_;
  int date_ = 0;
  SteadyTime time_;
  std::string buffer_;
  GapReasons broken_;
  Progress now_, safe_;  ///< taken, and surely in a file
  std::uint64_t taken_ = 0, lost_ = 0, files_ = 0, frames_ = 0;
  ManifestFinisher finisher_;
};

DayFileWriter::DayFileWriter(DayFileOptions options,
                             std::function<void(const OpenedDayFile&)> opened)
    : implementation_{std::make_unique<Implementation>(std::move(options), std::move(opened))} {}
DayFileWriter::DayFileWriter(DayFileWriter&&) noexcept = default;
DayFileWriter& DayFileWriter::operator=(DayFileWriter&&) noexcept = default;
DayFileWriter::~DayFileWriter() = default;

void DayFileWriter::write(const OrderBook& book, std::string_view reason) {
  implementation_->write(book, reason);
}
void DayFileWriter::add_frames(std::uint64_t count) { implementation_->add_frames(count); }
void DayFileWriter::sync() { implementation_->sync(); }
void DayFileWriter::check() { implementation_->check(); }
void DayFileWriter::close() { implementation_->close(); }
std::uint64_t DayFileWriter::books() const { return implementation_->books(); }
std::uint64_t DayFileWriter::lost() const { return implementation_->lost(); }
std::uint64_t DayFileWriter::gaps() const { return implementation_->gaps(); }
std::uint64_t DayFileWriter::clamped() const { return implementation_->clamped(); }
std::uint64_t DayFileWriter::files() const { return implementation_->files(); }

}  // namespace obkit::store
