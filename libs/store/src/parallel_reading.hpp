#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "obkit/core/byte_stream.hpp"

#include "day_file_reading.hpp"
#include "line_chunks.hpp"
#include "serial_reading.hpp"

namespace obkit::store {

/// Reads some hundred lines at a time on each of several threads, ahead of who takes the books.
///
/// What it gives is what SerialReading gives: each part is read as if it were a file that others go
/// before, and read anew where those turn out to have another depth or symbol.
class ParallelReading final : public DayFileReading {
 public:
  /// Pre: jobs > 0.
  ParallelReading(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
                  ReadingStart start, std::size_t jobs);
  /// Waits for a read of the source that is under way.
  ~ParallelReading() override;

  bool next(OrderBook& book) override;
  /// Of all parts that were begun.
  [[nodiscard]] const ReadReport& report() const override { return report_; }
  [[nodiscard]] bool lost_lines() const override { return lost_lines_; }

 private:
  struct Part {
    LineChunk lines;
    std::vector<OrderBook> books;  ///< `count` of them, and memory of earlier ones
    std::size_t count = 0;
    ReadReport report;
    bool lost_lines = false;
    std::string symbol;
    std::exception_ptr failure;  ///< behind the books
    bool is_read = false;
  };

  void work();
  [[nodiscard]] Part* claim();
  void read(Part& part, ReadingStart start) const;
  bool turn_to_next();
  void begin(Part& part);
  void take(OrderBook& book);
  [[nodiscard]] Part& part(std::uint64_t number) { return parts_[number % parts_.size()]; }

  std::string name_;
  BadLine bad_line_;
  ReadingStart start_;  ///< as the parts taken so far left it
  LineChunks chunks_;   ///< of who cuts
  // Of the one who takes:
  ReadReport report_;
  bool lost_lines_ = false, is_at_end_ = false;
  Part* taken_ = nullptr;
  std::size_t next_book_ = 0;
  std::optional<DateTime> last_time_;

  std::mutex mutex_;  ///< of all below, and of Part::is_read
  std::condition_variable changed_;
  std::vector<Part> parts_;                ///< a ring
  std::uint64_t first_ = 0, claimed_ = 0;  ///< parts [first_, claimed_) are taken, read or ready
  bool is_cutting_ = false, is_all_cut_ = false, stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace obkit::store
