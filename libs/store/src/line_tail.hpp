#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/byte_stream.hpp"

namespace obkit::store {

/// Whether a last line that lacks its `\n` is whole all the same.
using IsWhole = bool (*)(std::string_view line);

/// The end of a text of lines: enough of it to hold its last whole line.
class LineTail {
 public:
  /// Reads `source` to its end, in memory of a few lines. Throws what it throws.
  explicit LineTail(ByteSource& source);

  /// Bytes of the whole text.
  [[nodiscard]] std::uint64_t length() const { return length_; }
  /// What stands behind the last `\n`.
  [[nodiscard]] std::string_view rest() const;
  /// The last line that was ended, without its `\n`; empty when there is none.
  [[nodiscard]] std::optional<std::string_view> last_line() const;
  /// Whether last_line() surely begins where a line begins, even if the text does not.
  [[nodiscard]] bool has_line_before() const;

 private:
  std::string text_;
  std::uint64_t length_ = 0;
};

}  // namespace obkit::store
