#pragma once

#include <span>

#include <simdjson.h>

#include "obkit/core/level_update.hpp"

#include "../update_list.hpp"

namespace obkit::feed::bitmex {

/// Reads the table `quote`: best levels that a book has around that moment, with no number to say
/// which one. Memory is reused from message to message.
class Quotes {
 public:
  void clear() { updates_.clear(); }

  /// A row that does not tell both sides is left out. Throws BadFrame and simdjson_error.
  void read(simdjson::ondemand::array data);

  /// Valid until the next message.
  [[nodiscard]] std::span<const BookUpdate> updates() { return updates_.all(); }

 private:
  UpdateList updates_;
};

}  // namespace obkit::feed::bitmex
