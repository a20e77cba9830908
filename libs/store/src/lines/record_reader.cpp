#include "obkit/store/record_reader.hpp"

#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::store {

RecordReader::RecordReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line)
    : lines_{std::move(source), std::move(name)}, bad_line_{bad_line} {}

bool RecordReader::next(const std::function<void(std::string_view line)>& parse) {
  lost_lines_ = false;
  while (const auto line = lines_.next()) {
    try {
      parse(*line);
      return true;
    } catch (const DataError& error) {
      // A whole object that is wrong is not torn.
      const bool torn = !lines_.line_was_ended() && !find_json_end(*line).closed_object;
      if (!torn && bad_line_ == BadLine::refuse) throw;
      lost_lines_ = true;
      if (torn)
        report_.torn = torn_line(lines_.place());
      else if (report_.skipped++ == 0)
        report_.first_skipped = error.what();
    }
  }
  return false;
}

ReadReport& ReadReport::operator+=(const ReadReport& other) {
  books += other.books;
  skipped += other.skipped;
  if (first_skipped.empty()) first_skipped = other.first_skipped;
  if (torn && other.torn)
    *torn += "; " + *other.torn;
  else if (other.torn)
    torn = other.torn;
  crossed += other.crossed;
  time_went_back += other.time_went_back;
  return *this;
}

std::vector<std::string> warnings(const ReadReport& report) {
  std::vector<std::string> lines;
  if (report.torn) lines.push_back(*report.torn);
  if (report.skipped > 0)
    lines.push_back(counted(report.skipped, "malformed line") +
                    " skipped, the first: " + report.first_skipped);
  if (report.crossed > 0)
    lines.push_back(counted(report.crossed, "book") + " crossed: best bid at or above best ask");
  if (report.time_went_back > 0)
    lines.push_back(counted(report.time_went_back, "book") + " older than the one before");
  return lines;
}

}  // namespace obkit::store
