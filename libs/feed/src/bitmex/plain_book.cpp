#include "plain_book.hpp"

#include <optional>

#include "plain_cursor.hpp"

namespace obkit::feed::bitmex {
namespace {

/// A whole number of so many digits is a double exactly.
constexpr int exact_digits = 15;
constexpr int id_digits = 18;

class PlainRow {
 public:
  PlainRow(PlainCursor& cursor, Rows& rows) : cursor_{cursor}, rows_{rows} {}

  /// Behind `{`, up to and with `}`.
  bool read() {
    do {
      if (!cursor_.take('"') || !read_field()) return false;
    } while (cursor_.take(','));
    if (!cursor_.take('}') || !row_.is_complete()) return false;
    rows_.add(row_);
    return true;
  }

 private:
  bool read_field() {
    switch (cursor_.peek()) {
      case 's':
        return cursor_.take("symbol\":\"") ? read_symbol()
               : cursor_.take("side\":\"") ? read_side()
                                           : cursor_.take("size\":") && read_size();
      case 'i':
        return cursor_.take("id\":") && read_id();
      case 'p':
        return cursor_.take("price\":") ? read_price() : cursor_.take("pool\":\"") && read_pool();
      case 't':
        return cursor_.take("timestamp\":\"") ? read_time()
                                              : cursor_.take("transactTime\":\"") && skip_time();
      default:
        return false;
    }
  }

  bool read_symbol() {
    if (cursor_.take_text(rows_.last_symbol())) {
      row_.symbol = rows_.last_symbol();
      return true;
    }
    const auto text = cursor_.text();
    if (text) row_.symbol = *text;
    return text.has_value();
  }
  bool read_side() {
    row_.has_side = true;
    if (cursor_.take("Buy\""))
      row_.level.side = Side::bid;
    else if (cursor_.take("Sell\""))
      row_.level.side = Side::ask;
    else
      return false;
    return true;
  }
  bool read_id() {
    const auto id = cursor_.whole_number(id_digits);
    row_.level.id = id.value_or(0);
    return row_.has_id = id.has_value();
  }
  bool read_size() {
    const auto size = cursor_.whole_number(exact_digits);
    if (size) row_.level.size = static_cast<double>(*size);
    return size.has_value();
  }
  bool read_price() {
    row_.level.price = cursor_.price();
    return row_.level.price.has_value();
  }
  bool read_pool() {
    const auto text = cursor_.text();
    if (text) row_.pool = *text;
    return text.has_value();
  }
  bool read_time() {
    if (cursor_.take_text(rows_.last_time_text())) {
      row_.time = rows_.last_time();
      return true;
    }
    const auto text = cursor_.text();
    if (text) row_.time = rows_.time_of(*text);
    return text && row_.time;
  }
  bool skip_time() { return cursor_.take_text(rows_.last_time_text()) || cursor_.text(); }

  PlainCursor& cursor_;
  Rows& rows_;
  Row row_;
};

std::optional<std::string_view> action_of(PlainCursor& cursor) {
  for (const std::string_view action : {"update", "delete", "insert"})
    if (cursor.take_text(action)) return action;
  return std::nullopt;
}

}  // namespace

bool read_plain_book(std::string_view text, Rows& rows) {
  PlainCursor cursor{text};
  if (!cursor.take(R"({"table":"orderBookL2","action":")")) return false;
  const auto action = action_of(cursor);
  if (!action || !cursor.take(R"(,"data":[)")) return false;
  rows.set_action(*action);
  do {
    if (!cursor.take('{') || !PlainRow{cursor, rows}.read()) return false;
  } while (cursor.take(','));
  return cursor.take("]}") && cursor.at_end();
}

}  // namespace obkit::feed::bitmex
