#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/store/input_sequence.hpp"
#include "obkit/store/read_report.hpp"

namespace obkit::store {

/// How volumes are given: `text` where they are only to be copied, which saves their conversion.
/// They are checked all the same.
enum class Volumes { numbers, text };

/// Books of one day-file or pipe.
class DayFileReader {
 public:
  /// `depth` is what all books must have; 0: that of the first. `name` is for messages.
  DayFileReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
                std::size_t depth = 0, Volumes volumes = Volumes::numbers);
  DayFileReader(DayFileReader&&) noexcept;
  DayFileReader& operator=(DayFileReader&&) noexcept;
  ~DayFileReader();

  /// Reads the next book(); false at the end. The first book after a skipped line has gap set.
  /// Throws DataError (place, problem) for a malformed line, IoError.
  [[nodiscard]] bool next();
  /// Valid until the next call of next(). Pre: next() returned true.
  [[nodiscard]] const OrderBook& book() const;
  /// Sets its gap.
  void mark_gap();
  /// With Volumes::text: the volumes of book() as the line has them, without brackets. They stand
  /// as append_number() writes them, and book().volumes is empty. Where they do not stand so in the
  /// line, the text is empty and book().volumes has them. Valid as long as book().
  [[nodiscard]] std::string_view volumes_text() const;

  /// next(), and a copy of the book in the memory of `book`.
  [[nodiscard]] bool next(OrderBook& book);

  /// Whether the next line was read already: to be looked at without a wait.
  [[nodiscard]] bool holds_line() const;

  [[nodiscard]] const ReadReport& report() const;

  /// At the end: whether lines behind the last book were skipped or torn.
  [[nodiscard]] bool lost_lines() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Where a day-file ended.
struct DayFileEnd {
  std::string symbol;       ///< of its name, as symbol_of_day_file() has it
  Timestamp time;           ///< of its last book
  bool lost_lines = false;  ///< behind that book
};

/// A file that begins this much later than another one ended, or more, does not continue it.
inline constexpr std::chrono::seconds usual_join{60};

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
  std::optional<DayFileReader> reader_;
  ReadReport finished_;
  std::optional<DayFileEnd> end_;  ///< as if files ended with the book before, but for the time
  DateTime last_time_;             ///< of the book before
  std::size_t depth_ = 0;
};

}  // namespace obkit::store
