#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"

struct zip;
struct zip_file;

namespace obkit::store {

/// A file of a zip archive, read from its begin to its end.
class ZipMember final : public ByteSource {
 public:
  /// Throws DataError (archive, name of the member) for what is damaged.
  std::size_t read(std::span<char> block) override;
  /// Passes over so many bytes. Pre: they are there.
  void skip(std::uint64_t count);

 private:
  friend class ZipFile;
  struct Close {
    void operator()(zip_file* file) const;
  };

  ZipMember() = default;
  [[noreturn]] void refuse() const;

  std::string path_, name_;
  std::shared_ptr<zip> archive_;
  std::unique_ptr<zip_file, Close> file_;
  bool can_seek_ = false;  ///< as in what is not compressed
};

/// A zip archive on the disk. Its members may outlive it.
class ZipFile {
 public:
  struct Entry {
    std::uint64_t index = 0;
    std::string name;
    std::uint64_t size = 0, packed_size = 0;  ///< bytes, as its directory claims
    bool is_stored = false;                   ///< not compressed
  };

  /// Throws DataError for what is no zip archive, or one that was cut.
  explicit ZipFile(const std::string& path);

  [[nodiscard]] std::size_t count() const;
  /// Pre: index < count(). Throws DataError.
  [[nodiscard]] Entry entry(std::uint64_t index) const;
  [[nodiscard]] std::optional<Entry> find(const std::string& name) const;
  /// Throws DataError, also where a password is wanted.
  [[nodiscard]] std::unique_ptr<ZipMember> open(const Entry& entry) const;

 private:
  std::string path_;
  std::shared_ptr<zip> archive_;
};

/// Whether a file begins as a zip archive does; anything but a file does not.
[[nodiscard]] bool is_zip(const std::string& path);

}  // namespace obkit::store
