#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/append_file.hpp"

namespace obkit::store {

/// Whether a last line that lacks its `\n` is whole all the same.
using IsWhole = bool (*)(std::string_view line);

enum class Form { plain, zstd };

/// Lines that are appended to a file. What was in it before is healed when it is opened: a torn
/// last line (or zstd frame) is cut off, a whole last line that lacks its `\n` gets one.
///
/// All methods throw IoError. After that the file holds what it held before, and the store is not
/// to be used again: another one is opened.
class LineStore {
 public:
  /// Makes the file where it is missing; its entry in the folder is on the disk then.
  explicit LineStore(std::string path);
  LineStore(const LineStore&) = delete;
  LineStore& operator=(const LineStore&) = delete;
  virtual ~LineStore() = default;

  /// Pre: whole lines.
  virtual void write(std::string_view lines) = 0;
  /// Puts into the file what write() held back.
  virtual void hand_over() = 0;
  /// Whether write() holds lines back that a crash or an error would lose.
  [[nodiscard]] virtual bool holds_back() const = 0;

  /// All that was written is on the disk when it returns.
  void sync();
  /// Finds a file that was removed, replaced or changed by another program.
  void check() const { file_.check(); }
  /// sync(), then closes the file.
  void close();

  /// As AppendFile's.
  void keep_hash() { file_.keep_hash(); }
  [[nodiscard]] std::optional<std::string> take_hash() { return file_.take_hash(); }

  [[nodiscard]] const std::string& path() const { return file_.path(); }
  /// Of the file, as it is.
  [[nodiscard]] std::uint64_t size() const { return file_.size(); }
  /// Of a torn line or frame that was there.
  [[nodiscard]] std::uint64_t cut_bytes() const { return cut_bytes_; }
  /// The last of the lines that were there, without its `\n`; empty where there was none.
  [[nodiscard]] const std::optional<std::string>& last_line() const { return last_line_; }

 protected:
  AppendFile file_;
  std::uint64_t cut_bytes_ = 0;
  std::optional<std::string> last_line_;
};

/// Opens, makes where it is missing, and heals. `is_whole` judges a last line without `\n`. A file
/// that is no zstd file, or that ends with a torn frame that is not ours, is refused.
[[nodiscard]] std::unique_ptr<LineStore> open_line_store(const std::string& path, Form form,
                                                         IsWhole is_whole);

}  // namespace obkit::store
