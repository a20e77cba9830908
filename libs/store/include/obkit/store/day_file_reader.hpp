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
#include "obkit/store/book_reader.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// How volumes are given: `text` where they are only to be copied, which saves their conversion.
/// They are checked all the same.
enum class Volumes { numbers, text };

/// Books of one day-file or pipe.
class DayFileReader final : public BookReader {
 public:
  /// `depth` is what all books must have; 0: that of the first. `name` is for messages, and its
  /// extension tells the BookFormat.
  DayFileReader(std::unique_ptr<ByteSource> source, std::string name, BadLine bad_line,
                std::size_t depth = 0, Volumes volumes = Volumes::numbers);
  DayFileReader(DayFileReader&&) noexcept;
  DayFileReader& operator=(DayFileReader&&) noexcept;
  ~DayFileReader() override;

  [[nodiscard]] bool next() override;
  [[nodiscard]] const OrderBook& book() const override;
  void mark_gap() override;
  /// With Volumes::text: the volumes of book() as the line has them, without brackets. They stand
  /// as append_number() writes them, and book().volumes is empty. Where they do not stand so in the
  /// line, the text is empty and book().volumes has them. Valid as long as book().
  [[nodiscard]] std::string_view volumes_text() const;

  /// next(), and a copy of the book in the memory of `book`.
  [[nodiscard]] bool next(OrderBook& book);

  [[nodiscard]] bool holds_line() const override;

  /// So far.
  [[nodiscard]] const ReadReport& report() const override;
  [[nodiscard]] bool lost_lines() const override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
