#include "obkit/store/day_file_reader.hpp"

#include <utility>

#include "parallel_reading.hpp"
#include "serial_reading.hpp"

namespace obkit::store {
namespace {

std::unique_ptr<DayFileReading> reading_of(std::unique_ptr<ByteSource> source, std::string name,
                                           BadLine bad_line, std::size_t depth, std::size_t jobs) {
  ReadingStart start{.depth = depth};
  if (jobs > 1)
    return std::make_unique<ParallelReading>(std::move(source), std::move(name), bad_line,
                                             std::move(start), jobs);
  return std::make_unique<SerialReading>(std::move(source), std::move(name), bad_line,
                                         std::move(start));
}

}  // namespace

DayFileReader::DayFileReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
                             std::size_t depth, std::size_t jobs)
    : reading_{reading_of(std::move(source), std::move(name), bad_line, depth, jobs)} {}
DayFileReader::DayFileReader(DayFileReader&&) noexcept = default;
DayFileReader& DayFileReader::operator=(DayFileReader&&) noexcept = default;
DayFileReader::~DayFileReader() = default;

bool DayFileReader::next(OrderBook& book) { return reading_->next(book); }

const ReadReport& DayFileReader::report() const { return reading_->report(); }

bool DayFileReader::lost_lines() const { return reading_->lost_lines(); }

}  // namespace obkit::store
