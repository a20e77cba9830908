#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "compression.hpp"
#include "file_handle.hpp"

namespace obkit::store {

/// A file that somebody else appends to, read from its beginning.
class GrowingFile {
 public:
  /// Throws UsageError for what is no regular file; IoError, as do the others.
  explicit GrowingFile(const std::string& path);

  /// Fills the front of `block` with the next bytes that are whole lines, of a zstd file whole
  /// frames, and returns how many; 0 when there are none now.
  [[nodiscard]] std::size_t read(std::span<char> block);
  /// The same with what is behind them, whole or not.
  [[nodiscard]] std::size_t read_rest(std::span<char> block);

  /// Whether bytes are gone that were given, or were about to be.
  [[nodiscard]] bool was_cut() const { return file_.size() < whole_; }
  /// Whether no file, or another one, bears its name now.
  [[nodiscard]] bool was_replaced() const;

 private:
  void look_for_more();
  [[nodiscard]] std::uint64_t end_of_lines(std::uint64_t size) const;

  FileHandle file_;                         ///< a regular one
  std::optional<Compression> compression_;  ///< empty as long as too few bytes are there
  std::uint64_t given_ = 0, whole_ = 0;     ///< given_ <= whole_, but for read_rest()
};

}  // namespace obkit::store
