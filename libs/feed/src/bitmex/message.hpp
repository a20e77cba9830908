#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace obkit::feed::bitmex {

/// The keys of a message that matter, whatever their order. The texts are copies: a rewind of the
/// document takes away what simdjson lent.
struct Message {
  std::string table, action, subscribe, pool, error, filter_symbol, filter_pool;
  std::uint64_t status = 0;
  std::optional<std::uint64_t> retry_after;
  std::optional<bool> success;
  bool has_info = false, has_error = false, has_data = false;
};

/// Takes over one key of a message, but for `data`. Lenient: what has another type than it should
/// is as good as absent.
void read_key(std::string_view key, simdjson::ondemand::value content, Message& message);

}  // namespace obkit::feed::bitmex
