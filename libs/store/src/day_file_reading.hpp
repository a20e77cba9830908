#pragma once

#include "obkit/core/order_book.hpp"
#include "obkit/store/read_report.hpp"

namespace obkit::store {

/// A way to read a day-file; what DayFileReader promises.
class DayFileReading {
 public:
  DayFileReading() = default;
  DayFileReading(const DayFileReading&) = delete;
  DayFileReading& operator=(const DayFileReading&) = delete;
  virtual ~DayFileReading() = default;

  [[nodiscard]] virtual bool next(OrderBook& book) = 0;
  [[nodiscard]] virtual const ReadReport& report() const = 0;
  [[nodiscard]] virtual bool lost_lines() const = 0;
};

}  // namespace obkit::store
