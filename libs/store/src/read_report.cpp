#include "obkit/store/read_report.hpp"

#include "obkit/core/number.hpp"

namespace obkit::store {
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
