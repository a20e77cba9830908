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
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// How volumes are given: `text` where they are only to be copied, which saves their conversion.
/// They are checked all the same.
enum class Volumes { numbers, text };

/// Books of one day-file or pipe.
class DayFileReader {
 public:
  /// `depth` is what all books must have; 0: that of the first. `name` is for messages, and its
  /// extension tells the BookFormat.
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

}  // namespace obkit::store
