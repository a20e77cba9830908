#include "bytes/file_handle.hpp"

#include <algorithm>
#include <cerrno>
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
    case FileHandle::Access::replace:
      return O_RDWR | O_CREAT | O_APPEND | O_TRUNC;
  }
  return O_RDONLY;
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

FileHandle::FileHandle(std::string path, Access access)
    : path_{std::move(path)}, fd_{::open(path_.c_str(), flags_of(access) | O_CLOEXEC, 0666)} {
  const auto during = access == Access::read ? IoError::During::open : IoError::During::create;
  if (fd_ < 0) throw IoError{during, path_, errno};
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
  if (::fdatasync(fd_) != 0) throw IoError{IoError::During::write, path_, errno};
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

}  // namespace obkit::store
