#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>

#include "obkit/core/byte_stream.hpp"

#include "bytes/sha256.hpp"

namespace obkit::store {

/// An open file that is read at any place.
class FileHandle {
 public:
  enum class Access {
    read,
    append,  ///< made where it is missing
    again,   ///< as append, but not made
    lock,    ///< made where it is missing; a link is not followed
    anew     ///< made; what has the name is removed, a link is never followed
  };

  /// What is written to is a regular file. Throws IoError, as do the others.
  FileHandle(std::string path, Access access);
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] struct stat status() const;
  [[nodiscard]] std::uint64_t size() const;
  /// Fills the front of `out` with the bytes from `offset` on; how many: fewer where the file ends.
  [[nodiscard]] std::size_t read_some_at(std::uint64_t offset, std::span<char> out) const;
  /// Fills `out` with the bytes from `offset` on. Pre: the file has them.
  void read_at(std::uint64_t offset, std::span<char> out) const;
  /// Data and size are on the disk when it returns.
  void sync() const;
  void close();

 private:
  std::string path_;
  int fd_ = -1;
};

/// Bytes [first, last) of `file`, which must outlive it.
[[nodiscard]] std::unique_ptr<ByteSource> open_range(const FileHandle& file, std::uint64_t first,
                                                     std::uint64_t last);

/// The folder that `path` names a file in.
[[nodiscard]] std::string folder_of(const std::string& path);

/// What was made, renamed or removed in `folder` survives a crash of the machine. Throws IoError.
void sync_folder(const std::string& folder);

/// Bytes of memory, which must outlive it.
class ViewSource final : public ByteSource {
 public:
  explicit ViewSource(std::string_view bytes) : rest_{bytes} {}

  std::size_t read(std::span<char> block) override {
    const std::size_t count = rest_.copy(block.data(), block.size());
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

class AppendFile;

/// Files of which only so many have a descriptor at a time. One thread at a time.
class OpenFiles {
 public:
  /// `at_most` >= 1.
  explicit OpenFiles(std::size_t at_most) : at_most_{at_most} {}

  /// `file` is about to be used: the one that was not for longest gives its descriptor up where
  /// there are too many.
  void use(AppendFile& file);
  void remove(AppendFile& file);

  using Place = std::list<AppendFile*>::iterator;

 private:
  std::size_t at_most_;
  std::list<AppendFile*> files_;  ///< that have a descriptor, the latest first
};

/// A file that is written at its end, by nobody else meanwhile.
class AppendFile {
 public:
  /// Makes it where it is missing. Throws IoError, as do all others. Shares descriptors with the
  /// others of `pool`, which must outlive it.
  explicit AppendFile(std::string path, FileHandle::Access access = FileHandle::Access::append,
                      OpenFiles* pool = nullptr);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();

  /// All of `bytes`, or an IoError and a file that is as it was before.
  void write(std::string_view bytes);
  void truncate(std::uint64_t size);
  void sync() { use().sync(); }
  /// Finds a file that was removed, replaced, cut or written to by somebody else.
  void check() const;
  void close();
  /// Another file has taken its name: goes on with that one.
  void open_again();
  /// Gives the descriptor up until it is used again.
  void suspend();

  /// Hashes what is written from now on, where nothing was there before.
  void keep_hash();
  /// SHA-256 of all that was written, as Sha256::hex(); empty where something else is in the file.
  /// Ends it.
  [[nodiscard]] std::optional<std::string> take_hash();

  /// Valid until another file of the pool is used.
  [[nodiscard]] const FileHandle& handle() { return use(); }
  [[nodiscard]] const std::string& path() const { return file_.path(); }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  friend class OpenFiles;

  [[nodiscard]] FileHandle& use();
  void identify();

  OpenFiles* pool_;
  std::optional<OpenFiles::Place> place_;  ///< in the pool, while it has a descriptor
  FileHandle file_;
  std::uint64_t size_ = 0;
  dev_t device_ = 0;  ///< with the node: which file it is
  ino_t node_ = 0;
  int close_error_ = 0;  ///< that nobody was told of yet
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
