#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "obkit/core/price.hpp"

namespace obkit::feed::kraken {

/// `{"price":0.0278,"qty":0.00000000}`
struct Row {
  std::optional<Price> price;  ///< empty where a book cannot hold it
  double size = 0;             ///< 0: the level is gone
  std::string_view size_text;  ///< in the text of the message
};

/// A price that a book cannot hold sets `lost`, as BookUpdate::lost. Throws BadFrame and
/// simdjson_error.
[[nodiscard]] Row read_row(simdjson::ondemand::value content, std::string& lost);

}  // namespace obkit::feed::kraken
