#include "rows.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "obkit/core/level_update.hpp"

#include "../json/compact_cursor.hpp"
#include "../json/json_value.hpp"

namespace obkit::feed::bitmex {

namespace {

using simdjson::ondemand::value;

Side side_of(std::string_view text) {
  if (text == "Buy") return Side::bid;
  if (text == "Sell") return Side::ask;
  throw BadFrame{"a side that is neither Buy nor Sell"};
}

/// So many symbols of a message are compared one by one.
constexpr std::size_t few = 8;

/// Mostly it is the very same text: a view of it.
bool is_same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.data() == b.data() || a == b);
}

}  // namespace

void Rows::read(simdjson::ondemand::array data, std::string_view action) {
  set_action(action);
  for (auto row : data) read_row(row.get_object());
}

void Rows::set_action(std::string_view action) {
  kind_ = action == "partial" ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
  if (action == "partial" || action == "insert") {
    action_ = LevelChange::Action::insert;
  } else if (action == "update") {
    action_ = LevelChange::Action::update;
  } else if (action == "delete") {
    action_ = LevelChange::Action::remove;
  } else {
    throw BadFrame{"an unknown action"};
  }
}

void Rows::read_row(simdjson::ondemand::object fields) {
  Row row;
  for (auto field : fields) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (content.is_null()) continue;  // null stands for "not told"
    if (key == "symbol") {
      row.symbol = content.get_string();
    } else if (key == "id") {
      row.level.id = content.get_uint64();
      row.has_id = true;
    } else if (key == "side") {
      row.level.side = side_of(content.get_string());
      row.has_side = true;
    } else if (key == "size") {
      if (action_ != LevelChange::Action::remove) row.level.size = size_of(content);
    } else if (key == "price") {
      row.level.price = price_of(content, row.lost);
    } else if (key == "timestamp") {
      row.time = time_of(content.get_string());
      if (!row.time) throw BadFrame{"a timestamp that is no time"};
    } else if (key == "pool") {
      row.pool = text_of(content);
    }
  }
  if (!row.is_complete()) throw BadFrame{"a row without symbol, id or side"};
  add(row);
}

void Rows::add(Row& row) {
  BookUpdate& update = update_of(row.symbol);
  if (row.time) update.time = update.time ? std::max(*update.time, *row.time) : *row.time;
  if (!row.pool.empty()) update.pool = row.pool;
  if (!row.lost.empty()) update.lost = row.lost;
  row.level.action = action_;
  if (action_ == LevelChange::Action::remove) row.level.size.reset();
  update.levels.push_back(row.level);
  last_ = &update;
}

std::optional<Timestamp> Rows::time_of(std::string_view text) {
  if (text == last_time_text_ && !text.empty()) return last_time_;
  const auto time = iso_.read(text);
  if (!time) return std::nullopt;
  last_time_text_ = text;
  return last_time_ = *time;
}

void Rows::clear() {
  constexpr std::size_t most_kept = 4096;
  if (used_ > few) places_.clear();
  if (used_ > most_kept) {
    updates_ = {};
    last_ = nullptr;
  }
  used_ = 0;
}

BookUpdate* Rows::find(std::string_view symbol) {
  // Rows of one symbol stand together, so it mostly is the last.
  const std::size_t first = used_ - std::min(used_, few);
  for (std::size_t i = used_; i-- > first;)
    if (is_same_text(updates_[i].symbol, symbol)) return &updates_[i];
  if (first == 0) return nullptr;
  const auto found = places_.find(std::string{symbol});
  return found == places_.end() ? nullptr : &updates_[found->second];
}

void Rows::note_place() {
  if (used_ <= few) return;
  for (std::size_t i = used_ == few + 1 ? 0 : used_ - 1; i < used_; ++i)
    places_.emplace(updates_[i].symbol, i);
}

BookUpdate& Rows::update_of(std::string_view symbol) {
  if (BookUpdate* const known = find(symbol)) return *known;
  if (used_ == updates_.size()) updates_.emplace_back();
  BookUpdate& update = updates_[used_++];
  update.kind = kind_;
  if (!is_same_text(update.symbol, symbol)) update.symbol = symbol;
  note_place();
  update.pool.clear();
  update.time.reset();
  update.lost.clear();
  update.levels.clear();
  return update;
}

namespace {

/// A whole number of so many digits is a double exactly.
constexpr int exact_digits = 15;
constexpr int id_digits = 18;

constexpr WordChoice side_texts{"Buy\"", "Sell\""};  // in the order of Side

/// What a row tells beside its texts.
struct RowNumbers {
  std::uint64_t id = 0;
  Side side = Side::bid;
  double size = 0;
  std::int64_t price_units = 0;
  int price_decimals = 0;
  bool has_id = false, has_side = false, has_size = false, has_price = false;

