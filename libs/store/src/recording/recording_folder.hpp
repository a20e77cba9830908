#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/writer_pool.hpp"

#include "day_file/day_file_name.hpp"
#include "recording/line_store.hpp"

namespace obkit::store {

/// A day-file that is being written, and its manifest where one is kept. All throw IoError; then
/// it is not to be used again. A manifest that cannot be replaced is no such error: it is tried
/// again with each sync().
class RecordedDay {
 public:
  /// Opens, makes where it is missing, and heals. `pool` as AppendFile's.
  RecordedDay(const std::string& path, Form form, OpenFiles* pool = nullptr);

  /// Whether what is there can be followed by `book`, at `time`: throws IoError (During::create)
  /// for another depth or day, and for an overlap that is to be refused.
  void check_follows(const OrderBook& book, DateTime time, Overlap overlap) const;
  /// Keeps a manifest from now on; a note where that of before was of no use.
  std::optional<std::string> keep_manifest(const RecordingOrigin& origin, const std::string& symbol,
                                           std::size_t depth);
  /// What its manifest says of the instrument from now on.
  void describe(const InstrumentTerms& terms);
  /// Counts a book whose line is to be written.
  void add(DateTime time, const std::optional<std::string>& gap_reason,
           const std::optional<DateTime>& before);
  /// As Manifest::lose_end().
  void lose_end(DateTime until, const std::string& reason);
  /// What Manifest::continues says, where no book is counted yet.
  void begin(bool continues);

  void write(std::string_view lines) { store_->write(lines); }
  void hand_over() { store_->hand_over(); }
  [[nodiscard]] bool holds_back() const { return store_->holds_back(); }
  /// The manifest as it is to be on the disk; what was `received` since the last time. Empty
  /// where nothing is new, unless `anyway`.
  [[nodiscard]] std::optional<Manifest> snapshot(const FrameCounts& received, bool anyway = false);
  void check() const { store_->check(); }
  /// Pre: nothing is held back. The manifest, which lacks the hash where the file had been begun
  /// before; `received` as in snapshot().
  [[nodiscard]] std::optional<Manifest> close(const FrameCounts& received);

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

/// `FOLDER/.recorder.lock`, open: each name that is locked is one byte of it.
class LockFile {
 public:
  /// Makes it where it is missing; a link is not followed. Throws IoError.
  explicit LockFile(const std::string& folder);

  /// Whether the path names this file still.
  [[nodiscard]] bool in_place() const;
  /// Whether it was free. Throws IoError.
  [[nodiscard]] bool take(const std::string& name);
  void free(const std::string& name);

 private:
  FileHandle file_;
  struct stat status_;
  std::set<std::string> taken_;  ///< by this process: locks of one open file do not meet
};

/// Does pieces of work in the order in which they come, a few at a time: what they wait for is a
/// disk, which takes several at once.
class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Does what is left.
  ~Worker();

  [[nodiscard]] std::future<void> post(std::function<void()> work);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::packaged_task<void()>> queue_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

class WriterPool::Implementation {
 public:
  explicit Implementation(std::size_t files) : files_{files} {}

  [[nodiscard]] OpenFiles& files() { return files_; }
  [[nodiscard]] Worker& worker() { return worker_; }
  /// That of the folder as it is now. Throws IoError.
  [[nodiscard]] std::shared_ptr<LockFile> lock_file(const std::string& folder);
  [[nodiscard]] EarlierDayFiles& earlier_day_files() { return earlier_; }

 private:
  OpenFiles files_;
  EarlierDayFiles earlier_;
  std::map<std::string, std::shared_ptr<LockFile>> lock_files_;
  Worker worker_;
};

/// The right to write the files of one symbol in one folder, against other processes and other
/// writers of this one.
///
/// It is a lock on a byte of `FOLDER/.recorder.lock`, by an open file of its own or that of a pool,
/// and goes with the process, however that ends. `FOLDER/.SYMBOL.lock` says who has it. The files
/// stay behind: they mean nothing without the lock.
class FolderLock {
 public:
  /// `holder` is what others are told, one line: "process 1234 on host books1 since
  /// 2024-08-08T00:00:00Z". A `/` in the symbol becomes `_`. Throws IoError (During::create) that
  /// says who holds it, or why the file cannot be made.
  FolderLock(const std::string& folder, const std::string& symbol, std::string_view holder,
             WriterPool* pool = nullptr);
  FolderLock(FolderLock&& other) noexcept = default;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

  /// Whether the lock's file still stands there: a folder that was removed takes it along, and
  /// whoever makes the folder again can take the lock anew.
  [[nodiscard]] bool in_place() const { return file_->in_place(); }

 private:
  std::string name_;
  std::shared_ptr<LockFile> file_;
};

/// The folder that a writer writes to, and its right to write there.
class RecordingFolder {
 public:
  /// Makes and locks the folder. No lock is taken where `holder` is empty. Throws IoError. `pool`,
  /// where there is one, must outlive it.
  RecordingFolder(std::string folder, std::string name, std::string holder, WriterPool* pool);

  /// Does so again where the folder, or the lock's file, was removed. Throws IoError.
  void prepare();

  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// The path of a file in it.
  [[nodiscard]] std::string path_of(const std::string& file) const;

 private:
  std::string folder_, name_, holder_;
  WriterPool* pool_;
  std::optional<FolderLock> lock_;
};

}  // namespace obkit::store
