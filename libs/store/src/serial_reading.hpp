#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "obkit/core/byte_stream.hpp"

#include "day_file_reading.hpp"

namespace obkit::store {

/// What is known of a file before its first line that is read.
struct ReadingStart {
  std::size_t depth = 0;    ///< that all books must have; 0: that of the first
  std::string symbol = {};  ///< that all lines which name one must name; empty: that of the first
  std::uint64_t lines = 0;  ///< that stand before
};

/// Line after line, on the thread of its user.
class SerialReading final : public DayFileReading {
 public:
  SerialReading(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
                ReadingStart start);
  ~SerialReading() override;

  bool next(OrderBook& book) override;
  [[nodiscard]] const ReadReport& report() const override;
  [[nodiscard]] bool lost_lines() const override;
  /// That the lines name; empty where none does.
  [[nodiscard]] const std::string& symbol() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
