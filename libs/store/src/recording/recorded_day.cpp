#include "recording/recorded_day.hpp"

#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "bytes/file_handle.hpp"
#include "day_file/day_file_name.hpp"
#include "manifest/day_manifest.hpp"

namespace obkit::store {

namespace {

/// The book of a line; empty when it holds none.
std::optional<OrderBook> book_of(std::string_view line) {
  DayFileReader reader{std::make_unique<ViewSource>(line), "last line", BadLine::skip};
  OrderBook book;
  return reader.next(book) ? std::optional{std::move(book)} : std::nullopt;
}

bool is_book(std::string_view line) { return book_of(line).has_value(); }

std::string to_text(DateTime time) { return format_iso(to_timestamp(time).value_or(Timestamp{})); }

}  // namespace

RecordedDay::RecordedDay(const std::string& path, Form form)
    : store_{open_line_store(path, form, is_book)} {
  if (store_->last_line()) last_book_ = book_of(*store_->last_line());
}

void RecordedDay::check_follows(const OrderBook& book, DateTime time, Overlap overlap) const {
  if (!last_book_) return;
  const auto refuse = [&](const std::string& problem) {
    throw IoError{IoError::During::create, path(), problem};
  };
  if (last_book_->time.date != date_of_day_file(path())) refuse("its last book is of another day");
  if (last_book_->depth() != book.depth())
    refuse("it holds books of depth " + std::to_string(last_book_->depth()));
  if (time < last_book_->time && overlap == Overlap::refuse)
    refuse("it holds books up to " + to_text(last_book_->time) + " already");
}

std::optional<std::string> RecordedDay::keep_manifest(const RecordingOrigin& origin,
                                                      const std::string& symbol,
                                                      std::size_t depth) {
  ContinuedManifest taken = continue_manifest(path(), origin, symbol);
  manifest_ = std::move(taken.manifest);
  manifest_->depth = depth;
  write_manifest(manifest_path(path()), *manifest_);
  store_->keep_hash();
  return taken.note;
}

void RecordedDay::begin(bool continues) {
  if (manifest_ && manifest_->books == 0) manifest_->continues = continues;
}

void RecordedDay::add(DateTime time, const std::optional<std::string>& gap_reason,
                      const std::optional<DateTime>& before) {
  if (!manifest_) return;
  manifest_->add(time, gap_reason, before);
  manifest_changed_ = true;
}

void RecordedDay::sync(std::uint64_t frames) {
  store_->sync();
  if (!manifest_ || (!manifest_changed_ && frames == 0)) return;
  manifest_->bytes = store_->size();
  manifest_->frames += frames;
  write_manifest(manifest_path(path()), *manifest_);
  manifest_changed_ = false;
}

std::optional<Manifest> RecordedDay::close() {
  store_->close();
  if (manifest_) manifest_->sha256 = store_->take_hash();
  return std::move(manifest_);
}

}  // namespace obkit::store