  // Each false where what comes is not plain.
  [[gnu::always_inline]] bool read_id(CompactCursor& cursor) {
    const auto number = cursor.whole_number(id_digits);
    if (number) id = *number;
    return has_id = number.has_value();
  }
  [[gnu::always_inline]] bool read_side(CompactCursor& cursor) {
    const auto which = cursor.take_one_of(side_texts);
    if (which) side = static_cast<Side>(*which);
    return has_side = which.has_value();
  }
  [[gnu::always_inline]] bool read_size(CompactCursor& cursor) {
    const auto number = cursor.whole_number(exact_digits);
    if (number) size = static_cast<double>(static_cast<std::int64_t>(*number));
    return has_size = number.has_value();
  }
  [[gnu::always_inline]] bool read_price(CompactCursor& cursor) {
    const auto number = cursor.price();
    if (number) price_units = number->units(), price_decimals = number->decimals();
    return has_price = number.has_value();
  }
  /// The id and those that follow it in the order of the exchange.
  [[gnu::always_inline]] bool read(CompactCursor& cursor) {
    if (!read_id(cursor)) return false;
    if (cursor.take(R"(,"side":")") && !read_side(cursor)) return false;
    if (cursor.take(R"(,"size":)") && !read_size(cursor)) return false;
    return !cursor.take(R"(,"price":)") || read_price(cursor);
  }

  void write(LevelChange& level) const {
    level.side = side;
    level.id = id;
    if (has_price) level.price = Price::from_units(price_units, price_decimals);
    if (has_size) level.size = size;
  }
};

/// The rows of one message.
class CompactRows {
 public:
  CompactRows(CompactCursor cursor, Rows& rows) : cursor_{cursor}, rows_{rows} {}

  /// All of them and what follows, to the end of the message.
  bool read() {
    do {
      if (!cursor_.take('{') || !read_row()) return false;
    } while (cursor_.take(','));
    return cursor_.take("]}") && cursor_.at_end();
  }

 private:
  /// Longer texts are not remembered.
  static constexpr std::size_t longest_tail = 256;

  /// Behind `{`, up to and with `}`.
  bool read_row() {
    const RowTexts& texts = rows_.texts();
    CompactCursor cursor = cursor_;  // a copy that nobody else sees stays in registers
    RowNumbers numbers;
    const bool is_usual = !texts.head.empty() && cursor.take(texts.head);
    if (is_usual && !numbers.read(cursor)) return false;
    cursor_ = cursor;
    if (is_usual && numbers.has_side && cursor.take(texts.tail)) {
      cursor_ = cursor;
      add_like_texts(numbers);
      return true;
    }
    begin_row();
    numbers_ = numbers;
    if (is_usual) {
      row_.symbol = texts.symbol;
      tail_ = cursor_.at();
      if (!cursor_.take(',')) return cursor_.take('}') && add();
    }
    return read_fields() && add();
  }

  void begin_row() {
    row_.level.price.reset();
    row_.level.size.reset();
    row_.symbol = row_.pool = {};
    row_.time.reset();
    tail_ = nullptr;
    has_texts_ = false;
    is_in_order_ = true;
    is_like_texts_ = false;
  }

  /// A row of which all but the numbers is as in the row that was remembered.
  [[gnu::always_inline]] void add_like_texts(const RowNumbers& numbers) {
    if (!is_like_texts_) return add_first_like_texts(numbers);
    LevelChange& level = rows_.add_like_last();
    numbers.write(level);
    if (level.action == LevelChange::Action::remove) level.size.reset();
  }
  [[gnu::noinline]] void add_first_like_texts(RowNumbers numbers) {
    const RowTexts& texts = rows_.texts();
    begin_row();
    numbers_ = numbers;
    row_.symbol = texts.symbol;
    row_.time = texts.time;
    row_.pool = texts.pool;
    add();
    is_like_texts_ = true;
  }

  bool add() {
    numbers_.write(row_.level);
    row_.has_id = numbers_.has_id;
    row_.has_side = numbers_.has_side;
    if (!row_.is_complete()) return false;
    rows_.add(row_);
    return true;
  }

  /// Whatever comes, up to and with `}`.
  [[gnu::noinline]] bool read_fields() {
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
                : cursor_.take("side\":\"")
                    ? numbers_.read_side(cursor_)
                    : cursor_.take("size\":") && numbers_.read_size(cursor_)) &&
               note_number();
      case 'i':
        return cursor_.take("id\":") && numbers_.read_id(cursor_) && note_number();
      case 'p':
        if (cursor_.take("price\":")) return numbers_.read_price(cursor_) && note_number();
        return cursor_.take("pool\":\"") && read_pool();
      case 't':
        return cursor_.take("timestamp\":\"") ? read_time()
                                              : cursor_.take("transactTime\":\"") && skip_time();
      default:
        return false;
    }
  }

  bool note_number() {
    is_in_order_ &= !has_texts_;
    tail_ = cursor_.at();
    return true;
  }

  /// For the next row. What a text means does not depend on where it stands.
  void remember() {
    if (!is_in_order_ || tail_ == nullptr) return;
    RowTexts& texts = rows_.texts();
    const std::string_view tail{tail_, static_cast<std::size_t>(cursor_.at() - tail_)};
    if (tail.size() > longest_tail) return;
    texts.tail = tail;
    texts.time = row_.time;
    texts.pool = row_.pool;
    is_like_texts_ = true;
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

  CompactCursor cursor_;
  Rows& rows_;
  Row row_;
  RowNumbers numbers_;
  const char* tail_ = nullptr;  ///< behind the last number, symbol or side
  bool has_texts_ = false;      ///< times or a pool
  bool is_in_order_ = true;     ///< those stand behind all numbers
  bool is_like_texts_ = false;  ///< the row that was added last, in all but the numbers
};

std::optional<std::string_view> action_of(CompactCursor& cursor) {
  for (const std::string_view action : {"update", "delete", "insert"})
    if (cursor.take_text(action)) return action;
  return std::nullopt;
}

}  // namespace

bool read_compact_book(std::string_view text, Rows& rows) {
  CompactCursor cursor{text};
  if (!cursor.take(R"({"table":"orderBookL2","action":")")) return false;
  const auto action = action_of(cursor);
  if (!action || !cursor.take(R"(,"data":[)")) return false;
  rows.set_action(*action);
  return CompactRows{cursor, rows}.read();
}

}  // namespace obkit::feed::bitmex
