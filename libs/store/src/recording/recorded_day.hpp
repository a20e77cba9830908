#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/order_book.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/manifest.hpp"

#include "recording/line_store.hpp"

namespace obkit::store {

/// A day-file that is being written, and its manifest where one is kept. All throw IoError; then
/// it is not to be used again.
class RecordedDay {
 public:
  /// Opens, makes where it is missing, and heals.
  RecordedDay(const std::string& path, Form form);

  /// Whether what is there can be followed by `book`, at `time`: throws IoError (During::create)
  /// for another depth or day, and for an overlap that is to be refused.
  void check_follows(const OrderBook& book, DateTime time, Overlap overlap) const;
  /// Keeps a manifest from now on, and writes it; a note where that of before was of no use.
  std::optional<std::string> keep_manifest(const RecordingOrigin& origin, const std::string& symbol,
                                           std::size_t depth);
  /// Counts a book whose line is to be written.
  void add(DateTime time, const std::optional<std::string>& gap_reason,
           const std::optional<DateTime>& before);
  /// What Manifest::continues says, where no book is counted yet.
  void begin(bool continues);

  void write(std::string_view lines) { store_->write(lines); }
  void hand_over() { store_->hand_over(); }
  [[nodiscard]] bool holds_back() const { return store_->holds_back(); }
  /// Brings file and manifest to the disk; `frames` were received since the last time.
  void sync(std::uint64_t frames);
  void check() const { store_->check(); }
  /// The manifest, which lacks the hash where the file had been begun before. Pre: nothing was
  /// written since sync().
  [[nodiscard]] std::optional<Manifest> close();

  [[nodiscard]] const std::string& path() const { return store_->path(); }
  [[nodiscard]] std::uint64_t cut_bytes() const { return store_->cut_bytes(); }
  [[nodiscard]] bool had_lines() const { return store_->last_line().has_value(); }
  /// The last book that was there; empty when the last line holds none.
  [[nodiscard]] const std::optional<OrderBook>& last_book() const { return last_book_; }

 private:
  std::unique_ptr<LineStore> store_;
  std::optional<OrderBook> last_book_;
  std::optional<Manifest> manifest_;
  bool manifest_changed_ = false;
};

}  // namespace obkit::store
