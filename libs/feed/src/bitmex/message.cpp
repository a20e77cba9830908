#include "message.hpp"

#include "../json_value.hpp"

namespace obkit::feed::bitmex {
namespace {

using simdjson::ondemand::value;

void read_error(value content, Message& message) {
  message.has_error = true;
  const simdjson::ondemand::json_type type = content.type();
  if (type == simdjson::ondemand::json_type::string) message.error = text_of(content);
  for_each_field(content, [&](std::string_view key, value text) {
    if (key == "message") message.error = text_of(text);
  });
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
  if (key == "filter") {
    for_each_field(content, [&](std::string_view part, value text) {
      if (part == "symbol") message.filter_symbol = text_of(text);
      if (part == "pool") message.filter_pool = text_of(text);
    });
  }
  if (key == "meta") {
    for_each_field(content, [&](std::string_view part, value number) {
      if (part == "retryAfter") message.retry_after = whole_number_of(number);
    });
  }
}

}  // namespace obkit::feed::bitmex
