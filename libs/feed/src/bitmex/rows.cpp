#include "rows.hpp"

#include <algorithm>

#include "../json/json_value.hpp"

namespace obkit::feed::bitmex {
namespace {

using simdjson::ondemand::value;

Side side_of(std::string_view text) {
  if (text == "Buy") return Side::bid;
  if (text == "Sell") return Side::ask;
  throw BadFrame{"a side that is neither Buy nor Sell"};
}

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
      row.level.price = price_of(content);
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

BookUpdate& Rows::update_of(std::string_view symbol) {
  // Rows of one symbol stand together, so it mostly is the last.
  for (std::size_t i = used_; i-- > 0;)
    if (is_same_text(updates_[i].symbol, symbol)) return updates_[i];
  if (used_ == updates_.size()) updates_.emplace_back();
  BookUpdate& update = updates_[used_++];
  update.kind = kind_;
  if (!is_same_text(update.symbol, symbol)) update.symbol = symbol;
  update.pool.clear();
  update.time.reset();
  update.levels.clear();
  return update;
}

}  // namespace obkit::feed::bitmex
