// A day-file: with either policy for bad lines a book that was read can be written and read again,
// and what one policy takes the other takes too.

#include <optional>
#include <string>

#include "obkit/core/error.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "../store/memory_source.hpp"
#include "fuzz.hpp"

namespace {

using namespace obkit;
using store::BadLine;
using store::DayFileReader;

void require_round_trip(const OrderBook& book) {
  std::string line;
  store::append_book_line(line, {.time = book.time, .gap = book.gap}, book);
  DayFileReader reader{store::memory(line), "line", BadLine::refuse};
  OrderBook again;
  fuzz::require(reader.next(again));
  fuzz::require(again.time == book.time && again.recv == book.recv && again.gap == book.gap);
  fuzz::require(again.prices == book.prices && again.volumes == book.volumes);
}

/// The number of books; empty where the reader refuses the file.
std::optional<std::uint64_t> read(const std::string& text, BadLine bad_line) {
  DayFileReader reader{store::memory(text), "day-file", bad_line};
  try {
    for (OrderBook book; reader.next(book);) require_round_trip(book);
  } catch (const DataError&) {
    return std::nullopt;
  }
  fuzz::require(bad_line == BadLine::skip || reader.report().skipped == 0);
  return reader.report().books;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::to_text(data, size);
  const auto strict = read(text, BadLine::refuse), lenient = read(text, BadLine::skip);
  fuzz::require(lenient && (!strict || strict == lenient));
  return 0;
}
