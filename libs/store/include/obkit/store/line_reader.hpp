#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"

namespace obkit::store {

/// Lines of a stream, in flat memory.
class LineReader {
 public:
  /// Bytes that may be read (not used) behind each line that next() returns, as simdjson and our
  /// own kernels want them.
  static constexpr std::size_t padding = 128;

  /// `name` is for messages. A line of more than `max_line` bytes is a DataError, and so is what
  /// begins like another format than text.
  LineReader(std::unique_ptr<ByteSource> source, std::string name,
             std::size_t max_line = std::size_t{64} * 1024 * 1024);

  /// The next line without its `\n` (and `\r`), valid until the next call; empty at the end.
  [[nodiscard]] std::optional<std::string_view> next();

  /// Whether next() would return a line without reading.
  [[nodiscard]] bool holds_line() const;

  /// Takes the line that next() returned back: it returns it again. Pre: no second time in a row.
  void put_back();

  /// Number of the line that next() returned, from 1.
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }
  /// At the end: whether the stream was cut, so that nobody knows what is missing (EarlyEnd).
  [[nodiscard]] bool ends_early() const { return ends_early_; }
  /// The message about a last line that was cut short, or about a stream that was.
  [[nodiscard]] std::string torn_end() const;
  /// Whether that line ended with `\n`: only the last one can lack it.
  [[nodiscard]] bool line_was_ended() const { return line_was_ended_; }
  [[nodiscard]] InputPlace place(std::size_t column = 0) const {
    return {name_, line_number_, column};
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string_view take(std::size_t length, bool ended);
  [[nodiscard]] std::size_t read(std::span<char> room);
  void fill();
  /// Of the first line: what is no text, but known, is called by its name.
  void refuse_foreign(std::string_view head) const;
  [[noreturn]] void refuse_length() const;

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::size_t max_line_;
  std::size_t block_size_;  ///< to read next; grows while the source has more at once
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0, last_begin_ = 0;
  bool at_end_ = false, ends_early_ = false;
  std::uint64_t line_number_ = 0;
  bool line_was_ended_ = true;
};

/// What to do with a malformed line.
enum class BadLine { refuse, skip };

/// What a reader met besides good lines.
struct ReadReport {
  std::uint64_t books = 0;
  std::uint64_t skipped = 0;         ///< malformed lines, with BadLine::skip
  std::string first_skipped;         ///< the message of the first of them
  std::optional<std::string> torn;   ///< message about a torn last line (of each file)
  std::uint64_t crossed = 0;         ///< books with best bid >= best ask
  std::uint64_t time_went_back = 0;  ///< books older than the one before

  ReadReport& operator+=(const ReadReport& other);
};

/// What the user should be warned of, a line each, the same words in every tool; none when all was
/// well. `record` is what was read, as "book".
[[nodiscard]] std::vector<std::string> warnings(const ReadReport& report,
                                                std::string_view record = "book");

/// Lines that each hold one record, a JSON object, with one policy for malformed and torn ones.
class RecordReader {
 public:
  /// `kind`: what the input should be, one of file_kinds. Where its first line is refused and tells
  /// that it is of another kind, the message says so.
  RecordReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
               std::string_view kind);

  /// Gives line after line to `parse` until it accepts one; false at the end. It refuses by
  /// throwing a DataError, which is passed on, or counted with BadLine::skip. A last line that was
  /// cut short is torn: reported, the end.
  [[nodiscard]] bool next(const std::function<void(std::string_view line)>& parse);

  /// Whether lines were skipped or torn since the record before the last (at the end: since the
  /// last).
  [[nodiscard]] bool lost_lines() const { return lost_lines_; }
  [[nodiscard]] const LineReader& lines() const { return lines_; }
  [[nodiscard]] ReadReport& report() { return report_; }
  [[nodiscard]] const ReadReport& report() const { return report_; }

 private:
  [[nodiscard]] std::string other_kind(std::string_view first);

  LineReader lines_;
  BadLine bad_line_;
  std::string_view kind_;
  ReadReport report_;
  bool lost_lines_ = false;
};

}  // namespace obkit::store
