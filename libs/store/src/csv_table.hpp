#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "obkit/store/line_reader.hpp"

#include "csv_row.hpp"

namespace obkit::store {

/// Rows of comma-separated values under a header. Empty lines at the end are passed over.
///
/// A last line without `\n` is torn, whatever it looks like: the figure at its end may go on.
class CsvTable {
 public:
  /// Reads the header. Throws DataError, as do the others.
  explicit CsvTable(LineReader lines);
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
