#include "bytes/append_file.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <unistd.h>

#include "obkit/core/error.hpp"

namespace obkit::store {

namespace {

std::string part_of(const std::string& path) {
  const std::filesystem::path file{path};
  return folder_of(path) + "/." + file.filename().string() + ".part";
}

}  // namespace

AppendFile::AppendFile(std::string path, FileHandle::Access access)
    : file_{std::move(path), access}, size_{file_.size()} {}

void AppendFile::write(std::string_view bytes) {
  std::uint64_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
    if (count >= 0) {
      done += static_cast<std::uint64_t>(count);
    } else if (errno != EINTR) {
      const int error = errno;
      // A line of which a part went in would be torn. Should this fail too, the next start heals.
      [[maybe_unused]] const int ignored = ::ftruncate(file_.get(), static_cast<off_t>(size_));
      throw IoError{IoError::During::write, path(), error};
    }
  }
  size_ += bytes.size();
  if (hash_) hash_->add(bytes);
}

void AppendFile::truncate(std::uint64_t size) {
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
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
  const struct stat ours = file_.status();
  struct stat named {};
  if (::stat(path().c_str(), &named) != 0) refuse("it was removed");
  if (named.st_ino != ours.st_ino || named.st_dev != ours.st_dev) refuse("it was replaced");
  if (static_cast<std::uint64_t>(ours.st_size) != size_) refuse("another program changed it");
}

PartFile::PartFile(std::string path)
    : path_{std::move(path)}, file_{part_of(path_), FileHandle::Access::replace} {}

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
