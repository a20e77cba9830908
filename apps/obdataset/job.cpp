#include "job.hpp"

namespace obdataset {

double Counts::books_per_second() const {
  return seconds > 0 ? static_cast<double>(books) / seconds : 0;
}

Counts& Counts::operator+=(const Counts& other) {
  books += other.books;
  for (std::size_t i = 0; i < directions.size(); ++i) directions[i] += other.directions[i];
  gaps += other.gaps;
  skipped_lines += other.skipped_lines;
  torn_lines += other.torn_lines;
  seconds += other.seconds;
  return *this;
}

}  // namespace obdataset
