#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "obkit/core/error.hpp"
#include "obkit/store/line_reader.hpp"

#include "json_tokens.hpp"

namespace obkit::store {

/// Walks through the fields of a line that holds one JSON object. The only place that knows how the
/// parser moves; whatever it stumbles on is a DataError with the column.
class JsonWalker {
 public:
  void begin(const LineReader& lines, std::string_view line);

  /// Moves to the next field; false at the end, when nothing follows the object.
  [[nodiscard]] bool next_field();
  [[nodiscard]] std::string_view key() const { return key_; }

  // The value of that field is taken by one of these.

  /// The token of a number or a word; of anything else its start.
  [[nodiscard]] std::string_view token();
  [[nodiscard]] std::string_view text();
  /// Checks a value that nobody asked for.
  void check_value();
  /// Calls take(token, item) for each item of a list, item from 1; `expected` is for messages.
  template <class Take>
  void for_each_item(std::string_view expected, Take take);

  [[noreturn]] void refuse(std::string_view problem) const;
  /// About the value of `key`, with `item` (from 1) about one item of its list.
  [[noreturn]] void refuse(std::string_view key, std::size_t item, std::string_view problem) const;
  [[noreturn]] void refuse_value(std::string_view problem, std::size_t item = 0) const {
    refuse(key_, item, problem);
  }

 private:
  /// Where the next token starts; the end of the line behind the last one.
  [[nodiscard]] const char* location();
  [[noreturn]] void refuse_at(const char* at, std::string_view expected) const;
  [[noreturn]] void refuse_start(simdjson::error_code error) const;

  const LineReader* lines_ = nullptr;
  std::string_view line_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  simdjson::ondemand::object_iterator field_;
  bool at_first_ = true;
  std::string_view key_;
  simdjson::ondemand::value value_;
  const char* behind_ = nullptr;  ///< the token behind the value
};

template <class Take>
void JsonWalker::for_each_item(std::string_view expected, Take take) {
  const auto start = token();
  simdjson::ondemand::array array;
  if (value_.get_array().get(array))
    refuse_value("expected a list of " + std::string{expected} + found(start));
  std::size_t item = 0;
  for (simdjson::simdjson_result<simdjson::ondemand::value> element : array) {
    if (element.error()) refuse_value("expected a list of " + std::string{expected});
    const std::string_view raw = element.value_unsafe().raw_json_token();
    take(trimmed(raw), ++item);
    const char* const behind = raw.data() + raw.size();
    if (*behind != ',' && *behind != ']') refuse_at(behind, "expected , or ]");
  }
  behind_ = location();
}

}  // namespace obkit::store
