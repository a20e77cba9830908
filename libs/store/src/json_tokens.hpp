#pragma once

#include <string>
#include <string_view>

#include <simdjson.h>

#include "obkit/store/json_line.hpp"

namespace obkit::store {

/// ", found …", for a message.
[[nodiscard]] std::string found(std::string_view text);

/// What is wrong with a line that cannot even be cut into tokens, or is no object.
[[nodiscard]] std::string_view explain(simdjson::error_code error);

/// Whether `value` is JSON to its last leaf and nested no deeper than `nesting`.
[[nodiscard]] bool is_valid_json(simdjson::ondemand::value value, int nesting);

/// A token without the white space behind it.
[[nodiscard]] inline std::string_view trimmed(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\t' || token.back() == '\r' ||
                            token.back() == '\n'))
    token.remove_suffix(1);
  return token;
}

}  // namespace obkit::store
