#include "recording/recording_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "day_file/day_file_name.hpp"
#include "manifest/day_manifest.hpp"

namespace obkit::store {

namespace {

/// The book of a line of `path`; empty when it holds none.
std::optional<OrderBook> book_of(std::string_view line, const std::string& path) {
  DayFileReader reader{std::make_unique<ViewSource>(line), path, BadLine::skip};
  OrderBook book;
  return reader.next(book) ? std::optional{std::move(book)} : std::nullopt;
}

std::string iso_of(DateTime time) { return format_iso(to_timestamp(time).value_or(Timestamp{})); }

}  // namespace

RecordedDay::RecordedDay(const std::string& path, Form form, OpenFiles* pool)
    : store_{open_line_store(
          path, form, [&](std::string_view line) { return book_of(line, path).has_value(); },
          pool)} {
  if (store_->last_line()) last_book_ = book_of(*store_->last_line(), path);
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
    refuse("it holds books up to " + iso_of(last_book_->time) + " already");
}

std::optional<std::string> RecordedDay::keep_manifest(const RecordingOrigin& origin,
                                                      const std::string& symbol,
                                                      std::size_t depth) {
  ContinuedManifest taken = continue_manifest(path(), origin, symbol);
  manifest_ = std::move(taken.manifest);
  manifest_->depth = depth;
  store_->keep_hash();
  return taken.note;
}

void RecordedDay::describe(const InstrumentTerms& terms) {
  if (!manifest_ || manifest_->origin.instrument == terms) return;
  manifest_->origin.instrument = terms;
  manifest_changed_ = true;
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

void RecordedDay::lose_end(DateTime until, const std::string& reason) {
  if (!manifest_) return;
  manifest_->lose_end(until, reason);
  manifest_changed_ = true;
}

std::optional<Manifest> RecordedDay::snapshot(const FrameCounts& received, bool anyway) {
  if (!manifest_ || (!manifest_changed_ && received.frames == 0 && !anyway)) return std::nullopt;
  manifest_->bytes = store_->size();
  manifest_->received.add(received);
  manifest_changed_ = false;
  return manifest_;
}

std::optional<Manifest> RecordedDay::close(const FrameCounts& received) {
  auto manifest = snapshot(received, true);
  store_->close();
  if (manifest) manifest->sha256 = store_->take_hash();
  return manifest;
}

namespace {

/// Who holds it, as that one wrote it down.
std::string holder_of(const std::string& path) {
  std::array<char, 512> text{};
  ssize_t count = 0;
  if (const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
      fd >= 0) {
    count = ::pread(fd, text.data(), text.size(), 0);
    ::close(fd);
  }
  std::string holder(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  holder.resize(std::min(holder.find('\n'), holder.size()));
  return holder.empty() ? "another process" : holder;
}

/// Nobody depends on the words: a full disk does not keep the lock from being held.
void write_down(const std::string& path, std::string_view holder) {
  try {
    const FileHandle file{path, FileHandle::Access::anew};
    const std::string text = std::string{holder} + "\n";
    [[maybe_unused]] const auto told = ::write(file.get(), text.data(), text.size());
  } catch (const IoError&) {  // NOLINT(bugprone-empty-catch)
  }
}

/// The byte of a name: two names that share one are a chance of 1 in 10^12 for thousands of them.
off_t byte_of(std::string_view name) {
  constexpr std::uint64_t basis = 0xCBF29CE484222325U, prime = 0x100000001B3U;  // FNV-1a
  std::uint64_t hash = basis;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * prime;
  return static_cast<off_t>(hash >> 2U);
}

/// Sets or frees the lock of a byte; whether it could be had.
bool lock_byte(int fd, off_t byte, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

}  // namespace

LockFile::LockFile(const std::string& folder)
    : file_{folder + "/.recorder.lock", FileHandle::Access::lock}, status_{file_.status()} {}

bool LockFile::in_place() const {
  struct stat named {};
  return ::stat(file_.path().c_str(), &named) == 0 && named.st_ino == status_.st_ino &&
         named.st_dev == status_.st_dev;
}

bool LockFile::take(const std::string& name) {
  if (taken_.count(name) > 0) return false;
  if (!lock_byte(file_.get(), byte_of(name), F_WRLCK)) {
    if (errno != EAGAIN && errno != EACCES)
      throw IoError{IoError::During::create, file_.path(), errno};
    return false;
  }
  taken_.insert(name);
  return true;
}

void LockFile::free(const std::string& name) {
  lock_byte(file_.get(), byte_of(name), F_UNLCK);
  taken_.erase(name);
}

Worker::~Worker() {
  {
    const std::lock_guard lock{mutex_};
    ends_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::future<void> Worker::post(std::function<void()> work) {
  std::packaged_task<void()> task{std::move(work)};
  auto done = task.get_future();
  {
    const std::lock_guard lock{mutex_};
    queue_.push_back(std::move(task));
  }
  constexpr std::size_t most = 4;
  if (threads_.size() < most) threads_.emplace_back([this] { run(); });
  changed_.notify_one();
  return done;
}

void Worker::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [&] { return ends_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

std::shared_ptr<LockFile> WriterPool::Implementation::lock_file(const std::string& folder) {
  std::shared_ptr<LockFile>& known = lock_files_[folder];
  if (!known || !known->in_place()) known = std::make_shared<LockFile>(folder);
  return known;
}

WriterPool::WriterPool(std::size_t files)
    : implementation_{std::make_unique<Implementation>(files)} {}
WriterPool::~WriterPool() = default;

FolderLock::FolderLock(const std::string& folder, const std::string& symbol,
                       std::string_view holder, WriterPool* pool)
    : name_{file_safe(symbol)} {
  const std::string words = folder + "/." + name_ + ".lock";
  // The file may be removed by somebody between opening and locking it.
  do {
    file_ = pool != nullptr ? pool->implementation().lock_file(folder)
                            : std::make_shared<LockFile>(folder);
    if (!file_->take(name_))
      throw IoError{IoError::During::create, words, "recorded already by " + holder_of(words)};
  } while (!in_place());
  write_down(words, holder);
}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(file_, other.file_);
  return *this;
}

FolderLock::~FolderLock() {
  if (file_) file_->free(name_);
}

namespace {

namespace fs = std::filesystem;

void make_folder(const std::string& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) throw IoError{IoError::During::create, folder, error.value()};
  if (made) sync_folder(folder_of(fs::absolute(folder)));
}

}  // namespace

RecordingFolder::RecordingFolder(std::string folder, std::string name, std::string holder,
                                 WriterPool* pool)
    : folder_{std::move(folder)}, name_{std::move(name)}, holder_{std::move(holder)}, pool_{pool} {
  if (!holder_.empty()) prepare();
}

void RecordingFolder::prepare() {
  make_folder(folder_);
  if (holder_.empty() || (lock_ && lock_->in_place())) return;
  lock_.reset();
  lock_.emplace(folder_, name_, holder_, pool_);
}

std::string RecordingFolder::path_of(const std::string& file) const {
  return (fs::path{folder_} / file).string();
}

}  // namespace obkit::store
