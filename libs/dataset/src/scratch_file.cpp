#include "scratch_file.hpp"

#include <cerrno>
#include <utility>

#include <unistd.h>

#include "obkit/core/error.hpp"
#include "obkit/core/nameless_file.hpp"

namespace obkit::dataset {

ScratchFile::ScratchFile(const std::string& folder)
    : name_{"a temporary file in " + folder}, fd_{open_nameless_file(folder)} {
  if (fd_ < 0) throw IoError{IoError::During::create, name_, errno};
}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : name_{std::move(other.name_)}, fd_{std::exchange(other.fd_, -1)} {}

ScratchFile& ScratchFile::operator=(ScratchFile&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(fd_, other.fd_);
  return *this;
}

ScratchFile::~ScratchFile() {
  if (fd_ >= 0) ::close(fd_);
}

void ScratchFile::write_at(std::uint64_t offset, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError{IoError::During::write, name_, errno};
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void ScratchFile::read_at(std::uint64_t offset, std::span<char> out) const {
  while (!out.empty()) {
    const ssize_t count = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError{IoError::During::read, name_, errno};
    if (count == 0) throw IoError{IoError::During::read, name_, "it is shorter than was written"};
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

}  // namespace obkit::dataset
