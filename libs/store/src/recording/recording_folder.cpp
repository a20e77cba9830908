#include "recording/recording_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "obkit/core/error.hpp"

#include "bytes/file_handle.hpp"
#include "day_file/day_file_name.hpp"

namespace obkit::store {

namespace {

/// Who holds it, as that one wrote it down.
std::string holder_of(int fd) {
  std::array<char, 512> text{};
  const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
  std::string holder(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  holder.resize(std::min(holder.find('\n'), holder.size()));
  return holder.empty() ? "another process" : holder;
}

/// Whether `path` names the open file.
bool names(const std::string& path, int fd) {
  struct stat ours {};
  struct stat named {};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/// Opens and locks; the descriptor.
int take(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) throw IoError{IoError::During::create, path, errno};
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const int error = errno;
  const std::string holder = holder_of(fd);
  ::close(fd);
  if (error != EWOULDBLOCK) throw IoError{IoError::During::create, path, error};
  throw IoError{IoError::During::create, path, "recorded already by " + holder};
}

}  // namespace

FolderLock::FolderLock(const std::string& folder, const std::string& symbol,
                       std::string_view holder)
    : path_{folder + "/." + file_safe(symbol) + ".lock"} {
  // The file may be removed by somebody between opening and locking it.
  do {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    fd_ = take(path_);
  } while (!in_place());
  const std::string text = std::string{holder} + "\n";
  // Nobody depends on the words: a full disk does not keep the lock from being held.
  [[maybe_unused]] const bool told =
      ::ftruncate(fd_, 0) == 0 && ::pwrite(fd_, text.data(), text.size(), 0) > 0;
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : path_{std::move(other.path_)}, fd_{std::exchange(other.fd_, -1)} {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

bool FolderLock::in_place() const { return names(path_, fd_); }

namespace {

namespace fs = std::filesystem;

void make_folder(const std::string& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) throw IoError{IoError::During::create, folder, error.value()};
  if (made) sync_folder(folder_of(fs::absolute(folder)));
}

}  // namespace

RecordingFolder::RecordingFolder(std::string folder, std::string name, std::string holder)
    : folder_{std::move(folder)}, name_{std::move(name)}, holder_{std::move(holder)} {
  if (!holder_.empty()) prepare();
}

void RecordingFolder::prepare() {
  make_folder(folder_);
  if (holder_.empty() || (lock_ && lock_->in_place())) return;
  lock_.reset();
  lock_.emplace(folder_, name_, holder_);
}

std::string RecordingFolder::path_of(const std::string& file) const {
  return (fs::path{folder_} / file).string();
}

}  // namespace obkit::store
