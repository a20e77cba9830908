#include "obkit/core/part_file.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "obkit/core/error.hpp"

namespace obkit {
namespace {

/// Paths of open part files, for a signal handler: fixed places, claimed by compare-and-swap.
constexpr std::size_t max_unfinished = 64;
std::array<std::atomic<const char*>, max_unfinished> unfinished{};

/// Lists `path`, which must stay where it is. Null where there is no place left.
std::atomic<const char*>* list_unfinished(const char* path) {
  for (auto& place : unfinished) {
    const char* expected = nullptr;
    if (place.compare_exchange_strong(expected, path)) return &place;
  }
  return nullptr;
}

std::string part_path_of(const std::string& path, PartFile::Name name) {
  const std::string part = path + ".part";
  const std::size_t begin_of_name = path.rfind('/') + 1;  // 0 where there is no '/'
  if (name == PartFile::Name::visible) return part;
  return part.substr(0, begin_of_name) + "." + part.substr(begin_of_name);
}

/// A file that nobody else has open: what stood there goes, and a link is not followed.
Descriptor make_anew(const std::string& path) {
  ::unlink(path.c_str());
  return Descriptor{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)};
}

}  // namespace

PartFile::PartFile(std::string path, Name name)
    : path_{std::move(path)},
      part_path_{part_path_of(path_, name)},
      listed_{list_unfinished(part_path_.c_str())},
      file_{make_anew(part_path_)} {
  if (file_.is_open()) return;
  const int error = errno;
  if (listed_ != nullptr) listed_->store(nullptr);
  throw IoError{IoError::During::create, path_, error};
}

PartFile::~PartFile() {
  if (!renamed_) ::unlink(part_path_.c_str());
  if (listed_ != nullptr) listed_->store(nullptr);
}

void PartFile::sync() const {
  if (::fdatasync(file_.get()) != 0) throw IoError{IoError::During::write, path_, errno};
}

void PartFile::finish(Existing existing) {
  if (const int error = file_.close()) throw IoError{IoError::During::write, path_, error};
  // link() refuses an existing name, unlike rename().
  const int failed = existing == Existing::overwrite
                         ? std::rename(part_path_.c_str(), path_.c_str())
                         : ::link(part_path_.c_str(), path_.c_str());
  if (failed != 0) throw IoError{IoError::During::create, path_, errno};
  renamed_ = existing == Existing::overwrite;
}

void remove_unfinished_files() noexcept {
  for (auto& place : unfinished)
    if (const char* path = place.load()) ::unlink(path);
}

}  // namespace obkit
