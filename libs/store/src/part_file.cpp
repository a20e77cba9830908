#include "part_file.hpp"

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
