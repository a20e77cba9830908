#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "obkit/core/level_update.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// A whole number in decimal; empty for anything else.
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text);

/// A line of comma-separated values, cut into cells; quotes around a cell are taken off. The value
/// of a cell that is not as it should be throws a DataError with the place of the cell.
class CsvRow {
 public:
  /// Cuts `line`, which is what `lines` returned last; both stay as they are while the row is used.
  void cut(const LineReader& lines, std::string_view line);

  [[nodiscard]] std::span<const std::string_view> cells() const { return cells_; }

  // Pre: cell < cells().size()

  [[nodiscard]] std::string_view text(std::size_t cell) const;  ///< not empty
  /// Microseconds since 1970; none before 2000, which would be another unit.
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

/// Rows of comma-separated values under a header. Empty lines at the end are passed over.
///
/// A last line without `\n` is torn, whatever it looks like: the figure at its end may go on.
class CsvTable {
 public:
  /// Reads the header, unless `columns` stands for one that is not there. Throws DataError, as do
  /// the others.
  explicit CsvTable(LineReader lines, std::vector<std::string> columns = {});
  CsvTable(const CsvTable&) = delete;  // the row refers to the lines
  CsvTable& operator=(const CsvTable&) = delete;
  ~CsvTable() = default;

  /// Which cell of a row stands in the column `name`; a header without it is refused.
  [[nodiscard]] std::size_t column(const std::string& name) const;
  [[nodiscard]] const std::unordered_map<std::string, std::size_t>& columns() const {
    return columns_;
  }

  /// Goes to the next row; false at the end.
  [[nodiscard]] bool next();
  /// Valid until the next next(). It has a cell for each column.
  [[nodiscard]] const CsvRow& row() const { return row_; }

  [[nodiscard]] const std::optional<std::string>& torn() const { return torn_; }
  [[nodiscard]] InputPlace place() const { return lines_.place(); }
  [[nodiscard]] std::uint64_t line_number() const { return lines_.line_number(); }

 private:
  LineReader lines_;
  std::unordered_map<std::string, std::size_t> columns_;
  CsvRow row_;
  std::optional<InputPlace> empty_line_;  ///< the first of those that were passed over
  std::optional<std::string> torn_;
};

/// Whether `line` can be a header: names with commas between.
[[nodiscard]] bool is_csv_header(std::string_view line);

}  // namespace obkit::store
