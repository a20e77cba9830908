#include "bytes/file_handle.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "obkit/core/error.hpp"

namespace obkit::store {

namespace {

namespace fs = std::filesystem;

int flags_of(FileHandle::Access access) {
  switch (access) {
    case FileHandle::Access::read:
      return O_RDONLY;
    case FileHandle::Access::append:
      return O_RDWR | O_CREAT | O_APPEND;
    case FileHandle::Access::again:
      return O_RDWR | O_APPEND;
    case FileHandle::Access::lock:
      return O_RDWR | O_CREAT | O_NOFOLLOW;
    case FileHandle::Access::anew:
      return O_RDWR | O_CREAT | O_APPEND | O_EXCL | O_NOFOLLOW;
  }
  return O_RDONLY;
}

IoError::During during_opening(FileHandle::Access access) {
  if (access == FileHandle::Access::read) return IoError::During::open;
  return access == FileHandle::Access::again ? IoError::During::write : IoError::During::create;
}

class RangeSource final : public ByteSource {
 public:
  RangeSource(const FileHandle& file, std::uint64_t first, std::uint64_t last)
      : file_{file}, at_{first}, last_{last} {}

  std::size_t read(std::span<char> block) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), last_ - at_));
    file_.read_at(at_, block.first(count));
    at_ += count;
    return count;
  }

 private:
  const FileHandle& file_;
  std::uint64_t at_, last_;
};

}  // namespace

FileHandle::FileHandle(std::string path, Access access) : path_{std::move(path)} {
  if (access == Access::anew) ::unlink(path_.c_str());
  // A pipe would wait for its other side.
  fd_ = ::open(path_.c_str(), flags_of(access) | O_CLOEXEC | O_NONBLOCK, 0666);
  if (fd_ < 0) throw IoError{during_opening(access), path_, errno};
  if (access == Access::read || S_ISREG(status().st_mode)) return;
  ::close(std::exchange(fd_, -1));
  throw IoError{during_opening(access), path_, "it is no file but a pipe, a device or the like"};
}

FileHandle::FileHandle(FileHandle&& other) noexcept
    : path_{std::move(other.path_)}, fd_{std::exchange(other.fd_, -1)} {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

struct stat FileHandle::status() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) throw IoError{IoError::During::read, path_, errno};
  return status;
}

std::uint64_t FileHandle::size() const { return static_cast<std::uint64_t>(status().st_size); }

std::size_t FileHandle::read_some_at(std::uint64_t offset, std::span<char> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count =
        ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count > 0)
      done += static_cast<std::size_t>(count);
    else if (errno != EINTR)
      throw IoError{IoError::During::read, path_, errno};
  }
  return done;
}

void FileHandle::read_at(std::uint64_t offset, std::span<char> out) const {
  if (read_some_at(offset, out) < out.size()) throw IoError{IoError::During::read, path_, EIO};
}

void FileHandle::sync() const {
  // Devices, and some file systems, cannot: there it is as safe as they make it.
  if (::fdatasync(fd_) != 0 && errno != EINVAL) throw IoError{IoError::During::write, path_, errno};
}

void FileHandle::close() {
  if (const int fd = std::exchange(fd_, -1); fd >= 0 && ::close(fd) != 0)
    throw IoError{IoError::During::write, path_, errno};
}

std::unique_ptr<ByteSource> open_range(const FileHandle& file, std::uint64_t first,
                                       std::uint64_t last) {
  return std::make_unique<RangeSource>(file, first, last);
}

std::string folder_of(const std::string& path) {
  const fs::path folder = fs::path{path}.parent_path();
  return folder.empty() ? "." : folder.string();
}

void sync_folder(const std::string& folder) {
  const FileHandle handle{folder, FileHandle::Access::read};
  // Some file systems cannot sync a folder: there it is as safe as they make it.
  if (::fsync(handle.get()) != 0 && errno != EINVAL)
    throw IoError{IoError::During::write, folder, errno};
}

namespace {

std::string part_of(const std::string& path) {
  const std::filesystem::path file{path};
  return folder_of(path) + "/." + file.filename().string() + ".part";
}

}  // namespace

