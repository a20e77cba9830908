#include "json_tokens.hpp"

#include "obkit/core/number.hpp"

namespace obkit::store {
namespace {

namespace json = simdjson::ondemand;

bool is_valid_array(json::value value, int nesting) {
  json::array array;
  if (value.get_array().get(array)) return false;
  for (auto item : array)
    if (item.error() || !is_valid_json(item.value_unsafe(), nesting)) return false;
  return true;
}

bool is_valid_object(json::value value, int nesting) {
  json::object object;
  if (value.get_object().get(object)) return false;
  for (auto field : object) {
    if (field.error() || field.unescaped_key().error()) return false;
    if (!is_valid_json(field.value_unsafe().value(), nesting)) return false;
  }
  return true;
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t limit = 40;
  std::string result{text.substr(0, limit)};
  for (char& c : result)
    if (c < ' ' || c > '~') c = '?';
  return text.size() > limit ? result + "…" : result;
}

std::string found(std::string_view text) {
  return ", found " + (text.empty() ? "the end of the line" : shown(text));
}

std::string_view explain(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "expected UTF-8 text, found other bytes";
    case simdjson::UNCLOSED_STRING:
      return "expected a closing double quote, found the end of the line";
    case simdjson::UNESCAPED_CHARS:
      return "expected control characters to be escaped, found one in a string";
    case simdjson::EMPTY:
      return "expected a JSON object, found an empty line";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "expected a JSON object that ends with }, found something else at the end of the line";
    default:
      return simdjson::error_message(error);
  }
}

bool is_valid_json(json::value value, int nesting) {
  json::json_type type{};
  if (nesting < 0 || value.type().get(type)) return false;
  if (type == json::json_type::array) return is_valid_array(value, nesting - 1);
  if (type == json::json_type::object) return is_valid_object(value, nesting - 1);
  if (type == json::json_type::string) return !value.get_string().error();
  const auto token = trimmed(value.raw_json_token());
  return is_json_number(token) || token == "true" || token == "false" || token == "null";
}

}  // namespace obkit::store
