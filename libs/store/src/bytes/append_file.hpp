#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/file_handle.hpp"
#include "bytes/sha256.hpp"

namespace obkit::store {

/// A file that is written at its end, by nobody else meanwhile.
class AppendFile {
 public:
  /// Makes it where it is missing. Throws IoError, as do all others.
  explicit AppendFile(std::string path, FileHandle::Access access = FileHandle::Access::append);

  /// All of `bytes`, or an IoError and a file that is as it was before.
  void write(std::string_view bytes);
  void truncate(std::uint64_t size);
  void sync() const { file_.sync(); }
  /// Finds a file that was removed, replaced, cut or written to by somebody else.
  void check() const;
  void close() { file_.close(); }

  /// Hashes what is written from now on, where nothing was there before.
  void keep_hash();
  /// SHA-256 of all that was written, as Sha256::hex(); empty where something else is in the file.
  /// Ends it.
  [[nodiscard]] std::optional<std::string> take_hash();

  [[nodiscard]] const FileHandle& handle() const { return file_; }
  [[nodiscard]] const std::string& path() const { return file_.path(); }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  FileHandle file_;
  std::uint64_t size_ = 0;
  std::unique_ptr<BackgroundHash> hash_;
};

/// A file that is made anew under another name, `.NAME.part` in the same folder, and takes the
/// place of `path` when it is whole. No reader of a folder takes it for anything.
class PartFile {
 public:
  /// Throws IoError, as do the others.
  explicit PartFile(std::string path);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  /// Removes what was not finished.
  ~PartFile();

  void write(std::string_view bytes) { file_.write(bytes); }
  /// A crash leaves the old file or the new one, never a part.
  void finish();

 private:
  std::string path_;
  AppendFile file_;
  bool finished_ = false;
};

}  // namespace obkit::store