void OpenFiles::use(AppendFile& file) {
  if (file.place_) return files_.splice(files_.begin(), files_, *file.place_);
  if (files_.size() >= at_most_) {
    AppendFile& oldest = *files_.back();
    remove(oldest);
    oldest.suspend();
  }
  file.place_ = files_.insert(files_.begin(), &file);
}

void OpenFiles::remove(AppendFile& file) {
  if (file.place_) files_.erase(*std::exchange(file.place_, std::nullopt));
}

AppendFile::AppendFile(std::string path, FileHandle::Access access, OpenFiles* pool)
    : pool_{pool}, file_{std::move(path), access} {
  identify();
  if (pool_ != nullptr) pool_->use(*this);
}

AppendFile::~AppendFile() {
  if (pool_ != nullptr) pool_->remove(*this);
}

void AppendFile::identify() {
  const struct stat status = file_.status();
  device_ = status.st_dev;
  node_ = status.st_ino;
  size_ = static_cast<std::uint64_t>(status.st_size);
}

FileHandle& AppendFile::use() {
  if (const int error = std::exchange(close_error_, 0))
    throw IoError{IoError::During::write, path(), error};
  if (pool_ != nullptr) pool_->use(*this);
  if (file_.get() < 0) {
    check();
    file_ = FileHandle{path(), FileHandle::Access::again};
  }
  return file_;
}

void AppendFile::suspend() {
  if (hash_) hash_->rest();
  try {
    file_.close();
  } catch (const IoError& error) {
    close_error_ = error.error_number();
  }
}

void AppendFile::close() {
  if (const int error = std::exchange(close_error_, 0))
    throw IoError{IoError::During::write, path(), error};
  if (pool_ != nullptr) pool_->remove(*this);
  file_.close();
}

void AppendFile::open_again() {
  file_ = FileHandle{path(), FileHandle::Access::append};
  identify();
  hash_.reset();
}

void AppendFile::write(std::string_view bytes) {
  const int file = use().get();
  std::uint64_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(file, bytes.data() + done, bytes.size() - done);
    if (count >= 0) {
      done += static_cast<std::uint64_t>(count);
    } else if (errno != EINTR) {
      const int error = errno;
      // A line of which a part went in would be torn. Should this fail too, the next start heals.
      [[maybe_unused]] const int ignored = ::ftruncate(file, static_cast<off_t>(size_));
      throw IoError{IoError::During::write, path(), error};
    }
  }
  size_ += bytes.size();
  if (hash_) hash_->add(bytes);
}

void AppendFile::truncate(std::uint64_t size) {
  if (::ftruncate(use().get(), static_cast<off_t>(size)) != 0)
    throw IoError{IoError::During::write, path(), errno};
  size_ = size;
  hash_.reset();
}

void AppendFile::keep_hash() {
  if (size_ == 0) hash_ = std::make_unique<BackgroundHash>();
}

std::optional<std::string> AppendFile::take_hash() {
  const auto hash = std::exchange(hash_, nullptr);
  return hash ? std::optional{hash->hex()} : std::nullopt;
}

void AppendFile::check() const {
  const auto refuse = [&](const char* what) {
    throw IoError{IoError::During::write, path(), what};
  };
  struct stat named {};
  if (::stat(path().c_str(), &named) != 0) refuse("it was removed");
  if (named.st_ino != node_ || named.st_dev != device_) refuse("it was replaced");
  if (static_cast<std::uint64_t>(named.st_size) != size_) refuse("another program changed it");
}

PartFile::PartFile(std::string path)
    : path_{std::move(path)}, file_{part_of(path_), FileHandle::Access::anew} {}

PartFile::~PartFile() {
  if (!finished_) ::unlink(file_.path().c_str());
}

void PartFile::finish() {
  file_.sync();
  file_.close();
  if (std::rename(file_.path().c_str(), path_.c_str()) != 0)
    throw IoError{IoError::During::create, path_, errno};
  finished_ = true;
}

}  // namespace obkit::store
