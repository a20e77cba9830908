#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "npy_layout.hpp"

struct zip;
struct zip_file;

namespace obkit::dataset {

/// An array of an archive, read from its begin to its end.
class NpzArray {
 public:
  /// Empty where the archive has no such entry. Throws DataError with `path`, as do the others.
  [[nodiscard]] static std::unique_ptr<NpzArray> open(zip* archive, const std::string& path,
                                                      const std::string& name);

  [[nodiscard]] const NpyLayout& layout() const { return layout_; }
  [[nodiscard]] const std::string& entry() const { return entry_; }

  /// The next number. Pre: kind 'f'.
  [[nodiscard]] double number();
  /// The next integer. Pre: kind 'i' or 'u'; what does not fit is the largest.
  [[nodiscard]] std::int64_t integer();
  /// The next text; characters beyond ASCII become '?'. Pre: kind 'U'.
  [[nodiscard]] std::string text();

  [[noreturn]] void refuse(const std::string& problem) const;

 private:
  struct Close {
    void operator()(zip_file* file) const;
  };

  NpzArray(std::string path, std::string entry, zip_file* file);
  void read_header(std::uint64_t entry_size);
  void check_size(std::uint64_t entry_size, std::uint64_t header_size) const;
  /// The next `count` bytes, valid until the next call; at most 64 KiB.
  [[nodiscard]] std::span<const char> take(std::size_t count);
  [[nodiscard]] std::uint64_t little_endian(std::size_t count);

  std::string path_, entry_;
  std::unique_ptr<zip_file, Close> file_;
  NpyLayout layout_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace obkit::dataset
