#include "ladder_rows.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <stdexcept>

namespace obkit::exchange {

BookFrame ladder_image(std::size_t channel, const TrueBook& book) {
  BookFrame image{channel, BookAction::partial, book.time(), book.rows(), {}, book.change_id()};
  for (Row& row : image.rows) row.action = BookAction::insert;
  sort_rows(image.rows);
  return image;
}

BookFrame best_image(const TrueBook& book) {
  BookFrame image{0, BookAction::partial, book.time(), {}, {}, book.change_id()};
  for (const Side side : {Side::bid, Side::ask})
    for (const auto& [price, size] : book.levels(side, 1)) {
      Row row;
      row.side = side;
      row.price = price;
      row.size = size;
      image.rows.push_back(row);
    }
  return image;
}

void sort_rows(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& left, const Row& right) {
    if (left.side != right.side) return left.side == Side::bid;
    return left.side == Side::bid ? *left.price > *right.price : *left.price < *right.price;
  });
}

BookFrame with_row(const BookFrame& frame, BookAction action, Row row) {
  BookFrame changed = frame;
  changed.text.clear();
  row.action = action;
  changed.rows.push_back(row);
  sort_rows(changed.rows);
  return changed;
}

std::string milliseconds_text(Timestamp time) {
  return std::to_string(
      std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
}

namespace {

std::int64_t whole_size(const std::string& text) {
  std::int64_t size = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), size);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size())
    throw std::invalid_argument{"size " + text + " is no whole number"};
  return size;
}

}  // namespace

Row captured_row(Side side, const std::string& price, const std::string& size, Timestamp time) {
  Row row;
  row.side = side;
  row.price = parse_price(price).value();
  row.id = level_id(side, *row.price);
  row.size = whole_size(size);
  row.action = *row.size == 0 ? BookAction::remove : BookAction::insert;
  row.changed = time;
  return row;
}

}  // namespace obkit::exchange
