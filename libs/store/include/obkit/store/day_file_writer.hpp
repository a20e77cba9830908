#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "obkit/core/order_book.hpp"

namespace obkit::store {

/// When lines go to the kernel.
enum class Flush {
  each_line,  ///< by one write() each
  blocks,     ///< when enough of them have gathered, and at the end of a file
};

/// What to do with a book that is older than the last one in its file.
enum class Overlap {
  clamp,   ///< it gets the last one's time: a clock was set back
  refuse,  ///< an error where a file is opened: the books are there already
};

struct DayFileOptions {
  std::string folder;  ///< made where it is missing
  std::string symbol;
  Flush flush = Flush::each_line;
  Overlap overlap = Overlap::clamp;
};

/// What was found where a file was opened.
struct OpenedDayFile {
  std::string path;
  bool had_books = false;       ///< they are kept; what follows is appended
  std::uint64_t cut_bytes = 0;  ///< of a torn last line, which is gone now
};

/// Writes a symbol's books to its day-files, one a UTC day of the books' own time.
///
/// The first book gets a gap where there are books of that symbol before it, in the same file or in
/// that of an earlier day: the recorder was restarted.
class DayFileWriter {
 public:
  /// `opened` is told of each file.
  explicit DayFileWriter(DayFileOptions options,
                         std::function<void(const OpenedDayFile&)> opened = {});
  DayFileWriter(DayFileWriter&&) noexcept;
  DayFileWriter& operator=(DayFileWriter&&) noexcept;
  ~DayFileWriter();

  /// Throws IoError; lines that were written before stay whole.
  void write(const OrderBook& book);
  void close();

  [[nodiscard]] std::uint64_t books() const;
  [[nodiscard]] std::uint64_t gaps() const;
  [[nodiscard]] std::uint64_t clamped() const;  ///< books whose time would have gone back
  [[nodiscard]] std::uint64_t files() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
