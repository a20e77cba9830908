#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/order_book.hpp"

namespace obkit::store {

/// What to do with a malformed line.
enum class BadLine { refuse, skip };

/// What a reader met besides good lines.
struct ReadReport {
  std::uint64_t books = 0;
  std::uint64_t skipped = 0;         ///< malformed lines, with BadLine::skip
  std::string first_skipped;         ///< the message of the first of them
  std::optional<std::string> torn;   ///< message about a torn last line
  std::uint64_t crossed = 0;         ///< books with best bid >= best ask
  std::uint64_t time_went_back = 0;  ///< books older than the one before

  ReadReport& operator+=(const ReadReport& other);
};

/// Books of one day-file or pipe.
class DayFileReader {
 public:
  DayFileReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line);
  DayFileReader(DayFileReader&&) noexcept;
  DayFileReader& operator=(DayFileReader&&) noexcept;
  ~DayFileReader();

  /// Reads into `book`, reusing its memory; false at the end. The first book after a skipped line
  /// has gap set. Throws DataError (place, problem) for a malformed line, IoError.
  [[nodiscard]] bool next(OrderBook& book);

  [[nodiscard]] const ReadReport& report() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Books of several inputs in the order given, as one stream.
///
/// The first book of a file has gap set unless the file continues the one before: the same symbol
/// in the name, no gap of its own, and less than 60 s later. All books must have the same depth.
/// The first book of the first file is left as it is.
class BookStream {
 public:
  /// `inputs`: files or "-", as expand_inputs gives them.
  BookStream(std::vector<std::string> inputs, BadLine bad_line);

  [[nodiscard]] bool next(OrderBook& book);

  /// Index into `inputs` of the file that the last book came from.
  [[nodiscard]] std::size_t input_index() const { return index_; }
  /// Of all files so far.
  [[nodiscard]] ReadReport report() const;

 private:
  bool open_next();

  std::vector<std::string> inputs_;
  BadLine bad_line_;
  std::size_t index_ = 0;
  bool started_ = false;
  std::optional<DayFileReader> reader_;
  ReadReport finished_;
  std::optional<Timestamp> last_time_;
  std::size_t depth_ = 0;
};

}  // namespace obkit::store
