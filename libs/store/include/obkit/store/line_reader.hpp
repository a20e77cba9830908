#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"

namespace obkit::store {

/// The message about a last line that was cut short.
[[nodiscard]] std::string torn_line(const InputPlace& place);

/// Lines of a stream, in flat memory.
class LineReader {
 public:
  /// Bytes that may be read (not used) behind each line that next() returns, as simdjson and our
  /// own kernels want them.
  static constexpr std::size_t padding = 128;

  /// `name` is for messages. A line of more than `max_line` bytes is a DataError.
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
  /// Whether that line ended with `\n`: only the last one can lack it.
  [[nodiscard]] bool line_was_ended() const { return line_was_ended_; }
  [[nodiscard]] InputPlace place(std::size_t column = 0) const {
    return {name_, line_number_, column};
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string_view take(std::size_t length, bool ended);
  void fill();
  [[noreturn]] void refuse_length() const;

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::size_t max_line_;
  std::size_t block_size_;  ///< to read next; grows while the source has more at once
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0, last_begin_ = 0;
  bool at_end_ = false;
  std::uint64_t line_number_ = 0;
  bool line_was_ended_ = true;
};

}  // namespace obkit::store
