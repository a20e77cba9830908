// A day-file: with either policy for bad lines a book that was read can be written and read again,
// and what one policy takes the other takes too. With a blank in front of each line, which keeps it
// from the fast way, the books and what is told of the lines are the same; so they are where
// volumes are read as text. A file of another format is refused whole.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "fuzz.hpp"
#include "support/memory_source.hpp"
#include "support/slow_line.hpp"

namespace {

using namespace obkit;
using store::BadLine;
using store::DayFileReader;

void require_round_trip(const OrderBook& book) {
  std::string line;
  store::append_book_line(line, {.time = book.time, .gap = book.gap}, book);
  DayFileReader reader{memory(line), "line", BadLine::refuse};
  OrderBook again;
  fuzz::require(reader.next(again));
  fuzz::require(again.time == book.time && again.recv == book.recv && again.gap == book.gap);
  fuzz::require(again.prices == book.prices && again.volumes == book.volumes);
}

/// The number of books; empty where the reader refuses the file.
std::optional<std::uint64_t> read(const std::string& text, BadLine bad_line) {
  DayFileReader reader{memory(text), "day-file", bad_line};
  try {
    for (OrderBook book; reader.next(book);) require_round_trip(book);
  } catch (const DataError&) {
    return std::nullopt;
  }
  fuzz::require(bad_line == BadLine::skip || reader.report().skipped == 0);
  return reader.report().books;
}

/// A reader knows it by the first line.
bool is_foreign(std::string_view text) {
  return !foreign_format(text.substr(0, text.find('\n'))).empty();
}

/// The text with a blank in front of each line that is not empty.
std::string indented(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (text[at] != '\n' && text[at] != '\r') result += ' ';
    result.append(text, at, end - at);
    at = end;
  }
  return result;
}

void require_same_without_haste(const std::string& text) {
  const std::string indented_text = indented(text);
  if (is_foreign(indented_text)) return;
  DayFileReader fast{memory(text), "day-file", BadLine::skip};
  DayFileReader slow{memory(indented_text), "day-file", BadLine::skip};
  OrderBook book, slow_book;
  while (fast.next(book)) {
    fuzz::require(slow.next(slow_book));
    fuzz::require(same_bits(book, slow_book));
  }
  fuzz::require(!slow.next(slow_book));
  fuzz::require(fast.report().skipped == slow.report().skipped);
  fuzz::require(fast.report().torn == slow.report().torn);
}

/// With volumes as text the books and what is told of the lines are the same, and the text is what
/// would be written.
void require_same_with_text(const std::string& text) {
  DayFileReader numbers{memory(text), "day-file", BadLine::skip};
  DayFileReader texts{memory(text), "day-file", BadLine::skip, 0, store::Volumes::text};
  OrderBook other;
  while (texts.next()) {
    fuzz::require(numbers.next());
    const OrderBook& book = numbers.book();
    other = texts.book();
    if (!texts.volumes_text().empty()) {
      std::string written;
      for (const double volume : book.volumes) append_number(written, volume), written += ',';
      written.pop_back();
      fuzz::require(texts.volumes_text() == written && other.volumes.empty());
      other.volumes = book.volumes;
    }
    fuzz::require(same_bits(book, other));
  }
  fuzz::require(!numbers.next());
  fuzz::require(numbers.report().first_skipped == texts.report().first_skipped);
  fuzz::require(numbers.report().skipped == texts.report().skipped);
  fuzz::require(numbers.report().torn == texts.report().torn);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::to_text(data, size);
  const auto strict = read(text, BadLine::refuse), lenient = read(text, BadLine::skip);
  if (is_foreign(text)) {
    fuzz::require(!lenient && !strict);
    return 0;
  }
  fuzz::require(lenient && (!strict || strict == lenient));
  require_same_without_haste(text);
  require_same_with_text(text);
  return 0;
}
