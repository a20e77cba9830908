#include "plain_book.hpp"

#include <cstddef>
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
    RowTexts& texts = rows_.texts();
    if (!texts.head.empty() && cursor_.take(texts.head)) {
      row_.symbol = texts.symbol;
      if (!read_id() || !read_numbers()) return false;
      if (cursor_.take(texts.tail)) {
        row_.time = texts.time;
        row_.pool = texts.pool;
        return add();
      }
      if (!cursor_.take(',')) return cursor_.take('}') && add();
    }
    return read_fields() && add();
  }

 private:
  /// Longer texts are not remembered.
  static constexpr std::size_t longest_tail = 256;

  bool add() {
    if (!row_.is_complete()) return false;
    rows_.add(row_);
    return true;
  }

  /// Those that follow the id in the order of the exchange.
  bool read_numbers() {
    if (cursor_.take(R"(,"side":")") && !read_side()) return false;
    if (cursor_.take(R"(,"size":)") && !read_size()) return false;
    if (cursor_.take(R"(,"price":)") && !read_price()) return false;
    tail_ = cursor_.at();
    return true;
  }

  /// Whatever comes, up to and with `}`.
  bool read_fields() {
    do {
      if (!cursor_.take('"') || !read_field()) return false;
    } while (cursor_.take(','));
    if (!cursor_.take('}')) return false;
    remember();
    return true;
  }

  bool read_field() {
    switch (cursor_.peek()) {
      case 's':
        return (cursor_.take("symbol\":\"") ? read_symbol()
                : cursor_.take("side\":\"") ? read_side()
                                            : cursor_.take("size\":") && read_size()) &&
               note_number();
      case 'i':
        return cursor_.take("id\":") && read_id() && note_number();
      case 'p':
        if (cursor_.take("price\":")) return read_price() && note_number();
        return cursor_.take("pool\":\"") && read_pool();
      case 't':
        return cursor_.take("timestamp\":\"") ? read_time()
                                              : cursor_.take("transactTime\":\"") && skip_time();
      default:
        return false;
    }
  }

  bool note_number() {
    is_usual_ &= !has_texts_;
    tail_ = cursor_.at();
    return true;
  }

  /// For the next row. What a text means does not depend on where it stands.
  void remember() {
    if (!is_usual_ || tail_ == nullptr) return;
    RowTexts& texts = rows_.texts();
    const std::string_view tail{tail_, static_cast<std::size_t>(cursor_.at() - tail_)};
    if (tail.size() > longest_tail) return;
    texts.tail = tail;
    texts.time = row_.time;
    texts.pool = row_.pool;
    if (texts.symbol == row_.symbol) return;
    texts.symbol = row_.symbol;
    texts.head.assign(R"("symbol":")").append(row_.symbol).append(R"(","id":)");
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
    const auto side = cursor_.take_either("Buy\"", "Sell\"");
    if (side) row_.level.side = static_cast<Side>(*side);
    return row_.has_side = side.has_value();
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
    has_texts_ = true;
    const auto text = cursor_.text();
    if (text) row_.pool = *text;
    return text.has_value();
  }
  bool read_time() {
    has_texts_ = true;
    if (cursor_.take_text(rows_.last_time_text())) {
      row_.time = rows_.last_time();
      return true;
    }
    const auto text = cursor_.text();
    if (text) row_.time = rows_.time_of(*text);
    return text && row_.time;
  }
  bool skip_time() {
    has_texts_ = true;
    return cursor_.take_text(rows_.last_time_text()) || cursor_.text();
  }

  PlainCursor& cursor_;
  Rows& rows_;
  Row row_;
  const char* tail_ = nullptr;  ///< behind the last number, symbol or side
  bool has_texts_ = false;      ///< times or a pool
  bool is_usual_ = true;        ///< those stand behind all numbers
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
