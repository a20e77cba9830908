#pragma once

#include <string>
#include <string_view>

#include <simdjson.h>

namespace obkit::feed::deribit {

/// The parts of a JSON-RPC message that matter, whatever their order, but for a book's data.
struct Message {
  std::string method, channel, type, error;
  std::string channels;  ///< a result that is a list of texts, with commas between
  int code = 0;          ///< of an error
  bool has_error = false, has_data = false, has_channels = false;
};

/// Takes over one key of a message, but for `params`. Lenient: what has another type than it should
/// is as good as absent.
void read_key(std::string_view key, simdjson::ondemand::value content, Message& message);

/// Whether an error is nobody's fault and will be over some time: too many requests, maintenance.
[[nodiscard]] bool passes(int code);

}  // namespace obkit::feed::deribit
