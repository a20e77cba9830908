#include "day_recording.hpp"

#include <cerrno>
#include <cstddef>
#include <utility>

#include "obkit/core/error.hpp"

#include "day_file_name.hpp"
#include "take_up.hpp"

namespace obkit::store {
namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;

}  // namespace

DayRecording::DayRecording(DayFileOptions options, std::function<void(const OpenedDayFile&)> opened)
    : options_{std::move(options)},
      symbol_{file_safe(options_.symbol)},
      opened_{std::move(opened)},
      place_{options_.folder, symbol_, options_.lock_holder} {}

DayRecording::~DayRecording() {
  try {
    close();
  } catch (const IoError&) {  // NOLINT(bugprone-empty-catch): only close() can tell
  }
}

template <class Work>
void DayRecording::guard(Work work) {
  try {
    work();
  } catch (const IoError& error) {
    file_.reset();
    buffer_.clear();
    tally_.lose();
    broken_.add(error);
    throw;
  }
}

void DayRecording::write(const OrderBook& book, std::string_view reason) {
  tally_.take();
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

void DayRecording::sync() {
  if (file_) {
    guard([&] {
      file_->check();
      settle();
    });
  }
  finisher_.check();
}

void DayRecording::check() {
  if (file_) guard([&] { file_->check(); });
}

void DayRecording::close() {
  if (file_) guard([&] { close_file(); });
  finisher_.join();
}

void DayRecording::append(const OrderBook& book, DateTime time) {
  const bool gap = !broken_.empty();
  lines_.append(buffer_, {.time = time, .gap = gap}, book);
  file_->add(time, broken_.text(), tally_.last());
  tally_.pass_on(gap, time);
}

void DayRecording::flush() {
  file_->write(buffer_);
  buffer_.clear();
  if (!file_->holds_back()) tally_.confirm();
}

void DayRecording::settle() {
  flush();
  file_->hand_over();
  tally_.confirm();
  file_->sync(frames_);
  frames_ = 0;
}

void DayRecording::close_file() {
  settle();
  if (auto manifest = file_->close()) finisher_.start(file_->path(), std::move(*manifest));
  file_.reset();
}

void DayRecording::open(const OrderBook& book, DateTime time) {
  if (file_) close_file();
  place_.prepare();
  const Form wanted = options_.compress == Compress::yes ? Form::zstd : Form::plain;
  const auto [path, form] =
      choose_day_file(options_.folder, {.symbol = symbol_, .date = time.date}, wanted);
  file_.emplace(path, form);
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
  if (opened_) opened_(found);
}

/// How the first book to come follows what is there; a note about the day before.
std::optional<std::string> DayRecording::join_on(int date) {
  const bool first_file = files_ == 0;
  if (date_ != date) ++files_;
  date_ = date;
  if (const auto& last = file_->last_book()) {
    time_.raise_to(last->time);
    tally_.set_last(last->time);
  }
  const auto earlier = first_file ? earlier_day_file(options_.folder, symbol_, date) : std::nullopt;
  if (earlier && !tally_.last()) tally_.set_last(last_book_of(*earlier));
  if (broken_.empty() && (file_->had_lines() || earlier)) broken_.add("restart");
  file_->begin(!first_file && broken_.empty());
  return earlier && options_.manifest ? finish(*earlier) : std::nullopt;
}

/// Heals a day that a killed recorder left behind, and finishes its manifest; why it cannot be.
std::optional<std::string> DayRecording::finish(const std::string& earlier) {
  try {
    const Manifest left = read_manifest(manifest_path(earlier));
    if (left.closed) return std::nullopt;
    DayFile file{earlier, form_of(earlier)};
    auto note = file.keep_manifest(left.origin, left.symbol, left.depth);
    if (auto manifest = file.close()) finisher_.start(earlier, std::move(*manifest));
    return note;
  } catch (const DataError& error) {
    return error.what();
  } catch (const IoError& error) {  // without a manifest there is nothing to finish
    return error.error_number() == ENOENT ? std::nullopt : std::optional<std::string>{error.what()};
  }
}

}  // namespace obkit::store
