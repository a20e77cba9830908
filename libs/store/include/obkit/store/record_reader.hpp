#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/line_reader.hpp"
#include "obkit/store/read_report.hpp"

namespace obkit::store {

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
