#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"

#include "bytes/file_handle.hpp"

namespace obkit::store {

/// Bytes of lines that a writer gathers before it hands them over.
inline constexpr std::size_t most_buffered = std::size_t{256} * 1024;

/// Counts what a writer was given to write, what surely is in a file, and what errors took.
class WriteTally {
 public:
  /// One more was given.
  void take() { ++taken_; }
  /// One was not even given.
  void skip() {
    ++taken_;
    ++lost_;
  }
  /// It was handed on, though it may be held back yet.
  void pass_on(bool gap = false, std::optional<DateTime> time = {}) {
    ++passed_.count;
    if (gap) ++passed_.gaps;
    if (time) passed_.last = time;
  }
  /// All that was passed on is in a file.
  void confirm() { safe_ = passed_; }
  /// All that was not confirmed is lost.
  void lose() {
    passed_ = safe_;
    lost_ = taken_ - safe_.count;
  }
  /// Does `work`. Where it throws an IoError, all that was not confirmed is lost, and `give_up` is
  /// called before the error is passed on.
  template <class Work, class GiveUp>
  void guard(Work work, GiveUp give_up) {
    try {
      work();
    } catch (const IoError& error) {
      lose();
      give_up(error);
      throw;
    }
  }
  /// The last one in a file is of this time, whoever wrote it.
  void set_last(std::optional<DateTime> time) { passed_.last = safe_.last = time; }

  [[nodiscard]] std::uint64_t kept() const { return taken_ - lost_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t gaps() const { return passed_.gaps; }
  [[nodiscard]] const std::optional<DateTime>& last() const { return passed_.last; }

 private:
  struct Progress {
    std::uint64_t count = 0, gaps = 0;
    std::optional<DateTime> last;
  };

  std::uint64_t taken_ = 0, lost_ = 0;
  Progress passed_, safe_;
};

/// Whether a last line that lacks its `\n` is whole all the same.
using IsWhole = std::function<bool(std::string_view line)>;

enum class Form { plain, zstd };

/// Lines that are appended to a file. What was in it before is healed when it is opened: a torn
/// last line (or zstd frame) is cut off, a whole last line that lacks its `\n` gets one.
///
/// All methods throw IoError. After that the file holds what it held before, and the store is not
/// to be used again: another one is opened.
class LineStore {
 public:
  /// Makes the file where it is missing.
  explicit LineStore(std::string path, OpenFiles* pool);
  LineStore(const LineStore&) = delete;
  LineStore& operator=(const LineStore&) = delete;
  virtual ~LineStore() = default;

  /// Pre: whole lines.
  virtual void write(std::string_view lines) = 0;
  /// Puts into the file what write() held back.
  virtual void hand_over() = 0;
  /// Whether write() holds lines back that a crash or an error would lose.
  [[nodiscard]] virtual bool holds_back() const = 0;

  /// Finds a file that was removed, replaced or changed by another program.
  void check() const { file_.check(); }
  /// hand_over(), then closes the file.
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
/// `pool` as AppendFile's.
[[nodiscard]] std::unique_ptr<LineStore> open_line_store(const std::string& path, Form form,
                                                         const IsWhole& is_whole,
                                                         OpenFiles* pool = nullptr);

}  // namespace obkit::store
