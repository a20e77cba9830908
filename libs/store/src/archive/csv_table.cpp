#include "archive/csv_table.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/json_line.hpp"

#include "lines/line_format.hpp"

namespace obkit::store {

std::optional<std::int64_t> parse_whole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void CsvRow::cut(const LineReader& lines, std::string_view line) {
  lines_ = &lines;
  line_ = line;
  cells_.clear();
  for (std::size_t begin = 0;; ++begin) {
    std::size_t end = std::min(line.find(',', begin), line.size());
    if (begin < line.size() && line[begin] == '"')
      end = cut_quoted(begin);
    else
      cells_.push_back(line.substr(begin, end - begin));
    if (end == line.size()) return;
    begin = end;
  }
}

/// Where the cell ends whose quotes open at `begin`.
std::size_t CsvRow::cut_quoted(std::size_t begin) {
  const std::size_t close = std::min(line_.find('"', begin + 1), line_.size());
  cells_.push_back(line_.substr(begin + 1, close - begin - 1));
  if (close == line_.size()) refuse(cells_.size() - 1, "closing quotes behind");
  if (close + 1 < line_.size() && line_[close + 1] != ',') {
    cells_.push_back(line_.substr(close + 1));
    refuse(cells_.size() - 1, "a comma behind quotes");
  }
  return close + 1;
}

std::string_view CsvRow::text(std::size_t cell) const {
  if (cells_[cell].empty()) refuse(cell, "a text");
  return cells_[cell];
}

Timestamp CsvRow::time(std::size_t cell) const {
  // Seconds and milliseconds of our days would be times of 1970.
  constexpr std::int64_t earliest = 946'684'800'000'000;  // 2000-01-01
  constexpr std::int64_t latest = 9'000'000'000'000'000;  // nanoseconds in 64 bits end in 2262
  const auto microseconds = parse_whole(cells_[cell]);
  if (!microseconds || *microseconds < earliest || *microseconds > latest)
    refuse(cell, "microseconds since 1970, from 2000 on");
  return Timestamp{std::chrono::microseconds{*microseconds}};
}

bool CsvRow::truth(std::size_t cell) const {
  const std::string_view text = cells_[cell];
  if (text != "true" && text != "false") refuse(cell, "true or false");
  return text == "true";
}

Side CsvRow::side(std::size_t cell) const {
  const std::string_view text = cells_[cell];
  if (text != "bid" && text != "ask") refuse(cell, "bid or ask");
  return text == "bid" ? Side::bid : Side::ask;
}

Price CsvRow::price(std::size_t cell) const {
  const auto price = parse_price(cells_[cell]);
  if (!price || !is_in_range(*price))
    refuse(cell, is_json_number(cells_[cell])
                     ? "a price of at most nine decimals within ±4611686018"
                     : "a price");
  return *price;
}

double CsvRow::amount(std::size_t cell) const {
  const auto amount = parse_number(cells_[cell]);
  if (!amount || *amount < 0) refuse(cell, "an amount >= 0");
  return *amount;
}

void CsvRow::refuse(std::size_t cell, std::string_view expected) const {
  const std::string_view text = cells_[cell];
  throw DataError{lines_->place(column(text)), "expected " + std::string{expected} + ", found " +
                                                   (text.empty() ? "nothing" : shown(text))};
}

void CsvRow::refuse(std::string_view problem) const { throw DataError{lines_->place(), problem}; }

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool belongs_to_header(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
         std::string_view{"_[].\","}.find(c) != std::string_view::npos;
}

}  // namespace

CsvTable::CsvTable(LineReader lines, std::vector<std::string> columns) : lines_{std::move(lines)} {
  for (std::size_t i = 0; i < columns.size(); ++i) columns_.emplace(std::move(columns[i]), i);
  if (!columns_.empty()) return;
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
      torn_ = lines_.torn_end();
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
  if (lines_.ends_early()) torn_ = lines_.torn_end();
  return false;
}

bool is_csv_header(std::string_view line) {
  return line.find(',') != std::string_view::npos && !is_digit(line.front()) &&
         std::all_of(line.begin(), line.end(), belongs_to_header);
}

}  // namespace obkit::store
