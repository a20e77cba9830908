#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "obkit/core/level_update.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// A line of comma-separated values, cut into cells; quotes around a cell are taken off. The value
/// of a cell that is not as it should be throws a DataError with the place of the cell.
class CsvRow {
 public:
  /// Cuts `line`, which is what `lines` returned last; both stay as they are while the row is used.
  void cut(const LineReader& lines, std::string_view line);

  [[nodiscard]] std::span<const std::string_view> cells() const { return cells_; }

  // Pre: cell < cells().size()

  [[nodiscard]] std::string_view text(std::size_t cell) const;  ///< not empty
  /// Microseconds since 1970.
  [[nodiscard]] Timestamp time(std::size_t cell) const;
  [[nodiscard]] bool truth(std::size_t cell) const;
  [[nodiscard]] Side side(std::size_t cell) const;
  /// Exact.
  [[nodiscard]] Price price(std::size_t cell) const;
  /// Finite, >= 0.
  [[nodiscard]] double amount(std::size_t cell) const;

  /// "expected …, found …" about a cell.
  [[noreturn]] void refuse(std::size_t cell, std::string_view expected) const;
  /// About the row as a whole.
  [[noreturn]] void refuse(std::string_view problem) const;

 private:
  [[nodiscard]] std::size_t cut_quoted(std::size_t begin);
  [[nodiscard]] std::size_t column(std::string_view cell) const {
    return static_cast<std::size_t>(cell.data() - line_.data()) + 1;
  }

  const LineReader* lines_ = nullptr;
  std::string_view line_;
  std::vector<std::string_view> cells_;
};

}  // namespace obkit::store
