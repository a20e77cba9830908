#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace obkit::store {

/// The right to write the files of one symbol in one folder, against other processes and other
/// writers of this one.
///
/// It is an flock() on `FOLDER/.SYMBOL.lock` and goes with the process, however that ends. The file
/// stays behind: it means nothing without the lock.
class FolderLock {
 public:
  /// `holder` is what others are told, one line: "process 1234 on host books1 since
  /// 2024-08-08T00:00:00Z". A `/` in the symbol becomes `_`. Throws IoError (During::create) that
  /// says who holds it, or why the file cannot be made.
  FolderLock(const std::string& folder, const std::string& symbol, std::string_view holder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

  /// Whether the lock's file still stands there: a folder that was removed takes it along, and
  /// whoever makes the folder again can take the lock anew.
  [[nodiscard]] bool in_place() const;

 private:
  std::string path_;
  int fd_ = -1;
};

/// The folder that a writer writes to, and its right to write there.
class RecordingFolder {
 public:
  /// Makes and locks the folder. No lock is taken where `holder` is empty. Throws IoError.
  RecordingFolder(std::string folder, std::string name, std::string holder);

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
