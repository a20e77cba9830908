#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "obkit/core/order_book.hpp"
#include "obkit/store/book_line.hpp"

namespace obkit::store {

/// A form of day-files: how one book becomes one line, and back.
///
/// Names, locks, healing, compression, manifests, hashes, reading and verifying are the same for
/// every form. A new one is one .cpp and one entry in book_formats().
struct BookFormat {
  std::string_view name;       ///< as `obsave --format` takes it
  std::string_view extension;  ///< of day-files, with its dot; no two formats share one
  std::string_view help;       ///< a few words for people
  std::unique_ptr<BookLines> (*make_lines)();
  /// Reads a line without its `\n` into `book`. Returns what is wrong with it; empty: nothing.
  /// Null for the JSON lines that DayFileReader reads itself.
  std::string (*read)(std::string_view line, OrderBook& book) = nullptr;
};

/// Every format; the first one is the default.
[[nodiscard]] std::span<const BookFormat> book_formats();

/// The one that the extension of a path names, compressed or not; the default for any other name.
[[nodiscard]] const BookFormat& format_of(std::string_view path);

/// `path` without `.zst` and the extension of its format.
[[nodiscard]] std::string without_extension(std::string path);

}  // namespace obkit::store
