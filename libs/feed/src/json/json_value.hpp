#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "obkit/core/price.hpp"
#include "obkit/feed/protocol.hpp"

/// What decoders read JSON with.
namespace obkit::feed {

/// Thrown for a message that is JSON but not what the protocol allows; stays inside the decoder.
struct BadFrame {
  std::string problem;
};

/// The document of one message at a time; memory is reused.
class JsonMessage {
 public:
  /// Valid, with what it refers to, until the next call. Throws simdjson_error.
  [[nodiscard]] simdjson::ondemand::document read(std::string_view text);

  /// Throws BadFrame for anything behind a document that was read to its end.
  static void expect_end(simdjson::ondemand::document& document);

 private:
  simdjson::ondemand::parser parser_;
  std::string buffer_;
};

/// Lenient readers: empty for a value of another type. Outside a book's rows the protocol is taken
/// as it comes.
[[nodiscard]] std::string_view text_of(simdjson::ondemand::value content);
[[nodiscard]] std::optional<std::uint64_t> whole_number_of(simdjson::ondemand::value content);
[[nodiscard]] std::optional<bool> truth_of(simdjson::ondemand::value content);

/// Strict ones, for rows. They throw BadFrame and simdjson_error.
[[nodiscard]] Price price_of(
    simdjson::ondemand::value number);  ///< of the number's own text: exact
[[nodiscard]] double size_of(simdjson::ondemand::value number);  ///< not below zero

/// Calls `take(key, value)` for each field of what may be an object.
template <class Take>
void for_each_field(simdjson::ondemand::value content, Take take) {
  simdjson::ondemand::object fields;
  if (content.get_object().get(fields) != simdjson::SUCCESS) return;
  for (auto field : fields) {
    const std::string_view key = field.unescaped_key();
    take(key, simdjson::ondemand::value{field.value()});
  }
}

/// Calls `read`, which fills `frame`; what it throws makes the frame malformed.
template <class Read>
void read_frame(Frame& frame, Read read) {
  const auto refuse = [&](std::string problem) {
    frame.clear();
    frame.kind = Frame::Kind::malformed;
    frame.text = std::move(problem);
  };
  frame.clear();
  try {
    read();
  } catch (const simdjson::simdjson_error& error) {
    refuse(std::string{"no JSON as it should be: "} + error.what());
  } catch (const BadFrame& bad) {
    refuse(bad.problem);
  }
}

}  // namespace obkit::feed
