#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "obkit/core/level_update.hpp"

namespace obkit::feed::bitmex {

/// Gathers the rows of one message into one update a symbol. Memory is reused from message to
/// message.
class Rows {
 public:
  void clear() { used_ = 0; }

  /// Throws BadFrame and simdjson_error.
  void read(simdjson::ondemand::array data, std::string_view action);
  /// Sees to it that `symbol` has an update, if without rows.
  void begin_image_of(std::string_view symbol, std::string_view pool) {
    kind_ = BookUpdate::Kind::image;
    BookUpdate& update = update_of(symbol);
    if (update.pool.empty()) update.pool = pool;
  }

  [[nodiscard]] std::span<const BookUpdate> updates() const { return {updates_.data(), used_}; }

 private:
  void set_action(std::string_view action);
  void read_row(simdjson::ondemand::object row);
  [[nodiscard]] Timestamp time_of(std::string_view text);
  [[nodiscard]] BookUpdate& update_of(std::string_view symbol);

  std::vector<BookUpdate> updates_;
  std::size_t used_ = 0;
  BookUpdate::Kind kind_ = BookUpdate::Kind::changes;
  LevelChange::Action action_ = LevelChange::Action::insert;
  std::string last_time_text_;
  Timestamp last_time_;
};

}  // namespace obkit::feed::bitmex
