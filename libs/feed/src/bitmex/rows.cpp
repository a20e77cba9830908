#include "rows.hpp"

#include <algorithm>

#include "../json_value.hpp"

namespace obkit::feed::bitmex {
namespace {

using simdjson::ondemand::value;

Side side_of(std::string_view text) {
  if (text == "Buy") return Side::bid;
  if (text == "Sell") return Side::ask;
  throw BadFrame{"a side that is neither Buy nor Sell"};
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

void Rows::read_row(simdjson::ondemand::object row) {
  LevelChange level{.action = action_, .side = {}, .id = 0, .price = {}, .size = {}};
  std::string_view symbol, pool;
  std::optional<Timestamp> time;
  bool has_id = false, has_side = false;
  for (auto field : row) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (content.is_null()) continue;  // null stands for "not told"
    if (key == "symbol") {
      symbol = content.get_string();
    } else if (key == "id") {
      level.id = content.get_uint64();
      has_id = true;
    } else if (key == "side") {
      level.side = side_of(content.get_string());
      has_side = true;
    } else if (key == "size") {
      if (action_ != LevelChange::Action::remove) level.size = size_of(content);
    } else if (key == "price") {
      level.price = price_of(content);
    } else if (key == "timestamp") {
      time = time_of(content.get_string());
    } else if (key == "pool") {
      pool = text_of(content);
    }
  }
  if (symbol.empty() || !has_id || !has_side) throw BadFrame{"a row without symbol, id or side"};
  BookUpdate& update = update_of(symbol);
  if (time) update.time = update.time ? std::max(*update.time, *time) : *time;
  if (!pool.empty()) update.pool = pool;
  update.levels.push_back(level);
}

Timestamp Rows::time_of(std::string_view text) {
  if (text != last_time_text_) {  // the rows of a message mostly share theirs
    const auto time = parse_iso(text);
    if (!time) throw BadFrame{"a timestamp that is no time"};
    last_time_text_ = text;
    last_time_ = *time;
  }
  return last_time_;
}

BookUpdate& Rows::update_of(std::string_view symbol) {
  // Rows of one symbol stand together, so it mostly is the last.
  for (std::size_t i = used_; i-- > 0;)
    if (updates_[i].symbol == symbol) return updates_[i];
  if (used_ == updates_.size()) updates_.emplace_back();
  BookUpdate& update = updates_[used_++];
  update.kind = kind_;
  update.symbol = symbol;
  update.pool.clear();
  update.time.reset();
  update.levels.clear();
  return update;
}

}  // namespace obkit::feed::bitmex
