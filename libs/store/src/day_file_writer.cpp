#include "obkit/store/day_file_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/steady_time.hpp"

#include "append_file.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block_size = std::size_t{256} * 1024;

std::string file_safe(std::string symbol) {
  std::replace(symbol.begin(), symbol.end(), '/', '_');
  return symbol;
}

void make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw IoError{IoError::During::create, folder, error.value()};
}

/// Whether `folder` has a day-file of `symbol` that is older than `date`.
bool has_earlier(const std::string& folder, const std::string& symbol, int date) {
  const std::string name = symbol + "_" + std::to_string(date);
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error)) {
    const std::string found = entry->path().filename().string();
    if (symbol_of_day_file(found) == symbol && found.compare(0, name.size(), name) < 0) return true;
  }
  if (error) throw IoError{IoError::During::open, folder, error.value()};
  return false;
}

std::string to_text(DateTime time) { return format_iso(to_timestamp(time).value_or(Timestamp{})); }

}  // namespace

class DayFileWriter::Implementation {
 public:
  Implementation(DayFileOptions options, std::function<void(const OpenedDayFile&)> opened)
      : options_{std::move(options)},
        symbol_{file_safe(options_.symbol)},
        opened_{std::move(opened)} {}
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() {
    try {
      close();
    } catch (const IoError&) {  // NOLINT(bugprone-empty-catch): only close() can tell
    }
  }

  void write(const OrderBook& book) {
    const DateTime time = time_.next(book.time);
    if (!file_ || time.date != date_) open(book, time);
    // Opening may have raised the time to that of the last book of the file.
    const BookLineHead head{.time = time_.next(time), .gap = book.gap || restarted_};
    append_book_line(buffer_, head, book);
    if (options_.flush == Flush::each_line || buffer_.size() > block_size) flush();
    restarted_ = false;
    ++books_;
    if (head.gap) ++gaps_;
  }

  void close() {
    if (!file_) return;
    flush();
    file_->close();
    file_.reset();
  }

  [[nodiscard]] std::uint64_t books() const { return books_; }
  [[nodiscard]] std::uint64_t gaps() const { return gaps_; }
  [[nodiscard]] std::uint64_t clamped() const { return time_.clamped(); }
  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  void open(const OrderBook& book, DateTime time) {
    close();
    make_folder(options_.folder);
    const std::string path =
        (fs::path{options_.folder} / (symbol_ + "_" + std::to_string(time.date) + ".txt")).string();
    if (std::error_code ignored; fs::exists(path + ".zst", ignored))
      throw IoError{IoError::During::create, path, "that day is there already, compressed"};
    file_.emplace(path);
    date_ = time.date;
    check(book, time);
    restarted_ =
        file_->had_lines() || (files_ == 0 && has_earlier(options_.folder, symbol_, time.date));
    ++files_;
    if (opened_)
      opened_({.path = path, .had_books = file_->had_lines(), .cut_bytes = file_->cut_bytes()});
  }

  void check(const OrderBook& book, DateTime time) {
    const auto& last = file_->last_book();
    if (!last) return;
    if (last->time.date != date_)
      throw IoError{IoError::During::create, file_->path(), "its last book is of another day"};
    if (last->depth() != book.depth())
      throw IoError{IoError::During::create, file_->path(),
                    "it holds books of depth " + std::to_string(last->depth())};
    if (time < last->time && options_.overlap == Overlap::refuse)
      throw IoError{IoError::During::create, file_->path(),
                    "it holds books up to " + to_text(last->time) + " already"};
    time_.raise_to(last->time);
  }

  void flush() {
    // What could not be written is not tried again: the error has been told.
    const struct Emptied {
      std::string& buffer;
      ~Emptied() { buffer.clear(); }
    } emptied{buffer_};
    file_->write(buffer_);
  }

  DayFileOptions options_;
  std::string symbol_;
  std::function<void(const OpenedDayFile&)> opened_;
  std::optional<AppendFile> file_;
  int date_ = 0;
  bool restarted_ = false;
  SteadyTime time_;
  std::string buffer_;
  std::uint64_t books_ = 0, gaps_ = 0, files_ = 0;
};

DayFileWriter::DayFileWriter(DayFileOptions options,
                             std::function<void(const OpenedDayFile&)> opened)
    : implementation_{std::make_unique<Implementation>(std::move(options), std::move(opened))} {}
DayFileWriter::DayFileWriter(DayFileWriter&&) noexcept = default;
DayFileWriter& DayFileWriter::operator=(DayFileWriter&&) noexcept = default;
DayFileWriter::~DayFileWriter() = default;

void DayFileWriter::write(const OrderBook& book) { implementation_->write(book); }
void DayFileWriter::close() { implementation_->close(); }
std::uint64_t DayFileWriter::books() const { return implementation_->books(); }
std::uint64_t DayFileWriter::gaps() const { return implementation_->gaps(); }
std::uint64_t DayFileWriter::clamped() const { return implementation_->clamped(); }
std::uint64_t DayFileWriter::files() const { return implementation_->files(); }

}  // namespace obkit::store
