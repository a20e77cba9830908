#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// An open file that is read at any place.
class FileHandle {
 public:
  enum class Access {
    read,
    append,  ///< made where it is missing
    replace  ///< made, or emptied
  };

  /// Throws IoError, as do the others.
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

}  // namespace obkit::store
