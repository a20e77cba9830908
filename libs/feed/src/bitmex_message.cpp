#include "bitmex_message.hpp"

namespace obkit::feed::bitmex {
namespace {

using simdjson::ondemand::object;
using simdjson::ondemand::value;

/// Empty for what is no string: outside a book's rows the protocol is taken as it comes.
std::string_view text_of(value content) {
  std::string_view text;
  return content.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::optional<std::uint64_t> whole_number_of(value content) {
  std::uint64_t number = 0;
  if (content.get_uint64().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<bool> truth_of(value content) {
  bool truth = false;
  if (content.get_bool().get(truth) != simdjson::SUCCESS) return std::nullopt;
  return truth;
}

/// Calls `take(value)` for the field `wanted` of what may be an object.
template <class Take>
void with_field(value content, std::string_view wanted, Take take) {
  object fields;
  if (content.get_object().get(fields) != simdjson::SUCCESS) return;
  for (auto field : fields) {
    const std::string_view key = field.unescaped_key();
    if (key == wanted) take(value{field.value()});
  }
}

void read_error(value content, Message& message) {
  message.has_error = true;
  const simdjson::ondemand::json_type type = content.type();
  if (type == simdjson::ondemand::json_type::string) message.error = text_of(content);
  with_field(content, "message", [&](value text) { message.error = text_of(text); });
}

}  // namespace

void read_key(std::string_view key, value content, Message& message) {
  if (key == "info") message.has_info = true;
  if (key == "table") message.table = text_of(content);
  if (key == "action") message.action = text_of(content);
  if (key == "subscribe") message.subscribe = text_of(content);
  if (key == "pool") message.pool = text_of(content);
  if (key == "success") message.success = truth_of(content);
  if (key == "status") message.status = whole_number_of(content).value_or(0);
  if (key == "error") read_error(content, message);
  if (key == "filter")
    with_field(content, "symbol", [&](value text) { message.filter_symbol = text_of(text); });
  if (key == "meta")
    with_field(content, "retryAfter",
               [&](value number) { message.retry_after = whole_number_of(number); });
}

}  // namespace obkit::feed::bitmex
