#pragma once

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

}  // namespace obkit::store
