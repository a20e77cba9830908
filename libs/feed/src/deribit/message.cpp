#include "message.hpp"

#include <algorithm>
#include <cstdint>

#include "../json_value.hpp"

namespace obkit::feed::deribit {
namespace {

using simdjson::ondemand::value;

int code_of(value content) {
  constexpr std::int64_t largest = 1'000'000;
  std::int64_t code = 0;
  if (content.get_int64().get(code) != simdjson::SUCCESS) return 0;
  return static_cast<int>(std::clamp(code, -largest, largest));
}

void read_error(value content, Message& message) {
  message.has_error = true;
  for_each_field(content, [&](std::string_view key, value part) {
    if (key == "message") message.error = text_of(part);
    if (key == "code") message.code = code_of(part);
  });
}

void read_result(value content, Message& message) {
  simdjson::ondemand::array list;
  if (content.get_array().get(list) != simdjson::SUCCESS) return;
  message.has_channels = true;
  for (auto one : list)
    message.channels.append(message.channels.empty() ? "" : ",").append(text_of(one.value()));
}

}  // namespace

void read_key(std::string_view key, value content, Message& message) {
  if (key == "method") message.method = text_of(content);
  if (key == "result") read_result(content, message);
  if (key == "error") read_error(content, message);
}

bool passes(int code) {
  constexpr int too_many_requests = 10028;
  constexpr int temporarily_unavailable = 11095;
  constexpr int system_maintenance = 11051;
  constexpr int unsubscribed_by_error = 11052;
  return code == too_many_requests || code == temporarily_unavailable ||
         code == system_maintenance || code == unsubscribed_by_error;
}

}  // namespace obkit::feed::deribit
