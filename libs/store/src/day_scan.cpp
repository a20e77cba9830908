#include "day_scan.hpp"

#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/day_file_reader.hpp"

namespace obkit::store {
namespace {

void count(const OrderBook& book, Manifest& counted) {
  counted.depth = book.depth();
  const auto reason = book.gap ? std::optional<std::string>{"not known"} : std::nullopt;
  counted.add(book.time, reason, counted.last);
}

}  // namespace

DayScan scan_day(std::unique_ptr<ByteSource> source, const std::string& name, int date,
                 Manifest& counted) {
  DayScan scan;
  DayFileReader reader{std::move(source), name, BadLine::skip, counted.depth};
  try {
    for (OrderBook book; reader.next(book);) {
      if (book.time.date != date) ++scan.other_dates;
      count(book, counted);
    }
  } catch (const DataError& error) {
    scan.damage = error.what();
  }
  scan.report = reader.report();
  return scan;
}

}  // namespace obkit::store
