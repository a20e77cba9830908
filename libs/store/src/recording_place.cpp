#include "recording_place.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "obkit/core/error.hpp"

#include "file_handle.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;

void make_folder(const std::string& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) throw IoError{IoError::During::create, folder, error.value()};
  if (made) sync_folder(folder_of(fs::absolute(folder)));
}

}  // namespace

RecordingPlace::RecordingPlace(std::string folder, std::string name, std::string holder)
    : folder_{std::move(folder)}, name_{std::move(name)}, holder_{std::move(holder)} {
  if (!holder_.empty()) prepare();
}

void RecordingPlace::prepare() {
  make_folder(folder_);
  if (holder_.empty() || (lock_ && lock_->in_place())) return;
  lock_.reset();
  lock_.emplace(folder_, name_, holder_);
}

std::string RecordingPlace::path_of(const std::string& file) const {
  return (fs::path{folder_} / file).string();
}

}  // namespace obkit::store
