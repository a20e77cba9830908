#pragma once

#include "obkit/core/order_book.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// Books of one input.
class BookReader {
 public:
  BookReader() = default;
  virtual ~BookReader() = default;

  /// Reads the next book(); false at the end. The first book after a skipped line has gap set.
  /// Throws DataError (place, problem) for a malformed line, IoError.
  [[nodiscard]] virtual bool next() = 0;
  /// Valid until the next call of next(). Pre: next() returned true.
  [[nodiscard]] virtual const OrderBook& book() const = 0;
  /// Sets its gap.
  virtual void mark_gap() = 0;

  /// Whether the next line was read already: to be looked at without a wait.
  [[nodiscard]] virtual bool holds_line() const = 0;

  /// Pre: at the end.
  [[nodiscard]] virtual const ReadReport& report() const = 0;
  /// At the end: whether lines behind the last book were skipped or torn.
  [[nodiscard]] virtual bool lost_lines() const = 0;

 protected:
  BookReader(const BookReader&) = default;
  BookReader& operator=(const BookReader&) = default;
  BookReader(BookReader&&) = default;
  BookReader& operator=(BookReader&&) = default;
};

}  // namespace obkit::store
