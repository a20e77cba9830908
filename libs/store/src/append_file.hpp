#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/order_book.hpp"

namespace obkit::store {

/// A day-file that is written at its end. What was in it before is healed when it is opened: a torn
/// last line is cut off, a last book without `\n` gets one.
class AppendFile {
 public:
  /// Throws IoError.
  explicit AppendFile(std::string path);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();

  /// All of `bytes`, or an IoError and a file that is as it was before.
  void write(std::string_view bytes);
  void close();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool had_lines() const { return had_lines_; }
  [[nodiscard]] std::uint64_t cut_bytes() const { return cut_bytes_; }
  /// The last book that was there; empty when the last line holds none.
  [[nodiscard]] const std::optional<OrderBook>& last_book() const { return last_book_; }

 private:
  void heal();
  [[nodiscard]] std::string read_tail() const;
  void truncate(std::uint64_t size);

  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  bool had_lines_ = false;
  std::uint64_t cut_bytes_ = 0;
  std::optional<OrderBook> last_book_;
};

}  // namespace obkit::store
