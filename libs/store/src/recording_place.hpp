#pragma once

#include <optional>
#include <string>

#include "obkit/store/folder_lock.hpp"

namespace obkit::store {

/// The folder that a writer writes to, and its right to write there.
class RecordingPlace {
 public:
  /// Makes and locks the folder. No lock is taken where `holder` is empty. Throws IoError.
  RecordingPlace(std::string folder, std::string name, std::string holder);

  /// Does so again where the folder, or the lock's file, was removed. Throws IoError.
  void prepare();

  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// The path of a file in it.
  [[nodiscard]] std::string path_of(const std::string& file) const;

 private:
  std::string folder_, name_, holder_;
  std::optional<FolderLock> lock_;
};

}  // namespace obkit::store
