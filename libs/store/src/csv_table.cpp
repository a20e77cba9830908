#include "csv_table.hpp"

#include <algorithm>
#include <utility>

#include "obkit/core/error.hpp"

namespace obkit::store {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool belongs_to_header(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
         std::string_view{"_[].\","}.find(c) != std::string_view::npos;
}

}  // namespace

CsvTable::CsvTable(LineReader lines) : lines_{std::move(lines)} {
  row_.cut(lines_, lines_.next().value_or(""));
  for (std::size_t i = 0; i < row_.cells().size(); ++i)
    if (!columns_.emplace(row_.cells()[i], i).second)
      row_.refuse("expected each column once, found " + std::string{row_.cells()[i]} + " again");
}

std::size_t CsvTable::column(const std::string& name) const {
  const auto found = columns_.find(name);
  if (found == columns_.end()) row_.refuse("expected the column " + name + ", found none");
  return found->second;
}

bool CsvTable::next() {
  while (const auto line = lines_.next()) {
    if (!lines_.line_was_ended()) {
      torn_ = torn_line(lines_.place());
      return false;
    }
    if (line->empty()) {
      if (!empty_line_) empty_line_ = lines_.place();
      continue;
    }
    if (empty_line_) throw DataError{*empty_line_, "expected a row, found an empty line"};
    row_.cut(lines_, *line);
    if (row_.cells().size() != columns_.size())
      row_.refuse("expected " + std::to_string(columns_.size()) +
                  " cells as in the header, found " + std::to_string(row_.cells().size()));
    return true;
  }
  return false;
}

bool is_csv_header(std::string_view line) {
  return line.find(',') != std::string_view::npos && !is_digit(line.front()) &&
         std::all_of(line.begin(), line.end(), belongs_to_header);
}

}  // namespace obkit::store
