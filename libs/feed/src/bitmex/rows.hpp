#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <simdjson.h>

#include "obkit/core/level_update.hpp"
#include "obkit/core/time.hpp"

namespace obkit::feed::bitmex {

/// What a row of a book's table says.
struct Row {
  LevelChange level;  ///< its action is that of the message
  std::string_view symbol, pool;
  std::optional<Timestamp> time;
  bool has_id = false, has_side = false;
  std::string lost = {};  ///< why the book is lost, as BookUpdate::lost

  [[nodiscard]] bool is_complete() const { return !symbol.empty() && has_id && has_side; }
};

/// What stood around the numbers of a row, which mostly is the same in the next one.
struct RowTexts {
  std::string head;  ///< behind `{`, up to the digits of the id: the symbol and nothing else
  std::string tail;  ///< behind the numbers, with `}`: times and pool, if any
  std::string symbol, pool;
  std::optional<Timestamp> time;
};

/// Gathers the rows of one message into one update a symbol. Memory is reused from message to
/// message.
class Rows {
 public:
  void clear();

  /// Throws BadFrame and simdjson_error.
  void read(simdjson::ondemand::array data, std::string_view action);
  /// Sees to it that `symbol` has an update, if without rows.
  void begin_image_of(std::string_view symbol, std::string_view pool) {
    kind_ = BookUpdate::Kind::image;
    BookUpdate& update = update_of(symbol);
    if (update.pool.empty()) update.pool = pool;
  }

  /// Of the rows that are added from now on. Throws BadFrame for one that is none.
  void set_action(std::string_view action);
  /// Pre: it is complete.
  void add(Row& row);

  /// Adds an empty row whose symbol, time and pool are those of the one that was added last, in the
  /// same message.
  LevelChange& add_like_last() {
    LevelChange& level = last_->levels.emplace_back();
    level.action = action_;
    return level;
  }

  /// The time of a text, remembered: the rows of a message mostly share theirs.
  [[nodiscard]] std::optional<Timestamp> time_of(std::string_view text);
  /// What time_of() understood last; empty before.
  [[nodiscard]] std::string_view last_time_text() const { return last_time_text_; }
  [[nodiscard]] Timestamp last_time() const { return last_time_; }
  /// Of an update that is or was here; empty before the first one.
  [[nodiscard]] std::string_view last_symbol() const {
    return updates_.empty() ? std::string_view{} : updates_[used_ > 0 ? used_ - 1 : 0].symbol;
  }

  /// For whoever reads plain rows to remember them in. Both texts are empty before the first one.
  [[nodiscard]] RowTexts& texts() { return texts_; }

  [[nodiscard]] std::span<const BookUpdate> updates() const { return {updates_.data(), used_}; }

 private:
  void read_row(simdjson::ondemand::object fields);
  [[nodiscard]] BookUpdate& update_of(std::string_view symbol);
  /// Null where the message has not named it yet.
  [[nodiscard]] BookUpdate* find(std::string_view symbol);
  void note_place();

  std::vector<BookUpdate> updates_;
  std::size_t used_ = 0;
  std::unordered_map<std::string, std::size_t> places_;  ///< of updates, once they are many
  BookUpdate* last_ = nullptr;                           ///< that a row was added to
  BookUpdate::Kind kind_ = BookUpdate::Kind::changes;
  LevelChange::Action action_ = LevelChange::Action::insert;
  IsoReader iso_;
  std::string last_time_text_;
  Timestamp last_time_;
  RowTexts texts_;
};

/// Reads a message of changes the fast way, without a copy and without a tree, where it is written
/// as the exchange writes it: table, action (insert, update or delete), data, and rows of symbol,
/// id, side, size, price, timestamp, transactTime and pool in any order; plain numbers, texts
/// without escapes, no white space.
///
/// False for anything else, be it legal or not: the message is then simdjson's to read or refuse,
/// and `rows` are to be cleared. What is taken gives the rows that simdjson's way gives.
[[nodiscard]] bool read_compact_book(std::string_view text, Rows& rows);

}  // namespace obkit::feed::bitmex
