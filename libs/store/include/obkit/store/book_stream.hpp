#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/book_reader.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// Where a day-file ended.
struct DayFileEnd {
  std::string symbol;       ///< of its name, as symbol_of_day_file() has it
  Timestamp time;           ///< of its last book
  bool lost_lines = false;  ///< behind that book
};

/// Whether `first`, the first book of `input`, continues a file that ended so: the same symbol in
/// the name, nothing lost at the seam, not earlier, and less than `join` later.
[[nodiscard]] bool continues(const DayFileEnd& end, const std::string& input,
                             const OrderBook& first, std::chrono::seconds join = usual_join);

/// Books of several inputs in the order given, as one stream.
///
/// The first book of a file has gap set unless the file continues() the one before. All books must
/// have the same depth. The first book of the first file is left as it is.
class BookStream {
 public:
  /// `inputs`: files or "-", as expand_inputs gives them. `before_wait` is called each time before
  /// reading or opening one would wait: for what is written to a pipe.
  BookStream(std::vector<std::string> inputs, BadLine bad_line,
             const std::function<void()>& before_wait = {}, std::chrono::seconds join = usual_join);
  /// Of an input that is read `again` the books that are not later than the last one are left out;
  /// the first one that is has gap set.
  BookStream(std::unique_ptr<InputSequence> inputs, BadLine bad_line,
             std::function<void()> before_wait = {}, std::chrono::seconds join = usual_join);

  using Wrap = std::function<std::unique_ptr<InputSequence>(std::unique_ptr<InputSequence>)>;
  /// The inputs are what `wrap` makes of them. Pre: next() was not called.
  void wrap_inputs(const Wrap& wrap) { inputs_ = wrap(std::move(inputs_)); }

  // As those of DayFileReader.
  [[nodiscard]] bool next();
  [[nodiscard]] const OrderBook& book() const { return reader_->book(); }
  [[nodiscard]] bool next(OrderBook& book);

  /// Pre: next() returned true.
  [[nodiscard]] bool holds_line() const { return reader_->holds_line(); }

  /// Index into the inputs of the one that the last book came from.
  [[nodiscard]] std::size_t input_index() const { return index_; }
  /// Of all files so far.
  [[nodiscard]] ReadReport report() const;
  /// The names of those that ended without a book, but for what is read again.
  [[nodiscard]] const std::vector<std::string>& without_books() const { return without_books_; }

 private:
  [[nodiscard]] bool read();
  void open(InputSequence::Input input);
  void finish();

  std::unique_ptr<InputSequence> inputs_;
  BadLine bad_line_;
  std::function<void()> before_wait_;
  std::chrono::seconds join_;
  std::string path_;    ///< of the input that is open, as is the next
  bool again_ = false;  ///< it was open before
  std::size_t index_ = 0, opened_ = 0;
  std::unique_ptr<BookReader> reader_;
  ReadReport finished_;
  std::vector<std::string> without_books_;
  std::optional<DayFileEnd> end_;  ///< as if files ended with the book before, but for the time
  DateTime last_time_;             ///< of the book before
  std::size_t depth_ = 0;
};

}  // namespace obkit::store
