#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// What to do with a malformed line.
enum class BadLine { refuse, skip };

/// What a reader met besides good lines.
struct ReadReport {
  std::uint64_t books = 0;
  std::uint64_t skipped = 0;         ///< malformed lines, with BadLine::skip
  std::string first_skipped;         ///< the message of the first of them
  std::optional<std::string> torn;   ///< message about a torn last line (of each file)
  std::uint64_t crossed = 0;         ///< books with best bid >= best ask
  std::uint64_t time_went_back = 0;  ///< books older than the one before in their file

  ReadReport& operator+=(const ReadReport& other);
};

/// What the user should be warned of, a line each, the same words in every tool; none when all was
/// well.
[[nodiscard]] std::vector<std::string> warnings(const ReadReport& report);

/// Lines that each hold one record, a JSON object, with one policy for malformed and torn ones.
class RecordReader {
 public:
  RecordReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line);

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
  LineReader lines_;
  BadLine bad_line_;
  ReadReport report_;
  bool lost_lines_ = false;
};

}  // namespace obkit::store
