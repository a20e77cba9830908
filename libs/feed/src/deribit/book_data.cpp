#include "book_data.hpp"

#include <cstdint>

#include "../json_value.hpp"

namespace obkit::feed::deribit {
namespace {

using simdjson::ondemand::value;
using Action = LevelChange::Action;

Action action_of(std::string_view text) {
  if (text == "new") return Action::set;
  if (text == "change") return Action::update;
  if (text == "delete") return Action::remove;
  throw BadFrame{"an unknown action"};
}

/// `["new",83958.0,3780.0]`. A "change" of a level that is not there shows that the book is not the
/// exchange's, although the chain of numbers holds: an empty snapshot can begin one.
void read_level(value content, Side side, BookUpdate& update) {
  LevelChange level{.action = {}, .side = side, .id = 0, .price = {}, .size = {}};
  std::size_t at = 0;
  for (auto cell : content.get_array()) {
    if (at == 0) level.action = action_of(cell.get_string());
    if (at == 1) level.price = price_of(cell.value());
    if (at == 2 && level.action != Action::remove) level.size = size_of(cell.value());
    ++at;
  }
  if (at != 3) throw BadFrame{"a level that is not action, price, amount"};
  level.id = level_id(side, *level.price);
  if (level.size == 0.0) level.action = Action::set;  // which leaves no level
  update.levels.push_back(level);
}

void read_side(value content, Side side, BookUpdate& update) {
  for (auto level : content.get_array()) read_level(level.value(), side, update);
}

Timestamp time_of(value content) {
  const std::uint64_t milliseconds = content.get_uint64();
  if (milliseconds > latest_milliseconds) throw BadFrame{"a timestamp that is no time"};
  return Timestamp{std::chrono::milliseconds{milliseconds}};
}

}  // namespace

std::string_view instrument_of(std::string_view channel) {
  constexpr std::string_view prefix = "book.";
  if (!channel.starts_with(prefix)) return {};
  channel.remove_prefix(prefix.size());
  const std::size_t dot = channel.find('.');
  // book.X.none.20.100ms is another channel: a window of the book, without numbers.
  const bool is_whole = dot != std::string_view::npos && channel.rfind('.') == dot;
  return is_whole ? channel.substr(0, dot) : std::string_view{};
}

void read_book(value data, std::string_view instrument, BookUpdate& update) {
  update = {.kind = BookUpdate::Kind::changes,
            .symbol = std::string{instrument},
            .levels = std::move(update.levels)};
  update.levels.clear();
  std::string_view type;
  bool has_bids = false, has_asks = false;
  for (auto field : data.get_object()) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (key == "timestamp") update.time = time_of(content);
    if (key == "type") type = content.get_string();
    if (key == "change_id") update.number = content.get_uint64().value();
    if (key == "prev_change_id") update.previous = content.get_uint64().value();
    if (key == "bids") has_bids = true, read_side(content, Side::bid, update);
    if (key == "asks") has_asks = true, read_side(content, Side::ask, update);
  }
  if (!update.number || !has_bids || !has_asks)
    throw BadFrame{"a book without change_id, bids or asks"};
  // Before 2021 there was no type.
  const bool is_image = type.empty() ? !update.previous : type == "snapshot";
  if (!is_image && type != "change" && !type.empty()) throw BadFrame{"an unknown type of book"};
  if (!is_image && !update.previous) throw BadFrame{"a change without prev_change_id"};
  if (is_image) update.kind = BookUpdate::Kind::image;
}

}  // namespace obkit::feed::deribit
